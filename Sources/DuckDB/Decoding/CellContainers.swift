/// A keyed container that has a cell for each key; everything else follows.
protocol CellKeyedContainer: KeyedDecodingContainerProtocol {
  func cell(_ key: Key) throws -> CellDecoder
}

extension CellKeyedContainer {
  func decodeNil(forKey key: Key) throws -> Bool {
    try cell(key).isNull
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try cell(key).decode(type) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try cell(key).decode(type) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try cell(key).decode(type) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try cell(key).decode(type) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try cell(key).decode(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try cell(key).decode(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try cell(key).decode(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try cell(key).decode(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try cell(key).decode(type) }
  func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try cell(key).decode(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try cell(key).decode(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try cell(key).decode(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try cell(key).decode(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try cell(key).decode(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try cell(key).decode(type) }
  func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try cell(key).decode(type) }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try cell(key).decode(type) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try cell(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try cell(key).unkeyedContainer()
  }

  func superDecoder(forKey key: Key) throws -> any Decoder { try cell(key) }
}

/// The members of a STRUCT.
struct StructContainer<Key: CodingKey>: CellKeyedContainer {
  let decoder: CellDecoder
  let names: [String]

  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { names.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { index(key) != nil }

  func cell(_ key: Key) throws -> CellDecoder {
    guard let index = index(key) else {
      throw DuckDBError(
        kind: .decoding,
        message:
          "Column \"\(decoder.path.column)\" has type \(decoder.storage.type), which has no member for "
          + "\(decoder.path.appending(key).property).",
        candidates: names)
    }
    return decoder.child(index, row: decoder.row, key: key)
  }

  func superDecoder() throws -> any Decoder { decoder }

  private func index(_ key: Key) -> Int? {
    names.firstIndex(of: key.stringValue)
      ?? names.firstIndex { $0.lowercased() == key.stringValue.lowercased() }
  }
}

/// The entries of a MAP, by their keys' texts.
struct MapContainer<Key: CodingKey>: CellKeyedContainer {
  let decoder: CellDecoder
  private let rows: [String: Int]

  init(decoder: CellDecoder) {
    self.decoder = decoder
    let keys = decoder.storage.children[0].children[0]
    rows = Dictionary(
      decoder.storage.listRange(decoder.row).map { (keys.value($0).description, $0) },
      uniquingKeysWith: { $1 })
  }

  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { rows.keys.compactMap { Key(stringValue: $0) } }

  func contains(_ key: Key) -> Bool { rows[key.stringValue] != nil }

  func cell(_ key: Key) throws -> CellDecoder {
    guard let row = rows[key.stringValue] else {
      throw DuckDBError(
        kind: .decoding,
        message:
          "The MAP of column \"\(decoder.path.column)\" has no entry for "
          + "\(decoder.path.appending(key).property)."
      )
    }
    return CellDecoder(
      storage: decoder.storage.children[0].children[1], row: row, path: decoder.path.appending(key))
  }

  func superDecoder() throws -> any Decoder { decoder }
}

/// The elements of a LIST or ARRAY.
struct ListContainer: UnkeyedDecodingContainer {
  let decoder: CellDecoder
  let rows: Range<Int>
  private(set) var currentIndex = 0

  init(decoder: CellDecoder, rows: Range<Int>) {
    self.decoder = decoder
    self.rows = rows
  }

  private struct Index: CodingKey {
    let intValue: Int?
    var stringValue: String { "\(intValue ?? 0)" }

    init(intValue: Int) { self.intValue = intValue }
    init?(stringValue: String) { nil }
  }

  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { rows.count }
  var isAtEnd: Bool { currentIndex >= rows.count }

  private func cell() throws -> CellDecoder {
    guard !isAtEnd else {
      throw DuckDBError(
        kind: .decoding,
        message:
          "The list of column \"\(decoder.path.column)\" has \(rows.count) elements, too few for "
          + "\(decoder.path.property)."
      )
    }
    return decoder.child(0, row: rows.lowerBound + currentIndex, key: Index(intValue: currentIndex))
  }

  mutating func decodeNil() throws -> Bool {
    let isNull = try cell().isNull
    if isNull { currentIndex += 1 }
    return isNull
  }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    let value = try cell().decode(type)
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key>
  {
    let container = try cell().container(keyedBy: type)
    currentIndex += 1
    return container
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    let container = try cell().unkeyedContainer()
    currentIndex += 1
    return container
  }

  mutating func superDecoder() throws -> any Decoder {
    let cell = try cell()
    currentIndex += 1
    return cell
  }
}
