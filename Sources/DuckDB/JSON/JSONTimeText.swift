/// Dates and times in JSON: ISO 8601, with a fraction of 3, 6 or 9 digits where there is one, as Windmill
/// writes them.
enum JSONTimeText {
  static func write(_ date: DateValue, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "\""))
    if date == .infinity || date == .negativeInfinity {
      TimeText.write(date, to: &buffer)
    } else {
      write(day: Int(date.days), to: &buffer)
    }
    buffer.append(UInt8(ascii: "\""))
  }

  static func write(time value: Int64, unit: Int64, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "\""))
    writeTime(value, unit: unit, to: &buffer)
    buffer.append(UInt8(ascii: "\""))
  }

  static func write(timestamp value: Int64, unit: Int64, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "\""))
    defer { buffer.append(UInt8(ascii: "\"")) }
    if value == .max || value == -.max {
      buffer.append(value > 0 ? "infinity" : "-infinity")
      return
    }
    let unitsPerDay = 86400 * unit
    var day = value / unitsPerDay
    var time = value % unitsPerDay
    if time < 0 {
      time += unitsPerDay
      day -= 1
    }
    write(day: Int(day), to: &buffer)
    buffer.append(UInt8(ascii: "T"))
    writeTime(time, unit: unit, to: &buffer)
  }

  private static func write(day: Int, to buffer: inout ByteBuffer) {
    let date = CivilDate(daysSinceEpoch: day)
    if date.year < 0 { buffer.append(UInt8(ascii: "-")) }
    if date.year > 9999 { buffer.append(UInt8(ascii: "+")) }
    let year = UInt64(date.year.magnitude)
    if year < 10000 { buffer.append(padded: year, digits: 4) } else { buffer.append(decimal: year) }
    buffer.append(UInt8(ascii: "-"))
    buffer.append(padded: UInt64(date.month), digits: 2)
    buffer.append(UInt8(ascii: "-"))
    buffer.append(padded: UInt64(date.day), digits: 2)
  }

  private static func writeTime(_ value: Int64, unit: Int64, to buffer: inout ByteBuffer) {
    let (whole, part) = value.magnitude.quotientAndRemainder(dividingBy: unit.magnitude)
    let seconds = whole
    buffer.append(padded: min(seconds / 3600, 99), digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(padded: seconds / 60 % 60, digits: 2)
    buffer.append(UInt8(ascii: ":"))
    buffer.append(padded: seconds % 60, digits: 2)
    guard part > 0 else { return }
    let nanoseconds = part * (1_000_000_000 / unit.magnitude)
    buffer.append(UInt8(ascii: "."))
    if nanoseconds % 1_000_000 == 0 {
      buffer.append(padded: nanoseconds / 1_000_000, digits: 3)
    } else if nanoseconds % 1000 == 0 {
      buffer.append(padded: nanoseconds / 1000, digits: 6)
    } else {
      buffer.append(padded: nanoseconds, digits: 9)
    }
  }
}
