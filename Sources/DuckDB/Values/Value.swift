#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// One value of any type of DuckDB 1.5.5, for parameters and for reading results where speed does not matter.
///
/// Whole columns are read without this type: see ``ColumnView``.
public indirect enum Value: Sendable, Hashable {
  case null
  case boolean(Bool)
  case tinyInt(Int8)
  case smallInt(Int16)
  case integer(Int32)
  case bigInt(Int64)
  case hugeInt(Int128)
  case uTinyInt(UInt8)
  case uSmallInt(UInt16)
  case uInteger(UInt32)
  case uBigInt(UInt64)
  case uHugeInt(UInt128)
  case float(Float)
  case double(Double)
  case decimal(DecimalValue)
  case varchar(String)
  /// A VARCHAR whose type is JSON.
  case json(String)
  case blob([UInt8])
  case date(DateValue)
  case time(TimeValue)
  case timeNS(TimeNSValue)
  case timeTZ(TimeTZValue)
  case timestamp(TimestampValue)
  /// A TIMESTAMP_S.
  case timestampS(seconds: Int64)
  /// A TIMESTAMP_MS.
  case timestampMS(milliseconds: Int64)
  /// A TIMESTAMP_NS.
  case timestampNS(nanoseconds: Int64)
  case timestampTZ(TimestampValue)
  case interval(IntervalValue)
  case uuid(UUID)
  case bit(BitString)
  /// A BIGNUM, as decimal text.
  case bigNum(String)
  /// A GEOMETRY, as well-known binary.
  case geometry([UInt8])
  /// The name of an ENUM's value.
  case enumeration(String)
  case list([Value])
  case array([Value])
  case structure([Field])
  case map([Entry])
  case union(tag: String, Value)

  /// A member of a STRUCT.
  public struct Field: Sendable, Hashable {
    /// The member's name; empty in a struct without names.
    public var name: String

    /// The member's value.
    public var value: Value

    /// Makes a member.
    public init(name: String, value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// An entry of a MAP.
  public struct Entry: Sendable, Hashable {
    /// The entry's key.
    public var key: Value

    /// The entry's value.
    public var value: Value

    /// Makes an entry.
    public init(key: Value, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// Whether this is NULL.
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }

  /// The member of a STRUCT with that name, or nil when this is no struct or has none.
  public subscript(_ name: String) -> Value? {
    guard case .structure(let fields) = self else { return nil }
    return fields.first { $0.name == name }?.value
  }
}

extension Value {
  /// The value as an Int, when it is an integer of any type that fits.
  public var intValue: Int? {
    switch self {
    case .tinyInt(let value): Int(value)
    case .smallInt(let value): Int(value)
    case .integer(let value): Int(value)
    case .bigInt(let value): Int(value)
    case .hugeInt(let value): Int(exactly: value)
    case .uTinyInt(let value): Int(value)
    case .uSmallInt(let value): Int(value)
    case .uInteger(let value): Int(value)
    case .uBigInt(let value): Int(exactly: value)
    case .uHugeInt(let value): Int(exactly: value)
    case .decimal(let value): value.rescaled(to: 0).flatMap { Int(exactly: $0) }
    default: nil
    }
  }

  /// The value as a Double, when it is a number of any type.
  public var doubleValue: Double? {
    switch self {
    case .float(let value): Double(value)
    case .double(let value): value
    case .decimal(let value): value.doubleValue
    case .hugeInt(let value): Double(value)
    case .uHugeInt(let value): Double(value)
    case .uBigInt(let value): Double(value)
    default: intValue.map(Double.init)
    }
  }

  /// The text, when the value is a VARCHAR, JSON or ENUM.
  public var stringValue: String? {
    switch self {
    case .varchar(let text), .json(let text), .enumeration(let text): text
    default: nil
    }
  }

  /// The truth value, when the value is a BOOLEAN.
  public var boolValue: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }
}
