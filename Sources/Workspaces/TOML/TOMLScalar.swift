/// Numbers, dates and times of a TOML document.
enum TOMLScalar {
  /// - Returns: nil when the text is none of them.
  static func value(_ text: String) -> TOMLValue? {
    if let number = integer(text) { return .integer(number) }
    if let number = float(text) { return .float(number) }
    return isTime(text) ? .time(text) : nil
  }

  /// Whether a text is a date without a time.
  static func isDate(_ text: String) -> Bool {
    guard let match = text.wholeMatch(of: #/([0-9]{4})-([0-9]{2})-([0-9]{2})/#), let year = Int(match.1),
      let month = Int(match.2), let day = Int(match.3), (1...12).contains(month), year > 0
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  private static func integer(_ text: String) -> Int64? {
    let prefixes: [(String, Int)] = [("0x", 16), ("0o", 8), ("0b", 2)]
    for (prefix, radix) in prefixes where text.hasPrefix(prefix) {
      let digits = String(text.dropFirst(2))
      guard digits.wholeMatch(of: #/[0-9A-Fa-f](_?[0-9A-Fa-f])*/#) != nil else { return nil }
      return Int64(digits.replacing("_", with: ""), radix: radix)
    }
    guard text.wholeMatch(of: #/[+-]?(0|[1-9](_?[0-9])*)/#) != nil else { return nil }
    return Int64(text.replacing("_", with: ""))
  }

  private static func float(_ text: String) -> Double? {
    switch text {
    case "inf", "+inf": return .infinity
    case "-inf": return -.infinity
    case "nan", "+nan", "-nan": return .nan
    default: break
    }
    let pattern = #/[+-]?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?/#
    guard text.contains(where: { ".eE".contains($0) }), text.wholeMatch(of: pattern) != nil else {
      return nil
    }
    return Double(text.replacing("_", with: ""))
  }

  private static func isTime(_ text: String) -> Bool {
    if isDate(text) { return true }
    let time = #/([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?/#
    if text.wholeMatch(of: time) != nil { return true }
    guard text.count > 11, isDate(String(text.prefix(10))), "Tt ".contains(text.dropFirst(10).first ?? "-")
    else {
      return false
    }
    let zoned =
      #/([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?/#
    return text.dropFirst(11).wholeMatch(of: zoned) != nil
  }
}
