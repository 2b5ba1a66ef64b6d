import SQLText

/// The table, view or schema that a writing statement changes, as it names it.
struct StatementTarget: Sendable {
  /// One to four names: `[alias.][schema.]table[.column]`.
  let parts: [SQLToken]

  /// The name's first part, when the name has more than one.
  var qualifier: SQLToken? { parts.count > 1 ? parts[0] : nil }

  /// Finds the target.
  ///
  /// - Parameter tokens: the statement's tokens without comments.
  /// - Returns: nil for statements that change no named table, or where the name is not in its usual place.
  static func of(_ tokens: [SQLToken]) -> StatementTarget? {
    guard let verb = verbIndex(tokens) else { return nil }
    var rest = tokens[(verb + 1)...]
    func skip(_ words: String...) {
      while let first = rest.first, words.contains(where: first.isWord) { rest = rest.dropFirst() }
    }
    switch tokens[verb].value.lowercased() {
    case "insert", "merge":
      guard let into = rest.firstIndex(where: { $0.isWord("into") }) else { return nil }
      rest = rest[(into + 1)...]
    case "delete": skip("from")
    case "truncate": skip("table")
    case "update", "copy": break
    case "create", "drop", "alter":
      skip("or", "replace", "persistent", "temp", "temporary", "unique", "recursive", "materialized")
      guard let kind = rest.first, kinds.contains(kind.value.lowercased()) else { return nil }
      rest = rest.dropFirst()
      if kind.isWord("macro") || kind.isWord("function"), rest.dropFirst().first?.text != "(" {
        skip("table")
      }
      if rest.first?.isWord("if") == true { skip("if", "not", "exists") }
    case "comment":
      skip("on")
      rest = rest.dropFirst()
    case "call": break
    default: return nil
    }
    var parts: [SQLToken] = []
    while let name = rest.first, name.kind == .word || name.kind == .quotedIdentifier {
      parts.append(name)
      rest = rest.dropFirst()
      guard rest.first?.text == "." else { break }
      rest = rest.dropFirst()
    }
    return parts.isEmpty ? nil : StatementTarget(parts: parts)
  }

  private static let kinds: Set<String> = [
    "table", "view", "macro", "function", "schema", "type", "sequence",
  ]

  /// The word that says what a statement does, behind `EXPLAIN ANALYZE` and `WITH …`.
  private static func verbIndex(_ tokens: [SQLToken]) -> Int? {
    let changing: Set<String> = [
      "insert", "update", "delete", "merge", "truncate", "create", "drop", "alter", "comment", "copy", "call",
    ]
    guard let first = tokens.first else { return nil }
    guard first.isWord("with") || first.isWord("explain") else {
      return changing.contains(first.value.lowercased()) ? 0 : nil
    }
    var depth = 0
    for (index, token) in tokens.enumerated() {
      switch token.text {
      case "(": depth += 1
      case ")": depth -= 1
      default:
        // `WITH update AS (…)` names a query: a verb is never followed by AS or a parenthesis.
        let next = index + 1 < tokens.count ? tokens[index + 1] : token
        if depth == 0, token.kind == .word, changing.contains(token.value.lowercased()), !next.isWord("as"),
          next.text != "(", !(index > 0 && tokens[index - 1].text == ".")
        {
          return index
        }
      }
    }
    return nil
  }
}
