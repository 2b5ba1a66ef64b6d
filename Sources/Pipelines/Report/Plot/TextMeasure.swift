/// How wide text is, near enough to lay out a chart: a plot has no fonts at hand, so widths are those of
/// common sans-serif faces, rounded up.
enum TextMeasure {
  static func width(_ text: String, size: Double = 12) -> Double {
    text.unicodeScalars.reduce(0) { $0 + em($1) } * size
  }

  /// The text cut to a width, with an ellipsis where something is missing.
  static func truncated(_ text: String, to width: Double, size: Double = 12) -> String {
    guard self.width(text, size: size) > width else { return text }
    var kept = ""
    for character in text {
      guard self.width(kept + String(character) + "…", size: size) <= width else { break }
      kept.append(character)
    }
    while kept.last?.isWhitespace ?? false { kept.removeLast() }
    return kept + "…"
  }

  /// The text broken at spaces; nil when it does not fit.
  static func lines(_ text: String, width: Double, limit: Int, size: Double = 12) -> [String]? {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      guard self.width(String(word), size: size) <= width else { return nil }
      if let last = lines.last, self.width(last + " " + word, size: size) <= width {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.count <= limit ? lines : nil
  }

  private static func em(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "I", ".", ",", ":", ";", "|", "!", "'", " ": 0.33
    case "f", "r", "t", "(", ")", "[", "]", "-", "/": 0.42
    case "m", "w", "M", "W", "@", "%", "…": 0.95
    case "A"..."Z": 0.72
    case _ where scalar.value >= 0x1100: 1.05
    default: 0.62
    }
  }
}
