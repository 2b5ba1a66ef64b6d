import Foundation

/// Numbers as people read them.
enum NumberText {
  /// Puts separators between the thousands of numbers that stand together: in all of them once one has five
  /// digits before its point, in none otherwise, so that a column looks alike and years stay years.
  static func grouped(_ texts: [String]) -> [String] {
    let longest = texts.lazy.compactMap { integerDigits(of: $0)?.count }.max() ?? 0
    return longest < 5 ? texts : texts.map(grouped)
  }

  /// Whether a column's numbers are names of things, such as keys and years, and not amounts.
  static func isNumbering(column: String) -> Bool {
    let words = column.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.last.map { ["id", "key", "sk", "code", "zip", "year"].contains($0) } ?? false
  }

  /// A value with a fixed number of decimals, or in scientific notation where that would be too long.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard abs(value) < 1e15, decimals <= 9 else { return String(format: "%.6g", value) }
    let text = String(format: "%.*f", decimals, value)
    return text.contains { $0 != "-" && $0 != "0" && $0 != "." } || !text.hasPrefix("-")
      ? text : String(text.dropFirst())
  }

  private static func grouped(_ text: String) -> String {
    guard let digits = integerDigits(of: text), digits.count > 3 else { return text }
    var result = String(text[..<digits.startIndex])
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return result + text[digits.endIndex...]
  }

  /// The digits before the point of a plain decimal number; nil for `1e+20`, `inf`, and anything else.
  private static func integerDigits(of text: String) -> Substring? {
    let unsigned = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let digits = unsigned.prefix(while: isDigit)
    guard !digits.isEmpty else { return nil }
    let rest = unsigned[digits.endIndex...]
    guard rest.isEmpty || (rest.first == "." && rest.count > 1 && rest.dropFirst().allSatisfy(isDigit)) else {
      return nil
    }
    return digits
  }

  private static func isDigit(_ character: Character) -> Bool { character >= "0" && character <= "9" }
}
