/// Numbers, times and sizes as people read them.
public enum HumanText {
  /// A whole number with commas: `1,234,567`.
  public static func count(_ number: some BinaryInteger) -> String {
    let digits = String(number.magnitude)
    var result = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return result
  }

  /// A count with its noun: `1 row`, `2,000 rows`.
  ///
  /// - Parameters:
  ///   - number: How many.
  ///   - noun: The noun for one.
  ///   - plural: The noun for all other counts; nil appends an `s`.
  public static func count(_ number: some BinaryInteger, _ noun: String, plural: String? = nil) -> String {
    "\(count(number)) \(number == 1 ? noun : plural ?? noun + "s")"
  }

  /// A time that was measured: `0.012 s`, `12.3 s`, `3 m 05 s`, `2 h 07 m`.
  public static func duration(_ duration: Duration) -> String {
    let (whole, attoseconds) = duration.components
    let milliseconds = Int(whole) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    switch milliseconds {
    case ..<10_000: return "\(fixed(milliseconds, unit: 1000, digits: 3)) s"
    case ..<60_000: return "\(fixed(milliseconds / 100, unit: 10, digits: 1)) s"
    case ..<3_600_000: return "\(milliseconds / 60_000) m \(twoDigits(milliseconds / 1000 % 60)) s"
    default: return "\(milliseconds / 3_600_000) h \(twoDigits(milliseconds / 60_000 % 60)) m"
    }
  }

  /// A size: `512 B`, `1.2 MB`, `34 GB`, in powers of 1000.
  public static func bytes(_ size: some BinaryInteger) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    var value = Double(size)
    var unit = 0
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let tenths = Int((value * 10).rounded())
    if unit == 0 || tenths >= 1000 { return "\(Int(value.rounded())) \(units[unit])" }
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }

  private static func fixed(_ value: Int, unit: Int, digits: Int) -> String {
    let fraction = String(abs(value) % unit)
    return "\(value / unit).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }

  private static func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : String(value)
  }
}
