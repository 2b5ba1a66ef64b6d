/// Texts in and out of JSON.
enum JSONText {
  /// A quoted text without its quotes and escapes. Half of a surrogate pair becomes U+FFFD.
  static func unescaped(_ quoted: ArraySlice<UInt8>) -> String {
    let inner = quoted.dropFirst().dropLast()
    guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
    var text: [UInt8] = []
    var position = inner.startIndex
    while position < inner.endIndex {
      guard inner[position] == UInt8(ascii: "\\"), position + 1 < inner.endIndex else {
        text.append(inner[position])
        position += 1
        continue
      }
      switch inner[position + 1] {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        var code = unit(inner, position)
        if 0xD800..<0xDC00 ~= code, position + 12 <= inner.endIndex,
          inner[position + 6] == UInt8(ascii: "\\"), inner[position + 7] == UInt8(ascii: "u"),
          case let low = unit(inner, position + 6), 0xDC00..<0xE000 ~= low
        {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
          position += 6
        }
        let scalar = UnicodeScalar(code) ?? "\u{FFFD}"
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        position += 4
      default: text.append(inner[position + 1])
      }
      position += 2
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The four digits of the `\u` at a position.
  private static func unit(_ text: ArraySlice<UInt8>, _ position: Int) -> UInt32 {
    UInt32(String(decoding: text[(position + 2)..<(position + 6)], as: UTF8.self), radix: 16) ?? 0xFFFD
  }

  /// A text with quotes and escapes.
  static func quoted(_ text: String) -> [UInt8] {
    var quoted: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += [UInt8(ascii: "\\"), byte]
      case 0x0A: quoted += Array("\\n".utf8)
      case 0x0D: quoted += Array("\\r".utf8)
      case 0x09: quoted += Array("\\t".utf8)
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        quoted += Array("\\u00\(digits.count < 2 ? "0" : "")\(digits)".utf8)
      default: quoted.append(byte)
      }
    }
    quoted.append(UInt8(ascii: "\""))
    return quoted
  }

  /// JSON with characters in place of pairs of surrogate escapes, which readers of YAML refuse.
  static func joiningSurrogates(_ text: String) -> String {
    let bytes = Array(text.utf8)
    guard text.contains("\\u") else { return text }
    var joined: [UInt8] = []
    var position = 0
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count else {
        joined.append(bytes[position])
        position += 1
        continue
      }
      let pair = bytes[position..<min(position + 12, bytes.count)]
      let isPair =
        pair.count == 12 && bytes[position + 1] == UInt8(ascii: "u")
        && bytes[position + 6] == UInt8(ascii: "\\") && bytes[position + 7] == UInt8(ascii: "u")
        && 0xD800..<0xDC00 ~= unit(pair, position) && 0xDC00..<0xE000 ~= unit(pair, position + 6)
      if isPair {
        let quote = [UInt8(ascii: "\"")]
        joined += Array(unescaped((quote + pair + quote)[...]).utf8)
        position += 12
      } else {
        joined += bytes[position..<(position + 2)]
        position += 2
      }
    }
    return String(decoding: joined, as: UTF8.self)
  }
}
