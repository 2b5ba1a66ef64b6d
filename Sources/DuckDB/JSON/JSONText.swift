/// Pieces of JSON that do not depend on DuckDB's types.
enum JSONText {
  static func write(_ text: String, to buffer: inout ByteBuffer) {
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0), to: &buffer) }
  }

  /// A JSON string. Bytes that are no UTF-8 become U+FFFD.
  static func write(_ text: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "\""))
    var start = 0
    var index = 0
    while true {
      index = plainEnd(of: text, from: index)
      guard index < text.count else { break }
      let byte = text[index]
      if byte >= 0x80 {
        let length = sequenceLength(text, at: index)
        if length > 0 {
          index += length
          continue
        }
      }
      buffer.append(UnsafeRawBufferPointer(rebasing: text[start..<index]))
      writeEscape(byte, to: &buffer)
      index += 1
      start = index
    }
    buffer.append(UnsafeRawBufferPointer(rebasing: text[start...]))
    buffer.append(UInt8(ascii: "\""))
  }

  /// The first byte from `index` on that may need care: control, quote, backslash, or not ASCII.
  private static func plainEnd(of text: UnsafeRawBufferPointer, from index: Int) -> Int {
    var index = index
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    while index + 8 <= text.count {
      let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let suspicious =
        ((word &- (ones &* 0x20)) & ~word) | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        | word
      if suspicious & highs != 0 { break }
      index += 8
    }
    while index < text.count {
      let byte = text[index]
      if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x80 { break }
      index += 1
    }
    return index
  }

  private static func writeEscape(_ byte: UInt8, to buffer: inout ByteBuffer) {
    switch byte {
    case UInt8(ascii: "\""): buffer.append("\\\"")
    case UInt8(ascii: "\\"): buffer.append("\\\\")
    case 0x08: buffer.append("\\b")
    case 0x09: buffer.append("\\t")
    case 0x0A: buffer.append("\\n")
    case 0x0C: buffer.append("\\f")
    case 0x0D: buffer.append("\\r")
    case 0x80...: buffer.append("\u{FFFD}")
    default:
      buffer.append("\\u00")
      for digit in [byte >> 4, byte & 15] {
        buffer.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }

  /// How many bytes a character of several bytes has that begins at `index`; 0 when it is no UTF-8.
  static func sequenceLength(_ text: UnsafeRawBufferPointer, at index: Int) -> Int {
    let first = text[index]
    let length: Int
    let second: ClosedRange<UInt8>
    switch first {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard index + length <= text.count, second.contains(text[index + 1]) else { return 0 }
    for offset in 2..<max(2, length) where text[index + offset] & 0xC0 != 0x80 { return 0 }
    return length
  }

  static func write(_ value: Double, to buffer: inout ByteBuffer) {
    // Swift's own text is JSON, and setting its exponent as DuckDB does would take as long again.
    if value.isFinite { buffer.append(value.description) } else { writeSpecial(value, to: &buffer) }
  }

  static func write(_ value: Float, to buffer: inout ByteBuffer) {
    if value.isFinite { buffer.append(value.description) } else { writeSpecial(Double(value), to: &buffer) }
  }

  private static func writeSpecial(_ value: Double, to buffer: inout ByteBuffer) {
    buffer.append(value.isNaN ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
  }

  /// A DECIMAL as text, always with a digit before the point, as readers of JSON expect.
  static func write(decimal unscaled: Int64, scale: Int64, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "\""))
    if unscaled < 0 { buffer.append(UInt8(ascii: "-")) }
    if scale == 0 {
      buffer.append(decimal: unscaled.magnitude)
    } else {
      let (whole, fraction) = unscaled.magnitude.quotientAndRemainder(
        dividingBy: PowersOfTen.small(Int(scale)))
      buffer.append(decimal: whole)
      buffer.append(UInt8(ascii: "."))
      buffer.append(padded: fraction, digits: Int(scale))
    }
    buffer.append(UInt8(ascii: "\""))
  }

  /// The same for DECIMALs of many digits.
  static func write(decimal unscaled: Int128, scale: Int64, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "\""))
    ValueText.write(decimal: unscaled, width: Int(scale) + 1, scale: Int(scale), to: &buffer)
    buffer.append(UInt8(ascii: "\""))
  }

  /// An array of numbers.
  static func write(bytes: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "["))
    for (index, byte) in bytes.enumerated() {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      buffer.append(decimal: UInt64(byte))
    }
    buffer.append(UInt8(ascii: "]"))
  }

  static func write(_ interval: IntervalValue, to buffer: inout ByteBuffer) {
    buffer.append("{\"months\":")
    buffer.append(decimal: Int64(interval.months))
    buffer.append(",\"days\":")
    buffer.append(decimal: Int64(interval.days))
    buffer.append(",\"nanos\":")
    buffer.append(decimal: Int128(interval.microseconds) * 1000)
    buffer.append(UInt8(ascii: "}"))
  }

  /// JSON that DuckDB holds, as it is; as a string where it is not valid, such as DuckDB's `NaN`.
  static func write(json text: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
    if JSONCheck.isValid(text) { buffer.append(text) } else { write(text, to: &buffer) }
  }
}
