/// Tells dates, times, spans and UUIDs from obvious nonsense. DuckDB casts what passes, and has the last
/// word.
enum TemporalText {
  /// Whether a text can be a value of this family.
  static func isPlausible(_ text: String, as family: ArgumentFamily) -> Bool {
    switch family {
    case .date: specialPoints.contains(text.lowercased()) || isDate(text[...])
    case .time: isTime(text[...])
    case .timestamp: specialPoints.contains(text.lowercased()) || isTimestamp(text)
    case .interval: text.contains(where: \.isNumber)
    case .uuid: isUUID(text)
    default: true
    }
  }

  /// A value of this family, as an example.
  static func example(of family: ArgumentFamily) -> String {
    switch family {
    case .date: "2024-01-31"
    case .time: "13:30:00"
    case .timestamp: "2024-01-31 13:30:00 or 2024-01-31T13:30:00Z"
    case .interval: "3 days or 1 hour 30 minutes"
    case .uuid: "6f4f7ec2-7f5a-4a2c-9f53-1f4b1c1d2e3f"
    default: "text"
    }
  }

  private static let specialPoints: Set<String> = ["infinity", "-infinity", "epoch"]

  /// `YYYY-MM-DD`, a day that exists, in the years that have at least four digits; a sign may stand before
  /// them.
  private static func isDate(_ text: Substring) -> Bool {
    let isNegative = text.first == "-"
    let parts = (isNegative ? text.dropFirst() : text).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, let year = number(parts[0], 4...6), let month = number(parts[1], 1...2),
      let day = number(parts[2], 1...2), (1...12).contains(month)
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap || isNegative ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  /// `HH:MM[:SS[.fraction]]`, and a zone after it.
  private static func isTime(_ text: Substring) -> Bool {
    let clock = text.prefix { $0.isASCIIDigit || $0 == ":" || $0 == "." }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, let hour = number(parts[0], 1...2),
      let minute = number(parts[1], 2...2)
    else { return false }
    var second = 0
    if parts.count == 3 {
      let pieces = parts[2].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
      guard let whole = number(pieces[0], 2...2) else { return false }
      if pieces.count == 2, number(pieces[1], 1...9) == nil { return false }
      second = whole
    }
    let isOfDay = hour < 24 || (hour == 24 && minute == 0 && second == 0)
    return isOfDay && minute < 60 && second < 60 && isZone(text[clock.endIndex...])
  }

  /// A date, and where a time follows it, `T` or a blank between the two.
  private static func isTimestamp(_ text: String) -> Bool {
    guard let separator = text.firstIndex(where: { $0 == "T" || $0 == " " }) else { return isDate(text[...]) }
    return isDate(text[..<separator]) && isTime(text[text.index(after: separator)...])
  }

  /// Nothing, `Z`, `+02`, `-03:30`, or a zone's name after a blank.
  private static func isZone(_ text: Substring) -> Bool {
    guard let first = text.first else { return true }
    if text.uppercased() == "Z" { return true }
    if first == " " {
      let name = text.dropFirst()
      return isZone(name)
        || name.first?.isLetter == true
          && name.allSatisfy { $0.isLetter || $0.isNumber || "/_+-".contains($0) }
    }
    guard first == "+" || first == "-" else { return false }
    let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
    return (1...3).contains(parts.count) && parts.allSatisfy { number($0, 1...4) != nil }
  }

  private static func isUUID(_ text: String) -> Bool {
    let inside = text.hasPrefix("{") && text.hasSuffix("}") ? text.dropFirst().dropLast() : text[...]
    return inside.allSatisfy { $0.isHexDigit && $0.isASCII || $0 == "-" }
      && inside.count { $0 != "-" } == 32
  }

  private static func number(_ text: Substring, _ length: ClosedRange<Int>) -> Int? {
    length.contains(text.count) && text.allSatisfy(\.isASCIIDigit) ? Int(text) : nil
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
