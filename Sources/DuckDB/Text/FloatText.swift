/// Floating point numbers as DuckDB prints them: the fewest digits that read back as the same number, and an
/// exponent from 1e+16 on and below 0.0001.
///
/// For about one number in two hundred DuckDB's method gives up and prints other digits, some of them
/// needless; they read back as the same number too. This is not imitated.
enum FloatText {
  static func write(_ value: Double, to buffer: inout ByteBuffer) {
    guard !writeSpecial(value, to: &buffer) else { return }
    write(shortest: value.description, to: &buffer)
  }

  static func write(_ value: Float, to buffer: inout ByteBuffer) {
    guard !writeSpecial(Double(value), to: &buffer) else { return }
    write(shortest: value.description, to: &buffer)
  }

  private static func writeSpecial(_ value: Double, to buffer: inout ByteBuffer) -> Bool {
    if value.isNaN {
      buffer.append(value.sign == .minus ? "-nan" : "nan")
    } else if value.isInfinite {
      buffer.append(value < 0 ? "-inf" : "inf")
    } else {
      return false
    }
    return true
  }

  /// Swift finds the same digits, but sets the exponent at other places.
  private static func write(shortest text: String, to buffer: inout ByteBuffer) {
    var text = text
    text.withUTF8 { utf8 in
      // Up to 17 digits, and where the point stands among them.
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: utf8.count) { digits in
        var count = 0
        var point: Int?
        var index = utf8.first == UInt8(ascii: "-") ? 1 : 0
        while index < utf8.count, utf8[index] != UInt8(ascii: "e") {
          if utf8[index] == UInt8(ascii: ".") {
            point = count
          } else {
            digits[count] = utf8[index]
            count += 1
          }
          index += 1
        }
        let exponent = index < utf8.count ? parse(utf8[(index + 1)...]) : 0
        if utf8.first == UInt8(ascii: "-") { buffer.append(UInt8(ascii: "-")) }
        write(
          UnsafeBufferPointer(rebasing: digits[..<count]), point: (point ?? count) + exponent, to: &buffer)
      }
    }
  }

  private static func write(_ digits: UnsafeBufferPointer<UInt8>, point: Int, to buffer: inout ByteBuffer) {
    let zero = UInt8(ascii: "0")
    let leading = digits.prefix { $0 == zero }.count
    var significant = digits[leading...]
    let point = point - leading
    while significant.last == zero { significant.removeLast() }
    guard !significant.isEmpty else {
      buffer.append("0.0")
      return
    }
    let exponent = point - 1
    if exponent < -4 || exponent >= 16 {
      buffer.append(significant[significant.startIndex])
      if significant.count > 1 {
        buffer.append(UInt8(ascii: "."))
        for digit in significant.dropFirst() { buffer.append(digit) }
      }
      buffer.append(exponent < 0 ? "e-" : "e+")
      if exponent.magnitude < 10 { buffer.append(zero) }
      buffer.append(decimal: UInt64(exponent.magnitude))
    } else if point <= 0 {
      buffer.append("0.")
      for _ in point..<0 { buffer.append(zero) }
      for digit in significant { buffer.append(digit) }
    } else {
      for (index, digit) in significant.enumerated() {
        if index == point { buffer.append(UInt8(ascii: ".")) }
        buffer.append(digit)
      }
      for _ in 0..<max(0, point - significant.count) { buffer.append(zero) }
      if significant.count <= point { buffer.append(".0") }
    }
  }

  private static func parse(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    var value = 0
    for byte in text where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") {
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return text.first == UInt8(ascii: "-") ? -value : value
  }
}
