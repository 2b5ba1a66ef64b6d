public import SQLText

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// A Swift type whose values can be bound to a parameter or appended to a table.
///
/// ```swift
/// try await connection.query("SELECT * FROM sales WHERE day >= \(day) AND customer = \(id)")
/// ```
public protocol DuckDBConvertible: SQLBindable {
  /// The value as DuckDB gets it.
  var duckDBValue: Value { get }
}

extension Value: DuckDBConvertible {
  /// The value itself.
  public var duckDBValue: Value { self }
}
extension Bool: DuckDBConvertible {
  /// A BOOLEAN.
  public var duckDBValue: Value { .boolean(self) }
}
extension Int: DuckDBConvertible {
  /// A BIGINT.
  public var duckDBValue: Value { .bigInt(Int64(self)) }
}
extension Int8: DuckDBConvertible {
  /// A TINYINT.
  public var duckDBValue: Value { .tinyInt(self) }
}
extension Int16: DuckDBConvertible {
  /// A SMALLINT.
  public var duckDBValue: Value { .smallInt(self) }
}
extension Int32: DuckDBConvertible {
  /// An INTEGER.
  public var duckDBValue: Value { .integer(self) }
}
extension Int64: DuckDBConvertible {
  /// A BIGINT.
  public var duckDBValue: Value { .bigInt(self) }
}
extension UInt: DuckDBConvertible {
  /// A UBIGINT.
  public var duckDBValue: Value { .uBigInt(UInt64(self)) }
}
extension UInt8: DuckDBConvertible {
  /// A UTINYINT.
  public var duckDBValue: Value { .uTinyInt(self) }
}
extension UInt16: DuckDBConvertible {
  /// A USMALLINT.
  public var duckDBValue: Value { .uSmallInt(self) }
}
extension UInt32: DuckDBConvertible {
  /// A UINTEGER.
  public var duckDBValue: Value { .uInteger(self) }
}
extension UInt64: DuckDBConvertible {
  /// A UBIGINT.
  public var duckDBValue: Value { .uBigInt(self) }
}
extension Int128: DuckDBConvertible {
  /// A HUGEINT.
  public var duckDBValue: Value { .hugeInt(self) }
}
extension UInt128: DuckDBConvertible {
  /// A UHUGEINT.
  public var duckDBValue: Value { .uHugeInt(self) }
}
extension Float: DuckDBConvertible {
  /// A FLOAT.
  public var duckDBValue: Value { .float(self) }
}
extension Double: DuckDBConvertible {
  /// A DOUBLE.
  public var duckDBValue: Value { .double(self) }
}
extension String: DuckDBConvertible {
  /// A VARCHAR.
  public var duckDBValue: Value { .varchar(self) }
}
extension Substring: DuckDBConvertible {
  /// A VARCHAR.
  public var duckDBValue: Value { .varchar(String(self)) }
}
extension UUID: DuckDBConvertible {
  /// A UUID.
  public var duckDBValue: Value { .uuid(self) }
}
extension Data: DuckDBConvertible {
  /// A BLOB.
  public var duckDBValue: Value { .blob(Array(self)) }
}
extension DateValue: DuckDBConvertible {
  /// A DATE.
  public var duckDBValue: Value { .date(self) }
}
extension TimeValue: DuckDBConvertible {
  /// A TIME.
  public var duckDBValue: Value { .time(self) }
}
extension TimestampValue: DuckDBConvertible {
  /// A TIMESTAMP.
  public var duckDBValue: Value { .timestamp(self) }
}
extension IntervalValue: DuckDBConvertible {
  /// An INTERVAL.
  public var duckDBValue: Value { .interval(self) }
}
extension DecimalValue: DuckDBConvertible {
  /// A DECIMAL.
  public var duckDBValue: Value { .decimal(self) }
}
extension Date: DuckDBConvertible {
  /// A TIMESTAMP WITH TIME ZONE, to the microsecond; instants beyond its range become infinite.
  public var duckDBValue: Value { .timestampTZ(TimestampValue(self)) }
}
extension Decimal: DuckDBConvertible {
  /// A DECIMAL with all digits of the number, or a DOUBLE where a DECIMAL has too few.
  public var duckDBValue: Value {
    DecimalValue(description).map(Value.decimal) ?? .double(Double(description) ?? .nan)
  }
}
extension Optional: DuckDBConvertible where Wrapped: DuckDBConvertible {
  /// The wrapped value, or NULL.
  public var duckDBValue: Value { self?.duckDBValue ?? .null }
}
extension Array: DuckDBConvertible where Element: DuckDBConvertible {
  /// A LIST; of bytes, too, since a BLOB is `Data`.
  public var duckDBValue: Value { .list(map(\.duckDBValue)) }
}
extension Dictionary: DuckDBConvertible where Key == String, Value: DuckDBConvertible {
  /// A MAP, in the order of its keys.
  public var duckDBValue: DuckDB.Value {
    .map(sorted { $0.key < $1.key }.map { .init(key: .varchar($0.key), value: $0.value.duckDBValue) })
  }
}

extension TimestampValue {
  /// An instant, to the nearest microsecond; beyond the range, infinity.
  public init(_ date: Date) {
    let microseconds = (date.timeIntervalSince1970 * 1_000_000).rounded()
    if microseconds.isNaN {
      self = .negativeInfinity
    } else if microseconds >= 9.2e18 {
      self = .infinity
    } else if microseconds <= -9.2e18 {
      self = .negativeInfinity
    } else {
      self.init(microseconds: Int64(microseconds))
    }
  }

  /// The instant, when the timestamp is taken as UTC.
  public var date: Date {
    Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
  }
}

extension DateValue {
  /// The instant at which the day begins in UTC.
  public var date: Date {
    Date(timeIntervalSince1970: Double(days) * 86400)
  }
}
