/// What makes a resource read again only where it is new.
public struct RESTIncremental: Sendable, Hashable {
  /// Which of two cursor values is the last.
  public enum LastValue: String, Sendable, Hashable, CaseIterable {
    case largest = "max"
    case smallest = "min"
  }
  /// How the API sorts its rows by the cursor.
  public enum RowOrder: String, Sendable, Hashable, CaseIterable {
    case ascending = "asc"
    case descending = "desc"
  }
  /// What happens to a row without a cursor value.
  public enum MissingCursor: String, Sendable, Hashable, CaseIterable {
    case fail = "raise"
    case include
    case exclude
  }

  /// Where a row has its cursor value.
  public var cursorPath: JSONPath
  /// The value to begin with when nothing was read before.
  public var initialValue: JSONValue?
  /// Where a backfill ends. With it no last value is kept.
  public var endValue: JSONValue?
  /// The query parameter that gets the value to begin with.
  public var startParameter: String?
  /// The query parameter that gets the end value.
  public var endParameter: String?
  public var lastValue = LastValue.largest
  /// When known, pages beyond the range are not requested.
  public var rowOrder: RowOrder?
  public var missingCursor = MissingCursor.fail
  /// How much before the last value a run begins: seconds for timestamps, days for dates, else a number.
  public var lag: Double?
  /// How values are written in requests.
  public var conversion: RESTConversion?
  /// What the loader has to know, in dlt's words: `range_start`, `range_end`, `primary_key`.
  public var hints: [JSONValue.Member] = []

  public init(cursorPath: JSONPath) { self.cursorPath = cursorPath }
}

/// How a cursor value is written in requests; where dlt has a Python function, a declaration has a name.
public enum RESTConversion: Sendable, Hashable {
  /// Seconds since 1970, whole.
  case epochSeconds
  /// Milliseconds since 1970, whole.
  case epochMilliseconds
  /// `2024-05-01T12:30:00Z`
  case isoTimestamp
  /// `2024-05-01`
  case isoDate
  /// A pattern of `strftime`: `%Y`, `%m`, `%d`, `%H`, `%M`, `%S`, `%s`, `%%`.
  case pattern(String)

  static let names = ["epoch_seconds", "epoch_milliseconds", "iso_timestamp", "iso_date"]

  /// Reads a name or a pattern; nil for anything else.
  public init?(_ text: String) {
    switch text {
    case "epoch_seconds": self = .epochSeconds
    case "epoch_milliseconds": self = .epochMilliseconds
    case "iso_timestamp": self = .isoTimestamp
    case "iso_date": self = .isoDate
    default:
      guard text.contains("%") else { return nil }
      self = .pattern(text)
    }
  }
}
