public import SQLText

/// A value as SQLite keeps it.
public enum SQLiteValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// The value that a parameter is bound to. Truth values become 0 and 1.
  ///
  /// - Throws: ``SQLiteError`` for a type that SQLite has no value of, or an integer beyond 64 bits.
  init(_ value: any SQLBindable) throws(SQLiteError) {
    switch value {
    case let value as SQLiteValue: self = value
    case let value as Bool: self = .integer(value ? 1 : 0)
    case let value as any BinaryInteger & SQLBindable:
      guard let integer = Int64(exactly: value) else { throw SQLiteError(unbound: "the integer \(value)") }
      self = .integer(integer)
    case let value as Double: self = .real(value)
    case let value as Float: self = .real(Double(value))
    case let value as String: self = .text(value)
    case let value as Substring: self = .text(String(value))
    case let value as [UInt8]: self = .blob(value)
    case let value as any OptionalBindable:
      guard let wrapped = value.wrapped else {
        self = .null
        return
      }
      try self.init(wrapped)
    default: throw SQLiteError(unbound: "a \(type(of: value))")
    }
  }
}

extension SQLiteValue: SQLBindable {}

/// Lets a value be taken out of an optional whose type is known at run time only.
private protocol OptionalBindable {
  var wrapped: (any SQLBindable)? { get }
}

extension Optional: OptionalBindable where Wrapped: SQLBindable {
  var wrapped: (any SQLBindable)? { self }
}
