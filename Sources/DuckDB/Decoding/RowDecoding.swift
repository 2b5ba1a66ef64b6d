extension Row {
  /// Makes a value of a `Decodable` type out of the row.
  ///
  /// Properties are filled from the columns of the same name (capital and small letters are told apart only
  /// where both exist), STRUCT columns from their members, arrays from LIST and ARRAY, dictionaries from MAP,
  /// and a type that is not text from a JSON column's JSON. `Date` reads DATE and all timestamps (those
  /// without time zone as UTC), `Data` BLOB, `Decimal` and ``DecimalValue`` any exact number. A type with a
  /// single value, such as `Int`, reads the first column.
  ///
  /// ```swift
  /// struct Friend: Decodable { let id: Int; let name: String; let born: Date? }
  /// let friends = try await connection.query("SELECT id, name, born FROM friend").decode([Friend].self)
  /// ```
  ///
  /// - Throws: ``DuckDBError`` of kind `.decoding` that names the column and the property.
  public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
    try withExtendedLifetime(chunk) {
      try RowDecoder(chunk: chunk, row: index, root: "\(T.self)").decodeWhole(type)
    }
  }
}

extension QueryResult {
  /// Makes a value of a `Decodable` type out of each row; see ``Row/decode(_:)``.
  ///
  /// - Throws: ``DuckDBError`` of kind `.decoding` that names the column and the property.
  public func decode<T: Decodable>(_ type: [T].Type = [T].self) throws -> [T] {
    var decoded: [T] = []
    decoded.reserveCapacity(rowCount)
    for row in rows { decoded.append(try row.decode(T.self)) }
    return decoded
  }
}

extension DataChunk {
  /// Makes a value of a `Decodable` type out of each row; see ``Row/decode(_:)``.
  ///
  /// - Throws: ``DuckDBError`` of kind `.decoding` that names the column and the property.
  public func decode<T: Decodable>(_ type: [T].Type = [T].self) throws -> [T] {
    try rows.map { try $0.decode(T.self) }
  }
}

/// A row as a `Decoder`: its columns are the keys.
struct RowDecoder: Decoder {
  let chunk: DataChunk
  let row: Int
  let root: String

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func decodeWhole<T: Decodable>(_ type: T.Type) throws -> T {
    if T.self is any CellDecodable.Type || T.self is any FoundationDecodable.Type {
      return try firstCell().decode(type)
    }
    return try T(from: self)
  }

  func firstCell() throws -> CellDecoder {
    guard let storage = chunk.storage.first else {
      throw DuckDBError(kind: .decoding, message: "The result has no column for \(root).")
    }
    return CellDecoder(
      storage: storage, row: row, path: .init(root: root, column: chunk.schema.columns[0].name, keys: []))
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(RowContainer<Key>(decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try firstCell().unkeyedContainer()
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    try firstCell()
  }
}

private struct RowContainer<Key: CodingKey>: CellKeyedContainer {
  let decoder: RowDecoder

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { decoder.chunk.schema.columns.compactMap { Key(stringValue: $0.name) } }

  func contains(_ key: Key) -> Bool {
    decoder.chunk.schema.index(of: key.stringValue) != nil
  }

  func cell(_ key: Key) throws -> CellDecoder {
    let schema = decoder.chunk.schema
    guard let index = schema.index(of: key.stringValue) else {
      let names = schema.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw DuckDBError(
        kind: .decoding,
        message:
          "The result has no column \"\(key.stringValue)\" for \(decoder.root).\(key.stringValue). "
          + "It has \(names).",
        candidates: schema.columns.map(\.name))
    }
    return CellDecoder(
      storage: decoder.chunk.storage[index], row: decoder.row,
      path: .init(root: decoder.root, column: schema.columns[index].name, keys: [key]))
  }

  func superDecoder() throws -> any Decoder { decoder }
}
