#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A value of a column, at any depth, as a `Decoder`. Used only while the chunk it lies in is held.
struct CellDecoder: Decoder {
  /// Where the value stands, for errors.
  struct Path {
    let root: String
    let column: String
    var keys: [any CodingKey]

    func appending(_ key: any CodingKey) -> Path {
      Path(root: root, column: column, keys: keys + [key])
    }

    /// `Friend.address.street`.
    var property: String {
      ([root] + keys.map(\.stringValue)).joined(separator: ".")
    }
  }

  let storage: ColumnStorage
  let row: Int
  let path: Path

  var codingPath: [any CodingKey] { path.keys }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  var isNull: Bool { !storage.validity.isValid(row) }

  func child(_ index: Int, row: Int, key: any CodingKey) -> CellDecoder {
    CellDecoder(storage: storage.children[index], row: row, path: path.appending(key))
  }

  func mismatch(_ type: Any.Type) -> DuckDBError {
    DuckDBError(
      kind: .decoding,
      message: isNull
        ? "Column \"\(path.column)\" is NULL, but \(path.property) (\(type)) is not optional."
        : "Column \"\(path.column)\" has type \(storage.type), which does not decode as "
          + "\(path.property) (\(type))."
    )
  }

  func misfit(_ type: Any.Type) -> DuckDBError {
    DuckDBError(
      kind: .decoding,
      message:
        "Column \"\(path.column)\" holds \(storage.value(row)), which does not fit "
        + "\(path.property) (\(type))."
    )
  }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    // A union's value is that of its member; the tag is only seen through `Value`.
    if case .union = storage.type.base, type != Value.self, let tag = storage.unionTag(row) {
      return try CellDecoder(storage: storage.children[tag + 1], row: row, path: path).decode(type)
    }
    if let special = try FoundationTypes.decode(type, self) { return special }
    if case .json = storage.type.base, !isNull, !(type is any CellDecodable.Type) {
      return try decodeJSON(type)
    }
    return try T(from: self)
  }

  private func decodeJSON<T: Decodable>(_ type: T.Type) throws -> T {
    do {
      return try JSONDecoder().decode(type, from: Data(storage.bytes(row)))
    } catch {
      throw DuckDBError(
        kind: .decoding,
        message:
          "The JSON of column \"\(path.column)\" does not decode as \(path.property) (\(type)): \(error)")
    }
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard !isNull else { throw mismatch([String: Any].self) }
    switch storage.type.base {
    case .structure(let fields):
      return KeyedDecodingContainer(StructContainer<Key>(decoder: self, names: fields.map(\.name)))
    case .map: return KeyedDecodingContainer(MapContainer<Key>(decoder: self))
    default: throw mismatch([String: Any].self)
    }
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard !isNull else { throw mismatch([Any].self) }
    switch storage.type.base {
    case .list: return ListContainer(decoder: self, rows: storage.listRange(row))
    case .array(_, let size): return ListContainer(decoder: self, rows: row * size..<(row + 1) * size)
    default: throw mismatch([Any].self)
    }
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension CellDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { isNull }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard !isNull, storage.physical == .boolean else { throw mismatch(type) }
    return storage.load(row, as: UInt8.self) != 0
  }

  func decode(_ type: String.Type) throws -> String {
    guard !isNull else { throw mismatch(type) }
    switch storage.type.base {
    case .varchar, .json: return storage.text(row)
    case .enumeration, .uuid, .bigNum: return storage.value(row).description
    default: throw mismatch(type)
    }
  }

  func decode(_ type: Double.Type) throws -> Double {
    guard !isNull else { throw mismatch(type) }
    switch storage.physical {
    case .double: return storage.load(row, as: Double.self)
    case .float: return Double(storage.load(row, as: Float.self))
    default:
      guard let number = storage.value(row).doubleValue else { throw mismatch(type) }
      return number
    }
  }

  func decode(_ type: Float.Type) throws -> Float {
    if !isNull, storage.physical == .float { return storage.load(row, as: Float.self) }
    return Float(try decode(Double.self))
  }

  func decode(_ type: Int.Type) throws -> Int { try integer() }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
  func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
  func decode(_ type: UInt.Type) throws -> UInt { try integer() }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
  func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }

  /// Any integer column, and a DECIMAL without a fraction; not dates and the like, which are kept as integers
  /// too.
  private func integer<T: FixedWidthInteger>() throws -> T {
    guard !isNull else { throw mismatch(T.self) }
    let fitting: T?
    switch storage.type.base {
    case .tinyInt: fitting = T(exactly: storage.load(row, as: Int8.self))
    case .smallInt: fitting = T(exactly: storage.load(row, as: Int16.self))
    case .integer: fitting = T(exactly: storage.load(row, as: Int32.self))
    case .bigInt: fitting = T(exactly: storage.load(row, as: Int64.self))
    case .hugeInt: fitting = T(exactly: storage.load(row, as: Int128.self))
    case .uTinyInt: fitting = T(exactly: storage.load(row, as: UInt8.self))
    case .uSmallInt: fitting = T(exactly: storage.load(row, as: UInt16.self))
    case .uInteger: fitting = T(exactly: storage.load(row, as: UInt32.self))
    case .uBigInt: fitting = T(exactly: storage.load(row, as: UInt64.self))
    case .uHugeInt: fitting = T(exactly: storage.load(row, as: UInt128.self))
    case .decimal(let width, let scale):
      let value = DecimalValue(unscaled: storage.unscaledDecimal(row), width: width, scale: scale)
      fitting = value.rescaled(to: 0).flatMap { T(exactly: $0) }
    case .bigNum: fitting = BigNumText.text(encoded: storage.bytes(row)).flatMap { T($0) }
    default: throw mismatch(T.self)
    }
    guard let fitting else { throw misfit(T.self) }
    return fitting
  }
}
