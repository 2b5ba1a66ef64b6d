/// From where to where a run reads a resource.
struct IncrementalRange: Sendable {
  static let placeholders = [
    "incremental.initial_value", "incremental.start_value", "incremental.last_value", "incremental.end_value",
  ]

  let settings: RESTIncremental
  /// The last value of an earlier run, else the initial one.
  let lastValue: JSONValue?
  /// Where requests begin: the last value less the lag.
  let start: JSONValue?

  /// - Parameter stored: the last value of an earlier run.
  init(_ settings: RESTIncremental, stored: JSONValue?) {
    self.settings = settings
    // A backfill has a beginning and an end of its own.
    let stored = settings.endValue == nil ? stored : nil
    lastValue = stored ?? settings.initialValue
    if let stored, let lag = settings.lag, lag > 0 {
      let moved = Self.lagged(stored, by: settings.lastValue == .largest ? -lag : lag)
      if let initial = settings.initialValue, Self.isLater(initial, moved, settings) == true {
        start = initial
      } else {
        start = moved
      }
    } else {
      start = lastValue
    }
  }

  /// A value for a placeholder, converted as the declaration says.
  func value(of placeholder: String) -> JSONValue? {
    switch placeholder {
    case "incremental.initial_value": settings.initialValue.map(converted)
    case "incremental.end_value": settings.endValue.map(converted)
    case "incremental.start_value", "incremental.last_value": start.map(converted)
    default: nil
    }
  }

  /// The query parameters of the range.
  var parameters: [JSONValue.Member] {
    var parameters: [JSONValue.Member] = []
    if let name = settings.startParameter, let value = value(of: "incremental.start_value") {
      parameters.append(.init(key: name, value: value))
    }
    if let name = settings.endParameter, let value = value(of: "incremental.end_value") {
      parameters.append(.init(key: name, value: value))
    }
    return parameters
  }

  /// Whether the left value is nearer to the end; nil when the two cannot be compared.
  static func isLater(_ left: JSONValue, _ right: JSONValue, _ settings: RESTIncremental) -> Bool? {
    settings.lastValue == .largest
      ? CursorOrder.isSmaller(right, left) : CursorOrder.isSmaller(left, right)
  }

  /// Whether no row after this one can be wanted, as the API sorts them.
  func ends(at value: JSONValue) -> Bool {
    switch settings.rowOrder {
    case .descending: start.flatMap { Self.isLater($0, value, settings) } ?? false
    case .ascending: settings.endValue.flatMap { Self.isLater(value, $0, settings) } ?? false
    case nil: false
    }
  }

  private static func lagged(_ value: JSONValue, by lag: Double) -> JSONValue {
    switch value {
    case .string(let text):
      guard let time = CursorTimestamp(text) else { return value }
      return .string(time.moved(bySeconds: time.isDate ? lag.rounded() * 86_400 : lag).text)
    case .number(let text):
      if let number = Int(text), let whole = Int(exactly: lag) { return .number(String(number + whole)) }
      return Double(text).map { .number("\($0 + lag)") } ?? value
    default: return value
    }
  }

  /// A value as requests have it; unchanged where it is no moment.
  private func converted(_ value: JSONValue) -> JSONValue {
    guard let conversion = settings.conversion, let time = Self.time(value) else { return value }
    let (day, second) = time.universal
    switch conversion {
    case .epochSeconds: return .number(String(time.secondsSince1970))
    case .epochMilliseconds:
      return .number(String(time.secondsSince1970 * 1000 + time.nanoseconds / 1_000_000))
    case .isoDate: return .string(day.text)
    case .isoTimestamp:
      return .string(
        CursorTimestamp(secondsSince1970: time.secondsSince1970, nanoseconds: time.nanoseconds).text)
    case .pattern(let pattern):
      let fields: [Character: String] = [
        "Y": padded(day.year, 4), "m": padded(day.month, 2), "d": padded(day.day, 2),
        "H": padded(second / 3600, 2),
        "M": padded(second / 60 % 60, 2), "S": padded(second % 60, 2), "s": String(time.secondsSince1970),
        "%": "%",
      ]
      var text = ""
      var rest = Substring(pattern)
      while let character = rest.popFirst() {
        if character == "%", let letter = rest.first, let field = fields[letter] {
          text += field
          rest.removeFirst()
        } else {
          text.append(character)
        }
      }
      return .string(text)
    }
  }

  /// A moment; numbers beyond the year 5000 in seconds are milliseconds.
  private static func time(_ value: JSONValue) -> CursorTimestamp? {
    switch value {
    case .string(let text): return CursorTimestamp(text)
    case .number(let text):
      guard let number = Double(text), number.magnitude < 1e15 else { return nil }
      let seconds = number.magnitude < 1e11 ? number : number / 1000
      let whole = seconds.rounded(.down)
      return CursorTimestamp(secondsSince1970: Int(whole), nanoseconds: Int((seconds - whole) * 1e9))
    default: return nil
    }
  }
}

/// Follows the cursor through the rows of a page.
struct CursorTracker {
  let range: IncrementalRange
  private(set) var lastValue: JSONValue?
  /// Whether a row came after which no row can be wanted.
  private(set) var isAtEnd = false

  init(_ range: IncrementalRange, lastValue: JSONValue?) {
    self.range = range
    self.lastValue = lastValue
  }

  /// Takes a row's cursor value into account.
  ///
  /// - Returns: whether the row is wanted.
  mutating func observe(_ row: JSONNode) throws(RESTSourceError) -> Bool {
    let path = range.settings.cursorPath
    guard let node = path.firstValue(in: row), node.kind != .null else {
      switch range.settings.missingCursor {
      case .include: return true
      case .exclude: return false
      case .fail:
        throw RESTSourceError(
          .answer, "a row has no cursor value at '\(path)'",
          hint: "Check cursor_path, or set on_cursor_value_missing to include or exclude",
          excerpt: Redactor().excerpt(Array(row.raw)))
      }
    }
    guard node.kind == .string || node.kind == .number else {
      throw RESTSourceError(
        .answer,
        "the cursor value at '\(path)' is neither a text nor a number: \(JSONValue(node).jsonText.prefix(40))",
        hint: "Check cursor_path")
    }
    let value = JSONValue(node)
    if range.ends(at: value) { isAtEnd = true }
    // What lies beyond the end is not read, so it must not count as read.
    if let end = range.settings.endValue, IncrementalRange.isLater(value, end, range.settings) == true {
      return true
    }
    guard let last = lastValue else {
      lastValue = value
      return true
    }
    guard let isLater = IncrementalRange.isLater(value, last, range.settings) else {
      throw RESTSourceError(
        .answer,
        "cursor values of different types meet at '\(path)': \(value.jsonText.prefix(40)) and \(last.jsonText)",
        hint: "Write initial_value as the API writes the cursor, with quotes if it is a text")
    }
    if isLater { lastValue = value }
    return true
  }
}
