public import SQLText

/// A value as a PostgreSQL server sends it.
public enum PostgreSQLValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case double(Double)
  case bytes([UInt8])
  /// Text, and every type that has no case of its own, as the server writes it.
  case text(String)
}

extension PostgreSQLValue: SQLBindable {}

/// The types that have a case of ``PostgreSQLValue``, by the numbers of PostgreSQL's catalog (pg_type.dat).
enum PostgreSQLType {
  static let boolean: UInt32 = 16
  static let bytes: UInt32 = 17
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let oid: UInt32 = 26
  static let float4: UInt32 = 700
  static let float8: UInt32 = 701
  /// To be worked out by the server.
  static let unknown: UInt32 = 0
}

extension PostgreSQLValue {
  /// A value of a result in text form.
  init(text: UnsafeBufferPointer<UInt8>, type: UInt32) {
    let string = String(decoding: text, as: UTF8.self)
    switch type {
    case PostgreSQLType.boolean: self = .boolean(string == "t")
    case PostgreSQLType.int2, PostgreSQLType.int4, PostgreSQLType.int8, PostgreSQLType.oid:
      self = Int64(string).map(PostgreSQLValue.integer) ?? .text(string)
    case PostgreSQLType.float4, PostgreSQLType.float8:
      self = Double(string).map(PostgreSQLValue.double) ?? .text(string)
    case PostgreSQLType.bytes: self = Self.hexadecimal(text).map(PostgreSQLValue.bytes) ?? .text(string)
    default: self = .text(string)
    }
  }

  /// Bytes as servers since 9.0 write them: `\x`, then two digits for each.
  private static func hexadecimal(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard text.starts(with: #"\x"#.utf8), text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    var index = 2
    while index < text.count {
      guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
      index += 2
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
