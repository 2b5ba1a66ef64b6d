/// A day of the Gregorian calendar.
struct CalendarDay: Hashable {
  let year: Int
  let month: Int
  let day: Int

  init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Days since 1970-01-01. Years are counted from March, so that a leap day is the last of its year.
  var number: Int {
    let marchYear = month > 2 ? year : year - 1
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  init(number: Int) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    year = yearOfEra + era * 400 + (month > 2 ? 0 : 1)
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
  }

  var text: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
}

/// A number with leading zeros.
func padded(_ number: Int, _ width: Int) -> String {
  let text = String(number.magnitude)
  return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - text.count)) + text
}

/// A date or timestamp of ISO 8601 in a cursor, which is written again as the API wrote it.
struct CursorTimestamp {
  /// Of the moment as it is written, without its offset.
  private var localSeconds: Int
  private(set) var nanoseconds: Int
  private let offset: Int
  /// `T` or a space; nil for a date alone.
  private let separator: Character?
  private let hasSeconds: Bool
  private let fractionDigits: Int
  private let offsetText: String

  /// Nil for what is no date and no timestamp.
  init?(_ text: String) {
    var rest = Substring(text)
    guard let year = Self.number(&rest, 4), Self.skip(&rest, "-"), let month = Self.number(&rest, 2),
      1...12 ~= month,
      Self.skip(&rest, "-"), let day = Self.number(&rest, 2), 1...31 ~= day
    else { return nil }
    var seconds = CalendarDay(year: year, month: month, day: day).number * 86_400
    nanoseconds = 0
    var offset = 0
    var fractionDigits = 0
    var hasSeconds = false
    var offsetText = ""
    separator = rest.popFirst()
    if let separator {
      guard separator == "T" || separator == " " || separator == "t", let hour = Self.number(&rest, 2),
        0..<24 ~= hour,
        Self.skip(&rest, ":"), let minute = Self.number(&rest, 2), 0..<60 ~= minute
      else { return nil }
      seconds += hour * 3600 + minute * 60
      if Self.skip(&rest, ":") {
        guard let second = Self.number(&rest, 2), 0...60 ~= second else { return nil }
        seconds += second
        hasSeconds = true
        if Self.skip(&rest, ".") {
          let digits = rest.prefix { $0.isASCII && $0.isNumber }
          guard !digits.isEmpty, let value = Int((digits + "000000000").prefix(9)) else { return nil }
          nanoseconds = value
          fractionDigits = digits.count
          rest = rest.dropFirst(digits.count)
        }
      }
      offsetText = String(rest)
      guard let value = Self.offset(rest) else { return nil }
      offset = value
    }
    localSeconds = seconds
    self.offset = offset
    self.hasSeconds = hasSeconds
    self.fractionDigits = fractionDigits
    self.offsetText = offsetText
  }

  /// The moment of a count of seconds since 1970, in UTC.
  init(secondsSince1970: Int, nanoseconds: Int) {
    localSeconds = secondsSince1970
    self.nanoseconds = nanoseconds
    offset = 0
    separator = "T"
    hasSeconds = true
    fractionDigits = nanoseconds == 0 ? 0 : 3
    offsetText = "Z"
  }

  var isDate: Bool { separator == nil }
  /// What is without offset is taken for UTC.
  var secondsSince1970: Int { localSeconds - offset }
  var hasOffset: Bool { !offsetText.isEmpty }

  /// The day and the seconds within it, in UTC.
  var universal: (day: CalendarDay, second: Int) { Self.split(secondsSince1970) }

  func moved(bySeconds seconds: Double) -> CursorTimestamp {
    var moved = self
    let whole = seconds.rounded(.down)
    moved.localSeconds += Int(whole)
    if fractionDigits > 0 { moved.nanoseconds += Int((seconds - whole) * 1e9) }
    if moved.nanoseconds >= 1_000_000_000 {
      moved.nanoseconds -= 1_000_000_000
      moved.localSeconds += 1
    }
    return moved
  }

  /// The text, in the form in which it was read.
  var text: String {
    let (day, second) = Self.split(localSeconds)
    guard let separator else { return day.text }
    var text = "\(day.text)\(separator)\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2))"
    if hasSeconds { text += ":\(padded(second % 60, 2))" }
    if fractionDigits > 0 {
      let digits = padded(nanoseconds, 9) + String(repeating: "0", count: max(0, fractionDigits - 9))
      text += "." + digits.prefix(fractionDigits)
    }
    return text + offsetText
  }

  private static func split(_ seconds: Int) -> (day: CalendarDay, second: Int) {
    let day = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    return (CalendarDay(number: day), seconds - day * 86_400)
  }

  private static func offset(_ text: Substring) -> Int? {
    if text.isEmpty || text == "Z" || text == "z" { return 0 }
    var rest = text
    guard let sign = rest.popFirst(), sign == "+" || sign == "-", let hours = number(&rest, 2) else {
      return nil
    }
    _ = skip(&rest, ":")
    let minutes = rest.isEmpty ? 0 : number(&rest, 2)
    guard let minutes, rest.isEmpty else { return nil }
    return (hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
  }

  private static func number(_ rest: inout Substring, _ digits: Int) -> Int? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    rest = rest.dropFirst(digits)
    return Int(text)
  }

  private static func skip(_ rest: inout Substring, _ character: Character) -> Bool {
    guard rest.first == character else { return false }
    rest.removeFirst()
    return true
  }
}
