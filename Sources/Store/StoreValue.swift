internal import PostgreSQL
internal import SQLite

/// A value in the store. Truth values of a SQLite store come back as integers; ``StoreRow`` reads both.
public enum StoreValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case double(Double)
  case text(String)
  case bytes([UInt8])

  init(_ value: SQLiteValue) {
    self =
      switch value {
      case .null: .null
      case .integer(let integer): .integer(integer)
      case .real(let real): .double(real)
      case .text(let text): .text(text)
      case .blob(let bytes): .bytes(bytes)
      }
  }

  init(_ value: PostgreSQLValue) {
    self =
      switch value {
      case .null: .null
      case .boolean(let boolean): .boolean(boolean)
      case .integer(let integer): .integer(integer)
      case .double(let double): .double(double)
      case .text(let text): .text(text)
      case .bytes(let bytes): .bytes(bytes)
      }
  }
}

/// One row of the store.
public struct StoreRow: Sendable {
  private let places: [String: Int]
  private let values: [StoreValue]

  init(places: [String: Int], values: [StoreValue]) {
    self.places = places
    self.values = values
  }

  /// The value in a column; null when there is no such column.
  public subscript(_ column: String) -> StoreValue { places[column].map { values[$0] } ?? .null }

  /// - Throws: ``StoreError`` when the column holds no text.
  public func text(_ column: String) throws(StoreError) -> String {
    guard case .text(let text) = self[column] else { throw unexpected("text", in: column) }
    return text
  }

  /// - Throws: ``StoreError`` when the column holds neither text nor NULL.
  public func optionalText(_ column: String) throws(StoreError) -> String? {
    if case .null = self[column] { return nil }
    return try text(column)
  }

  /// - Throws: ``StoreError`` when the column holds no integer.
  public func integer(_ column: String) throws(StoreError) -> Int {
    guard case .integer(let integer) = self[column] else { throw unexpected("an integer", in: column) }
    return Int(integer)
  }

  /// - Throws: ``StoreError`` when the column holds neither an integer nor NULL.
  public func optionalInteger(_ column: String) throws(StoreError) -> Int? {
    if case .null = self[column] { return nil }
    return try integer(column)
  }

  /// - Throws: ``StoreError`` when the column holds no truth value.
  public func boolean(_ column: String) throws(StoreError) -> Bool {
    switch self[column] {
    case .boolean(let boolean): return boolean
    case .integer(let integer): return integer != 0
    default: throw unexpected("a truth value", in: column)
    }
  }

  /// - Throws: ``StoreError`` when the column holds no bytes.
  public func bytes(_ column: String) throws(StoreError) -> [UInt8] {
    guard case .bytes(let bytes) = self[column] else { throw unexpected("bytes", in: column) }
    return bytes
  }

  private func unexpected(_ what: String, in column: String) -> StoreError {
    StoreError(.corrupt, "the store's column '\(column)' does not hold \(what)")
  }
}
