/// Writes names into SQL text.
public enum SQLIdentifier {
  /// The name in double quotes, quotes inside it doubled.
  ///
  /// - Parameter name: One name; a dot in it belongs to the name.
  public static func quote(_ name: String) -> String { enclose(name, in: "\"") }

  /// The name as people would write it: bare where DuckDB reads it back as the same name, in quotes where
  /// not.
  ///
  /// - Parameter name: One name; a dot in it belongs to the name.
  public static func quoteIfNeeded(_ name: String) -> String { canStandBare(name) ? name : quote(name) }

  /// Whether the name needs no quotes: ASCII letters, digits and underscores, no digit first, no keyword.
  ///
  /// - Parameter name: One name.
  public static func canStandBare(_ name: String) -> Bool {
    guard let first = name.utf8.first, !first.isASCIIDigit else { return false }
    guard name.utf8.allSatisfy({ $0 < 0x80 && $0.isTagByte }) else { return false }
    return !SQLKeywords.needingQuotes.contains(name.lowercased())
  }

  /// The key under which DuckDB keeps the name: ASCII letters in lower case, all others as they are.
  ///
  /// Two spellings name one thing exactly when their keys are equal.
  ///
  /// - Parameter name: One name, without quotes.
  public static func folded(_ name: String) -> String {
    String(decoding: name.utf8.map(\.lowercasedASCII), as: UTF8.self)
  }
}

/// Writes values into SQL text, for the few statements that take no parameters.
public enum SQLLiteral {
  /// The text as a string literal, quotes inside it doubled.
  ///
  /// - Parameter text: The text. DuckDB reads no escapes in it, so every character stands for itself.
  public static func string(_ text: String) -> String { enclose(text, in: "'") }
}

private func enclose(_ text: String, in quote: Character) -> String {
  var result = String(quote)
  result.reserveCapacity(text.utf8.count + 2)
  for scalar in text.unicodeScalars {
    if scalar == quote.unicodeScalars.first { result.unicodeScalars.append(scalar) }
    result.unicodeScalars.append(scalar)
  }
  result.append(quote)
  return result
}
