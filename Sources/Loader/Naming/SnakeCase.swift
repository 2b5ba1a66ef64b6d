import Foundation

/// dlt's naming convention `snake_case`: what tables and columns are called in the lake.
///
/// Names in a source are any text; in the lake they are lower case, of ASCII letters, digits and single underscores.
/// Two underscores stand between the parts of a path: `items` of table `orders` is `orders__items`.
public enum SnakeCase {
  /// Stands between the parts of a path.
  public static let separator = "__"
  /// What a key without a name is called.
  public static let empty = "_empty"

  /// The name of one thing.
  ///
  /// - Parameter name: any text with something in it besides white space.
  public static func identifier(_ name: String) -> String {
    var letters = reduced(name.trimmingCharacters(in: .whitespacesAndNewlines))
    letters = breakingAfterCapitals(breakingBeforeWords(letters))
    letters = letters.map { isCapital($0) ? Unicode.Scalar(UInt8($0.value | 0x20)) : $0 }
    if let first = letters.first, isAnyDigit(first) { letters.insert("_", at: 0) }
    // A trailing underscore could melt with the separator of a path.
    var end = letters.count
    while end > 0, letters[end - 1] == "_" {
      end -= 1
      letters[end] = "x"
    }
    var result = String.UnicodeScalarView()
    for letter in letters where !(letter == "_" && result.last == "_") { result.append(letter) }
    return String(result)
  }

  /// The name of a path, each part of which becomes a name of its own.
  public static func path(_ path: String) -> String {
    let parts = path.components(separatedBy: separator).filter {
      !$0.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty
    }
    return parts.map(identifier).joined(separator: separator)
  }

  /// The name of a key in a row.
  public static func key(_ key: String) -> String {
    let name = key.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty ? "" : path(key)
    return name.isEmpty ? empty : name
  }

  /// The parts of a path that have been made names already, as one name.
  public static func joined(_ parts: [String]) -> String { parts.joined(separator: separator) }

  /// `HTTPServer` to `HTTP_Server`: an underscore before a capital with small letters after it. The small letters
  /// belong to the find, so the next one begins after them.
  private static func breakingBeforeWords(_ letters: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < letters.count {
      result.append(letters[index])
      let isFound =
        letters[index] != "_" && index + 2 < letters.count && isCapital(letters[index + 1])
        && isSmall(letters[index + 2])
      index += 1
      guard isFound else { continue }
      result += ["_", letters[index]]
      index += 1
      while index < letters.count, isSmall(letters[index]) {
        result.append(letters[index])
        index += 1
      }
    }
    return result
  }

  /// `userID` to `user_ID`: an underscore between a small letter or digit and a capital.
  private static func breakingAfterCapitals(_ letters: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for (index, letter) in letters.enumerated() {
      if index > 0, isCapital(letter), isSmall(letters[index - 1]) || isDigit(letters[index - 1]) {
        result.append("_")
      }
      result.append(letter)
    }
    return result
  }

  /// Letters that no name may have become underscores: one for as many as stand together.
  private static func reduced(_ name: String) -> [Unicode.Scalar] {
    var letters: [Unicode.Scalar] = []
    var isAfterOthers = false
    for letter in name.unicodeScalars {
      let kept: Unicode.Scalar? =
        switch letter {
        case "+", "*": "x"
        case "@": "a"
        case "|": "l"
        case "-": "_"
        default: mayStand(letter) ? letter : nil
        }
      if let kept { letters.append(kept) } else if !isAfterOthers { letters.append("_") }
      isAfterOthers = kept == nil
    }
    return letters
  }

  private static func mayStand(_ letter: Unicode.Scalar) -> Bool {
    letter == "_" || isSmall(letter) || isCapital(letter) || isAnyDigit(letter)
  }

  private static func isSmall(_ letter: Unicode.Scalar) -> Bool { ("a"..."z").contains(letter) }
  private static func isCapital(_ letter: Unicode.Scalar) -> Bool { ("A"..."Z").contains(letter) }
  /// Digits of all scripts stay.
  private static func isAnyDigit(_ letter: Unicode.Scalar) -> Bool {
    isDigit(letter) || letter.properties.generalCategory == .decimalNumber
  }
  private static func isDigit(_ letter: Unicode.Scalar) -> Bool { ("0"..."9").contains(letter) }
}
