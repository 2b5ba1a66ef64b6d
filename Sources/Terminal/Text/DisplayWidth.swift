/// How many columns of a terminal text takes.
///
/// Terminals add up the widths of a character's code points: two for East Asian wide ones, none for marks, one for others.
/// An emoji takes two, also when it is made of several.
enum DisplayWidth {
  /// The width of one line of text without control characters.
  static func of(_ text: some StringProtocol) -> Int {
    if let width = asciiWidth(text) { return width }
    return text.reduce(0) { $0 + of($1) }
  }

  /// The width of a character.
  static func of(_ character: Character) -> Int {
    if let ascii = character.asciiValue { return ascii < 0x20 || ascii == 0x7F ? 0 : 1 }
    var width = 0
    var isEmoji = false
    for scalar in character.unicodeScalars {
      width += of(scalar)
      // U+FE0F asks for the coloured form of a character such as ❤.
      if scalar.value == 0xFE0F || scalar.value >= 0x1100 && scalar.properties.isEmojiPresentation {
        isEmoji = true
      }
    }
    return isEmoji && width > 0 ? 2 : width
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 {
      return scalar.value == 0xAD || scalar.value >= 0xA0 || isPrintableASCII(scalar) ? 1 : 0
    }
    if isWide(scalar) { return 2 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
    default: break
    }
    // The vowels and final consonants of Hangul join the letter before them.
    return (0x1160...0x11FF).contains(scalar.value) ? 0 : 1
  }

  private static func isPrintableASCII(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x20 && scalar.value < 0x7F
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x1100 else { return false }
    if scalar.properties.isEmojiPresentation { return true }
    return wide.contains { $0.contains(scalar.value) }
  }

  /// Unicode's East Asian widths W and F; those that are emoji are told by another property.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4C6,
    0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x18D08, 0x1AFF0...0x1B2FB, 0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]

  /// nil when the text is not printable ASCII only.
  private static func asciiWidth(_ text: some StringProtocol) -> Int? {
    var count = 0
    for byte in text.utf8 {
      guard byte >= 0x20, byte < 0x7F else { return nil }
      count += 1
    }
    return count
  }
}
