internal import SQLText

/// A parameter on its way to the server.
struct PostgreSQLParameter {
  let type: UInt32
  /// Nil for NULL. Text ends with a zero byte, as libpq wants it.
  let bytes: [UInt8]?
  let isBinary: Bool

  /// - Throws: ``PostgreSQLError`` for a type that PostgreSQL has no value of, and for text with a zero character, which
  ///   it cannot keep.
  init(_ value: any SQLBindable) throws(PostgreSQLError) {
    switch value {
    case let value as PostgreSQLValue: self = try Self.parameter(of: value)
    case let value as Bool: self = try Self.text(value ? "t" : "f", PostgreSQLType.boolean)
    case let value as any BinaryInteger & SQLBindable:
      guard let integer = Int64(exactly: value) else {
        throw PostgreSQLError(unbound: "the integer \(value)")
      }
      self = try Self.text(String(integer), PostgreSQLType.int8)
    case let value as Double: self = try Self.text(String(value), PostgreSQLType.float8)
    case let value as Float: self = try Self.text(String(value), PostgreSQLType.float4)
    case let value as String: self = try Self.text(value, PostgreSQLType.unknown)
    case let value as Substring: self = try Self.text(String(value), PostgreSQLType.unknown)
    case let value as [UInt8]: self.init(type: PostgreSQLType.bytes, bytes: value, isBinary: true)
    case let value as any OptionalBindable:
      guard let wrapped = value.wrapped else {
        self.init(type: PostgreSQLType.unknown, bytes: nil, isBinary: false)
        return
      }
      try self.init(wrapped)
    default: throw PostgreSQLError(unbound: "a \(Swift.type(of: value))")
    }
  }

  private init(type: UInt32, bytes: [UInt8]?, isBinary: Bool) {
    self.type = type
    self.bytes = bytes
    self.isBinary = isBinary
  }

  private static func text(_ text: String, _ type: UInt32) throws(PostgreSQLError) -> Self {
    guard !text.utf8.contains(0) else { throw PostgreSQLError(unbound: "text with a zero character") }
    return Self(type: type, bytes: [UInt8](text.utf8) + [0], isBinary: false)
  }

  private static func parameter(of value: PostgreSQLValue) throws(PostgreSQLError) -> Self {
    switch value {
    case .null: Self(type: PostgreSQLType.unknown, bytes: nil, isBinary: false)
    case .boolean(let boolean): try Self(boolean)
    case .integer(let integer): try Self(integer)
    case .double(let double): try Self(double)
    case .bytes(let bytes): try Self(bytes)
    case .text(let text): try Self(text)
    }
  }
}

/// Lets a value be taken out of an optional whose type is known at run time only.
private protocol OptionalBindable {
  var wrapped: (any SQLBindable)? { get }
}

extension Optional: OptionalBindable where Wrapped: SQLBindable {
  var wrapped: (any SQLBindable)? { self }
}
