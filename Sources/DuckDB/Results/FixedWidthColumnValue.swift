/// A Swift type whose values lie in memory as DuckDB's do, so that whole columns are copied without looking
/// at each.
///
/// Integers read columns of the same width and sign, whatever they mean there: an `Int64` reads BIGINT, and
/// also the microseconds of a TIMESTAMP or the digits of a `DECIMAL(18,2)`. Other types of yours have no use
/// for a conformance.
public protocol FixedWidthColumnValue: BitwiseCopyable, Sendable {
  /// The layout that the type reads.
  static var physicalType: PhysicalType { get }

  /// Whether columns of a type can be read.
  static func canRead(_ type: LogicalType) -> Bool
}

extension FixedWidthColumnValue {
  /// Whether the column's layout is the one of this type.
  public static func canRead(_ type: LogicalType) -> Bool {
    type.physicalType == physicalType
  }
}

extension Bool: FixedWidthColumnValue {
  /// A byte, 0 or 1.
  public static var physicalType: PhysicalType { .boolean }
}
extension Int8: FixedWidthColumnValue {
  /// 8 bits with a sign.
  public static var physicalType: PhysicalType { .int8 }
}
extension Int16: FixedWidthColumnValue {
  /// 16 bits with a sign.
  public static var physicalType: PhysicalType { .int16 }
}
extension Int32: FixedWidthColumnValue {
  /// 32 bits with a sign.
  public static var physicalType: PhysicalType { .int32 }
}
extension Int64: FixedWidthColumnValue {
  /// 64 bits with a sign.
  public static var physicalType: PhysicalType { .int64 }
}
extension Int: FixedWidthColumnValue {
  /// 64 bits with a sign.
  public static var physicalType: PhysicalType { .int64 }
}
extension Int128: FixedWidthColumnValue {
  /// 128 bits with a sign.
  public static var physicalType: PhysicalType { .int128 }
}
extension UInt8: FixedWidthColumnValue {
  /// 8 bits.
  public static var physicalType: PhysicalType { .uint8 }
}
extension UInt16: FixedWidthColumnValue {
  /// 16 bits.
  public static var physicalType: PhysicalType { .uint16 }
}
extension UInt32: FixedWidthColumnValue {
  /// 32 bits.
  public static var physicalType: PhysicalType { .uint32 }
}
extension UInt64: FixedWidthColumnValue {
  /// 64 bits.
  public static var physicalType: PhysicalType { .uint64 }
}
extension UInt128: FixedWidthColumnValue {
  /// 128 bits.
  public static var physicalType: PhysicalType { .uint128 }
}
extension Float: FixedWidthColumnValue {
  /// 32 bits of floating point.
  public static var physicalType: PhysicalType { .float }
}
extension Double: FixedWidthColumnValue {
  /// 64 bits of floating point.
  public static var physicalType: PhysicalType { .double }
}
extension DateValue: FixedWidthColumnValue {
  /// Days, in 32 bits.
  public static var physicalType: PhysicalType { .int32 }
  /// Only DATE.
  public static func canRead(_ type: LogicalType) -> Bool { type.base == .date }
}
extension TimeValue: FixedWidthColumnValue {
  /// Microseconds, in 64 bits.
  public static var physicalType: PhysicalType { .int64 }
  /// Only TIME.
  public static func canRead(_ type: LogicalType) -> Bool { type.base == .time }
}
extension TimeNSValue: FixedWidthColumnValue {
  /// Nanoseconds, in 64 bits.
  public static var physicalType: PhysicalType { .int64 }
  /// Only TIME_NS.
  public static func canRead(_ type: LogicalType) -> Bool { type.base == .timeNS }
}
extension TimeTZValue: FixedWidthColumnValue {
  /// Microseconds and offset, in 64 bits.
  public static var physicalType: PhysicalType { .uint64 }
  /// Only TIME WITH TIME ZONE.
  public static func canRead(_ type: LogicalType) -> Bool { type.base == .timeTZ }
}
extension TimestampValue: FixedWidthColumnValue {
  /// Microseconds, in 64 bits.
  public static var physicalType: PhysicalType { .int64 }
  /// TIMESTAMP and TIMESTAMP WITH TIME ZONE.
  public static func canRead(_ type: LogicalType) -> Bool {
    type.base == .timestamp || type.base == .timestampTZ
  }
}
extension IntervalValue: FixedWidthColumnValue {
  /// Months, days and microseconds, in 128 bits.
  public static var physicalType: PhysicalType { .interval }
}
