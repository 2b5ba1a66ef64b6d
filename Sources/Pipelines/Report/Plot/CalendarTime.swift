/// Dates and times along an axis, as seconds since 1970 in UTC.
struct CalendarTime: Hashable {
  let year: Int
  let month: Int
  let day: Int
  /// Seconds since midnight.
  let seconds: Double

  /// Reads `2001-05-30`, `2001-05`, and `2001-05-30 12:00:00.5` with an optional zone.
  init?(_ text: String) {
    var reader = Reader(rest: text[...])
    guard let year = reader.digits(4), reader.skip("-"), let month = reader.digits(2),
      (1...12).contains(month)
    else { return nil }
    var day = 1
    var seconds = 0.0
    if reader.skip("-") {
      guard let read = reader.digits(2), (1...Self.days(inMonth: month, of: year)).contains(read) else {
        return nil
      }
      day = read
      if reader.skip(" ") || reader.skip("T") {
        guard let time = reader.timeOfDay() else { return nil }
        seconds = time
      }
    }
    guard reader.rest.isEmpty else { return nil }
    (self.year, self.month, self.day, self.seconds) = (year, month, day, seconds)
  }

  /// The calendar's reading of seconds since 1970.
  init(epochSeconds: Double) {
    let days = (epochSeconds / 86_400).rounded(.down)
    seconds = epochSeconds - days * 86_400
    // Howard Hinnant's civil_from_days, with years that start in March.
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// Seconds since 1970.
  var epochSeconds: Double {
    Self.epochSeconds(year: year, month: month, day: day) + seconds
  }

  /// Seconds since 1970 at the start of a day; a month beyond 12 lies in a later year.
  static func epochSeconds(year: Int, month: Int, day: Int = 1) -> Double {
    let year = year + (month - 1) / 12
    let month = (month - 1) % 12 + 1
    // Howard Hinnant's days_from_civil.
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Double(era * 146_097 + dayOfEra - 719_468) * 86_400
  }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    Int((epochSeconds(year: year, month: month + 1) - epochSeconds(year: year, month: month)) / 86_400)
  }

  private struct Reader {
    var rest: Substring

    mutating func skip(_ character: Character) -> Bool {
      guard rest.first == character else { return false }
      rest.removeFirst()
      return true
    }

    mutating func digits(_ count: Int) -> Int? {
      let read = rest.prefix(count)
      guard read.count == count, read.allSatisfy({ $0 >= "0" && $0 <= "9" }) else { return nil }
      rest = rest.dropFirst(count)
      return Int(read)
    }

    /// Seconds since midnight, in UTC when a zone is given.
    mutating func timeOfDay() -> Double? {
      guard let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60 else {
        return nil
      }
      var seconds = Double(hour * 3600 + minute * 60)
      if skip(":") {
        guard let second = digits(2), second < 60 else { return nil }
        seconds += Double(second)
        if skip(".") {
          let fraction = rest.prefix { $0 >= "0" && $0 <= "9" }
          guard let value = Double("0." + fraction) else { return nil }
          seconds += value
          rest = rest.dropFirst(fraction.count)
        }
      }
      if skip("Z") { return seconds }
      let east = skip("+")
      guard east || skip("-") else { return seconds }
      guard let hours = digits(2), hours < 24 else { return nil }
      var offset = Double(hours * 3600)
      if skip(":") {
        guard let minutes = digits(2), minutes < 60 else { return nil }
        offset += Double(minutes * 60)
      }
      return east ? seconds - offset : seconds + offset
    }
  }
}
