import DuckDB

/// Which texts are points in time: a date and a time of day, as ISO 8601 writes them.
enum TimestampText {
  /// Whether dlt takes the text for a timestamp, and DuckDB reads it as one.
  ///
  /// `2024-01-02T03:04:05.678+02:00`, `2024-01-02 03:04`; not dates alone, and not times alone.
  static func isTimestamp(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count >= 16, text.count <= 64, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "), text[13] == UInt8(ascii: ":"),
      let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
      let hour = number(text, 11, 2), let minute = number(text, 14, 2),
      year >= 1, (1...12).contains(month), day >= 1, day <= days(in: month, of: year), hour < 24, minute < 60
    else { return false }
    var rest = 16
    if rest < text.count, text[rest] == UInt8(ascii: ":") {
      guard let second = number(text, 17, 2), second < 60 else { return false }
      rest = 19
      if rest < text.count, text[rest] == UInt8(ascii: ".") {
        let digits = text[(rest + 1)...].prefix { $0 >= 0x30 && $0 <= 0x39 }.count
        guard (1...9).contains(digits) else { return false }
        rest += 1 + digits
      }
    }
    return isZone(text, from: rest)
  }

  /// The same question as a function of SQL: NULL for NULL.
  static let function = ScalarFunction(
    "tarn_is_timestamp", parameters: [.varchar], returns: .boolean
  ) { call in
    for row in 0..<call.rowCount {
      guard !call.isNull(0, row) else {
        call.setNull(at: row)
        continue
      }
      call.set(isTimestamp(call.bytes(0, row).bindMemory(to: UInt8.self)), at: row)
    }
  }

  static func call(_ text: String) -> String { "tarn_is_timestamp(\(text))" }

  private static func isZone(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Bool {
    let count = text.count - start
    guard count > 0 else { return true }
    if text[start] == UInt8(ascii: "Z") { return count == 1 }
    guard text[start] == UInt8(ascii: "+") || text[start] == UInt8(ascii: "-"),
      let hours = number(text, start + 1, 2), hours < 16
    else { return false }
    switch count {
    case 3: return true
    case 5: return (number(text, start + 3, 2) ?? 60) < 60
    case 6: return text[start + 3] == UInt8(ascii: ":") && (number(text, start + 4, 2) ?? 60) < 60
    default: return false
    }
  }

  @inline(__always)
  private static func number(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ length: Int) -> Int? {
    guard start + length <= text.count else { return nil }
    var value = 0
    for index in start..<start + length {
      let digit = Int(text[index]) - 0x30
      guard digit >= 0, digit <= 9 else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  private static func days(in month: Int, of year: Int) -> Int {
    switch month {
    case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
