/// DuckDB's BIGNUM, an integer without limits, as decimal text and back.
///
/// The encoding has three bytes of header (the sign and how many bytes follow), then the magnitude with the
/// highest byte first; all bytes of a negative number are inverted.
enum BigNumText {
  static func text(encoded: UnsafeRawBufferPointer) -> String? {
    guard encoded.count > 3 else { return nil }
    let isNegative = encoded[0] & 0x80 == 0
    let mask: UInt8 = isNegative ? 0xFF : 0
    // Digits in base 10^9, lowest first.
    var digits: [UInt64] = [0]
    for byte in encoded.dropFirst(3) {
      var carry = UInt64(byte ^ mask)
      for index in digits.indices {
        let value = digits[index] << 8 + carry
        digits[index] = value % 1_000_000_000
        carry = value / 1_000_000_000
      }
      if carry > 0 { digits.append(carry) }
    }
    var text = isNegative ? "-" : ""
    text += String(digits[digits.count - 1])
    for group in digits.dropLast().reversed() {
      let part = String(group)
      text += String(repeating: "0", count: 9 - part.count) + part
    }
    return text
  }

  /// - Returns: nil when the text is no integer or has more bytes than a BIGNUM can say.
  static func encoded(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)[...]
    var isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
    guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    // The magnitude in base 256, lowest first.
    var magnitude: [UInt8] = []
    for digit in digits {
      var carry = UInt32(digit - UInt8(ascii: "0"))
      for index in magnitude.indices {
        let value = UInt32(magnitude[index]) * 10 + carry
        magnitude[index] = UInt8(truncatingIfNeeded: value)
        carry = value >> 8
      }
      if carry > 0 { magnitude.append(UInt8(carry)) }
    }
    if magnitude.isEmpty {
      magnitude = [0]
      isNegative = false
    }
    guard magnitude.count < 1 << 23 else { return nil }
    let header = UInt32(magnitude.count) | 0x80_0000
    let plain = [UInt8(header >> 16), UInt8(header >> 8 & 0xFF), UInt8(header & 0xFF)] + magnitude.reversed()
    return isNegative ? plain.map { ~$0 } : plain
  }
}
