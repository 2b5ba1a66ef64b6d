/// Dates and times as text, as DuckDB prints them, and with another separator as ISO 8601 has them.
enum TimeText {
  static func write(_ date: DateValue, to buffer: inout ByteBuffer) {
    switch date {
    case .infinity: buffer.append("infinity")
    case .negativeInfinity: buffer.append("-infinity")
    default: write(day: Int(date.days), to: &buffer)
    }
  }

  private static func write(day: Int, to buffer: inout ByteBuffer) {
    let date = CivilDate(daysSinceEpoch: day)
    // The year before 1 is 1 BC.
    let isBeforeChrist = date.year <= 0
    let year = UInt64(isBeforeChrist ? 1 - date.year : date.year)
    if year < 10000 { buffer.append(padded: year, digits: 4) } else { buffer.append(decimal: year) }
    buffer.append(UInt8(ascii: "-"))
    buffer.append(padded: UInt64(date.month), digits: 2)
    buffer.append(UInt8(ascii: "-"))
    buffer.append(padded: UInt64(date.day), digits: 2)
    if isBeforeChrist { buffer.append(" (BC)") }
  }

  static func write(time value: Int64, unit: Int64, to buffer: inout ByteBuffer) {
    if value < 0 { buffer.append(UInt8(ascii: "-")) }
    let (seconds, fraction) = value.magnitude.quotientAndRemainder(dividingBy: unit.magnitude)
    let hours = seconds / 3600
    if hours < 100 { buffer.append(padded: hours, digits: 2) } else { buffer.append(decimal: hours) }
    buffer.append(UInt8(ascii: ":"))
    buffer.append(padded: seconds / 60 % 60, digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(padded: seconds % 60, digits: 2)
    buffer.append(fraction: fraction, digits: digits(unit))
  }

  static func write(_ value: TimeTZValue, to buffer: inout ByteBuffer) {
    write(time: value.microseconds, unit: 1_000_000, to: &buffer)
    let offset = value.offsetSeconds
    buffer.append(UInt8(ascii: offset < 0 ? "-" : "+"))
    let seconds = UInt64(offset.magnitude)
    buffer.append(padded: seconds / 3600, digits: 2)
    guard seconds % 3600 != 0 else { return }
    if seconds / 60 % 60 != 0 {
      buffer.append(UInt8(ascii: ":"))
      buffer.append(padded: seconds / 60 % 60, digits: 2)
    }
    if seconds % 60 != 0 {
      buffer.append(UInt8(ascii: ":"))
      buffer.append(padded: seconds % 60, digits: 2)
    }
  }

  /// - Parameters:
  ///   - value: Since 1970-01-01 00:00:00, in units of which there are `unit` in a second.
  ///   - separator: What stands between day and time.
  static func write(timestamp value: Int64, unit: Int64, separator: UInt8, to buffer: inout ByteBuffer) {
    if value == .max || value == -.max {
      buffer.append(value > 0 ? "infinity" : "-infinity")
      return
    }
    let unitsPerDay = Int64(86400).multipliedReportingOverflow(by: unit).partialValue
    var day = value / unitsPerDay
    var time = value % unitsPerDay
    if time < 0 {
      time += unitsPerDay
      day -= 1
    }
    write(day: Int(day), to: &buffer)
    buffer.append(separator)
    write(time: time, unit: unit, to: &buffer)
  }

  static func write(_ value: IntervalValue, to buffer: inout ByteBuffer) {
    let start = buffer.count
    write(Int64(value.months / 12), " year", from: start, to: &buffer)
    write(Int64(value.months % 12), " month", from: start, to: &buffer)
    write(Int64(value.days), " day", from: start, to: &buffer)
    guard value.microseconds != 0 || buffer.count == start else { return }
    if buffer.count > start { buffer.append(UInt8(ascii: " ")) }
    if value.microseconds < 0 { buffer.append(UInt8(ascii: "-")) }
    let magnitude = value.microseconds.magnitude
    let hours = magnitude / 3_600_000_000
    if hours < 10 { buffer.append(UInt8(ascii: "0")) }
    buffer.append(decimal: hours)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(padded: magnitude / 60_000_000 % 60, digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(padded: magnitude / 1_000_000 % 60, digits: 2)
    buffer.append(fraction: magnitude % 1_000_000, digits: 6)
  }

  private static func write(
    _ value: Int64, _ name: StaticString, from start: Int, to buffer: inout ByteBuffer
  ) {
    guard value != 0 else { return }
    if buffer.count > start { buffer.append(UInt8(ascii: " ")) }
    buffer.append(decimal: value)
    buffer.append(name)
    if value != 1, value != -1 { buffer.append(UInt8(ascii: "s")) }
  }

  private static func digits(_ unit: Int64) -> Int {
    switch unit {
    case 1_000: 3
    case 1_000_000: 6
    case 1_000_000_000: 9
    default: 0
    }
  }
}
