/// A DATE: days since 1970-01-01 in the proleptic Gregorian calendar.
public struct DateValue: Sendable, Hashable, Comparable, BitwiseCopyable {
  /// Days since 1970-01-01.
  public var days: Int32

  /// Makes a date from days since 1970-01-01.
  public init(days: Int32) {
    self.days = days
  }

  /// Makes a date from its parts.
  ///
  /// - Returns: nil when there is no such day, or it is outside of what a DATE holds.
  public init?(year: Int, month: Int, day: Int) {
    guard let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch,
      let days = Int32(exactly: days)
    else { return nil }
    self.init(days: days)
  }

  /// The date later than all others.
  public static let infinity = DateValue(days: .max)

  /// The date earlier than all others.
  public static let negativeInfinity = DateValue(days: -.max)

  /// Earlier dates are less.
  public static func < (left: Self, right: Self) -> Bool { left.days < right.days }
}

/// A TIME: microseconds since midnight, up to and including 24:00:00.
public struct TimeValue: Sendable, Hashable, Comparable, BitwiseCopyable {
  /// Microseconds since midnight.
  public var microseconds: Int64

  /// Makes a time from microseconds since midnight.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Earlier times are less.
  public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}

/// A TIME_NS: nanoseconds since midnight.
public struct TimeNSValue: Sendable, Hashable, Comparable, BitwiseCopyable {
  /// Nanoseconds since midnight.
  public var nanoseconds: Int64

  /// Makes a time from nanoseconds since midnight.
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Earlier times are less.
  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}

/// A TIME WITH TIME ZONE: a local time and its offset from UTC.
public struct TimeTZValue: Sendable, Hashable, BitwiseCopyable {
  /// DuckDB's encoding: 40 bits of microseconds, then 24 bits of the offset, turned so that values sort by
  /// instant.
  private var bits: UInt64

  /// DuckDB allows offsets up to ±15:59:59.
  private static let maximumOffset = 16 * 60 * 60 - 1

  /// Makes a time.
  ///
  /// - Parameters:
  ///   - microseconds: Local time, since midnight.
  ///   - offsetSeconds: Seconds east of UTC, from -57599 to 57599. Others are clamped.
  public init(microseconds: Int64, offsetSeconds: Int) {
    let offset = min(max(offsetSeconds, -Self.maximumOffset), Self.maximumOffset)
    bits = UInt64(truncatingIfNeeded: microseconds) << 24 | UInt64(Self.maximumOffset - offset)
  }

  /// Local time, in microseconds since midnight.
  public var microseconds: Int64 { Int64(bits >> 24) }

  /// Seconds east of UTC.
  public var offsetSeconds: Int { Self.maximumOffset - Int(bits & 0xFF_FFFF) }

  var encoded: UInt64 { bits }
}

/// A TIMESTAMP, or a TIMESTAMP WITH TIME ZONE: microseconds since 1970-01-01 00:00:00 (UTC for the latter).
public struct TimestampValue: Sendable, Hashable, Comparable, BitwiseCopyable {
  /// Microseconds since 1970-01-01 00:00:00.
  public var microseconds: Int64

  /// Makes a timestamp from microseconds since 1970-01-01 00:00:00.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// The timestamp later than all others.
  public static let infinity = TimestampValue(microseconds: .max)

  /// The timestamp earlier than all others.
  public static let negativeInfinity = TimestampValue(microseconds: -.max)

  /// Earlier timestamps are less.
  public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }
}

/// An INTERVAL: months, days and microseconds, kept apart since none has a fixed length in the next.
public struct IntervalValue: Sendable, Hashable, BitwiseCopyable {
  /// Whole months.
  public var months: Int32

  /// Whole days.
  public var days: Int32

  /// Microseconds.
  public var microseconds: Int64

  /// Makes an interval.
  public init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
    self.months = months
    self.days = days
    self.microseconds = microseconds
  }
}
