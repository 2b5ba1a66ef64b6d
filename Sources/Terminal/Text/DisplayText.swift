/// Makes text fit for a terminal: nothing in it moves the cursor or changes colours, and it fits into a width.
public enum DisplayText {
  private static let tabWidth = 4

  /// The lines of a value, with control characters spelled out and tabs as spaces.
  static func lines(of text: String) -> [String] {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return [text] }
    return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(visible)
  }

  /// A value on one line; line breaks become `\n`.
  static func line(of text: String) -> String {
    lines(of: text).joined(separator: "\\n")
  }

  /// One line with its control characters spelled out (`\x1B`) and its tabs as spaces.
  public static func visible(_ line: some StringProtocol) -> String {
    if line.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(line) }
    var result = ""
    for character in line {
      if character == "\t" {
        let column = DisplayWidth.of(result)
        result += String(repeating: " ", count: tabWidth - column % tabWidth)
      } else if character.unicodeScalars.contains(where: isUnsafe) {
        for scalar in character.unicodeScalars {
          result += isUnsafe(scalar) ? spelled(scalar) : String(scalar)
        }
      } else {
        result.append(character)
      }
    }
    return result
  }

  /// The text, cut to a width; what is cut is marked with `…`.
  static func cut(_ text: String, to width: Int) -> String {
    guard DisplayWidth.of(text) > width else { return text }
    guard width > 0 else { return "" }
    var result = ""
    var used = 0
    for character in text {
      let next = DisplayWidth.of(character)
      if used + next > width - 1 { break }
      result.append(character)
      used += next
    }
    return result + "…"
  }

  /// The text with spaces to fill a width. Text that is wider stays as it is.
  static func padded(_ text: String, to width: Int, _ alignment: Alignment = .left) -> String {
    let space = max(0, width - DisplayWidth.of(text))
    switch alignment {
    case .left: return text + String(repeating: " ", count: space)
    case .right: return String(repeating: " ", count: space) + text
    case .center:
      return String(repeating: " ", count: space / 2) + text
        + String(repeating: " ", count: space - space / 2)
    }
  }

  /// Controls, and the characters that reorder text or break lines without being seen.
  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x20, 0x7F...0x9F, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func spelled(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let width = scalar.value < 0x100 ? 2 : 4
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (width == 2 ? "\\x" : "\\u") + zeros + digits
  }
}

/// On which side of its column text stands.
public enum Alignment: Sendable, Hashable {
  case left, right, center
}
