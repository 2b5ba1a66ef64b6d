/// Plain text inside Markdown.
enum MarkdownText {
  /// Escapes what Markdown, or HTML within it, would take for markup.
  static func escaped(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "\\", "`", "*", "[", "]", "<", ">", "~", "|", "$": result.append(contentsOf: ["\\", scalar])
      case "_" where !(isWord(scalars, index - 1) && isWord(scalars, index + 1)),
        "&" where isWord(scalars, index + 1) || at(scalars, index + 1) == "#":
        result.append(contentsOf: ["\\", scalar])
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: result.append(" ")
      default: result.append(scalar)
      }
    }
    return String(result)
  }

  /// The text of a table's cell, on one line.
  static func cell(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) else { return escaped(text) }
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { escaped(String($0)) }.joined(separator: "<br>")
  }

  /// A relative path as the target of a link.
  static func link(_ path: String) -> String {
    path.utf8.map { byte in
      let plain =
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || [45, 46, 47, 95].contains(byte)
      let hexadecimal = String(byte, radix: 16, uppercase: true)
      return plain
        ? String(UnicodeScalar(byte)) : "%" + (hexadecimal.count < 2 ? "0" : "") + hexadecimal
    }.joined()
  }

  private static func at(_ scalars: [Unicode.Scalar], _ index: Int) -> Unicode.Scalar? {
    scalars.indices.contains(index) ? scalars[index] : nil
  }

  private static func isWord(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    at(scalars, index).map { $0.properties.isAlphabetic || $0.properties.numericType != nil } ?? false
  }
}
