internal import SQLText

/// A `--` comment that stands alone on its line: where declarations and annotations are written.
struct CommentLine {
  /// What follows the `--`, without white space at its ends.
  let text: String
  let line: Int
  /// The column at which ``text`` starts.
  let column: Int
  /// How much white space stands between the `--` and ``text``.
  let indent: Int

  /// The comment lines among the tokens of a script. Comments behind code, and block comments, are not among
  /// them.
  static func all(in tokens: [SQLToken]) -> [CommentLine] {
    var lines: [CommentLine] = []
    var lastLine = 0
    for token in tokens {
      if token.kind == .lineComment, token.line > lastLine {
        let indent = token.value.prefix(while: \.isWhitespace).unicodeScalars.count
        lines.append(
          CommentLine(
            text: token.value.trimmed, line: token.line, column: token.column + 2 + indent, indent: indent))
      }
      lastLine = token.lastLine
    }
    return lines
  }
}

/// A part of a comment, and the column at which it starts.
struct CommentWord {
  let text: String
  let column: Int
}

extension StringProtocol {
  /// The text without white space at its ends.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }

  /// What follows the prefix, or nil when the text does not start with it.
  func dropping(prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }

  /// Parts between characters that `isSeparator` accepts, with their offsets in Unicode scalars. What stands
  /// between quotes, single or double, is never separated; a quote that is not closed is an ordinary
  /// character.
  func split(outsideQuotes isSeparator: (Character) -> Bool) -> [(text: String, offset: Int)] {
    var parts: [(text: String, offset: Int)] = []
    var part = ""
    var partOffset = 0
    var offset = 0
    var index = startIndex
    while index < endIndex {
      let character = self[index]
      if isSeparator(character) {
        parts.append((part, partOffset))
        part = ""
        partOffset = offset + character.unicodeScalars.count
      } else if character == "'" || character == "\"",
        let end = self[self.index(after: index)...].firstIndex(of: character)
      {
        part += self[index...end]
        offset += self[index..<end].unicodeScalars.count
        index = end
      } else {
        part.append(character)
      }
      offset += character.unicodeScalars.count
      index = self.index(after: index)
    }
    return parts + [(part, partOffset)]
  }

  /// Words between white space, quoted parts kept together.
  ///
  /// - Parameter column: The column of the first character.
  func words(from column: Int) -> [CommentWord] {
    split(outsideQuotes: \.isWhitespace).filter { !$0.text.isEmpty }
      .map { CommentWord(text: $0.text, column: column + $0.offset) }
  }

  /// The text between single or double quotes, with doubled quotes resolved, or nil when it is not quoted as
  /// a whole.
  func unquoted(by quotes: String = "'\"") -> String? {
    guard count >= 2, let quote = first, quotes.contains(quote), last == quote else { return nil }
    let inside = dropFirst().dropLast()
    var result = ""
    var index = inside.startIndex
    while index < inside.endIndex {
      let character = inside[index]
      let next = inside.index(after: index)
      if character == quote {
        guard next < inside.endIndex, inside[next] == quote else { return nil }
        index = next
      }
      result.append(character)
      index = inside.index(after: index)
    }
    return result
  }
}
