public import Foundation

/// A moment as the store keeps it: microseconds since 1970, in UTC.
public struct Moment: Sendable, Hashable, Comparable, Codable {
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }

  public init(_ date: Date) { microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded()) }

  public static var now: Moment { Moment(Date()) }

  public var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

  /// As `2026-01-31T09:30:00.123456Z`.
  public var text: String {
    let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let whole = rest < 0 ? seconds - 1 : seconds
    let fraction = rest < 0 ? rest + 1_000_000 : rest
    let start = Date(timeIntervalSince1970: Double(whole)).formatted(.iso8601)
    let digits = String(1_000_000 + fraction).dropFirst()
    return start.dropLast() + "." + digits + "Z"
  }

  public static func < (left: Moment, right: Moment) -> Bool { left.microseconds < right.microseconds }

  public static func + (moment: Moment, duration: Duration) -> Moment {
    let (seconds, attoseconds) = duration.components
    return Moment(microseconds: moment.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
  }

  public static func - (moment: Moment, duration: Duration) -> Moment { moment + (.zero - duration) }

  public init(from decoder: any Decoder) throws {
    microseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(microseconds)
  }
}
