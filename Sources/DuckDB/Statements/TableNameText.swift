internal import SQLText

/// Helps `duckdb_get_table_names`, which binds a query against tables without columns and so stumbles over
/// some joins.
enum TableNameText {
  /// The query with the same tables, and without what DuckDB cannot bind there: `USING (…)`, `NATURAL`, and
  /// the `AT (…)` of time travel. nil when it has none of these.
  static func simplified(_ sql: String) -> String? {
    guard let all = try? SQLTokenizer.tokenize(sql) else { return nil }
    let tokens = all.filter { !$0.isComment }
    var pieces: [String] = []
    var isChanged = false
    var index = 0
    while index < tokens.count {
      let token = tokens[index]
      if token.isWord("USING"), let end = endOfColumnList(tokens, from: index + 1) {
        pieces.append("ON true")
        index = end
        isChanged = true
      } else if token.isWord("AT"), let end = endOfTimeTravel(tokens, from: index + 1) {
        index = end
        isChanged = true
      } else if token.isWord("NATURAL") || token.isWord("ASOF") {
        index = skipToJoin(tokens, from: index, isNatural: token.isWord("NATURAL"), into: &pieces)
        isChanged = true
      } else {
        pieces.append(token.text)
        index += 1
      }
    }
    return isChanged ? pieces.joined(separator: " ") : nil
  }

  /// A positional join needs no condition, and an inner one takes any.
  private static func skipToJoin(
    _ tokens: [SQLToken], from index: Int, isNatural: Bool, into pieces: inout [String]
  ) -> Int {
    var end = index + 1
    while end < tokens.count, tokens[end].kind == .word, !tokens[end].isWord("JOIN") { end += 1 }
    guard end < tokens.count, tokens[end].isWord("JOIN") else {
      pieces.append(tokens[index].text)
      return index + 1
    }
    pieces.append(isNatural ? "POSITIONAL JOIN" : "JOIN")
    return end + 1
  }

  /// Past `(a, b)`, when that is what stands there.
  private static func endOfColumnList(_ tokens: [SQLToken], from index: Int) -> Int? {
    guard index < tokens.count, tokens[index].isSymbol("(") else { return nil }
    var end = index + 1
    while end < tokens.count, !tokens[end].isSymbol(")") {
      switch tokens[end].kind {
      case .word where !tokens[end].isWord("SELECT") && !tokens[end].isWord("FROM"), .quotedIdentifier:
        end += 1
      case .symbol where tokens[end].isSymbol(","): end += 1
      default: return nil
      }
    }
    return end < tokens.count ? end + 1 : nil
  }

  /// Past `(VERSION => 3)` or `(TIMESTAMP => …)`, when that is what stands there.
  private static func endOfTimeTravel(_ tokens: [SQLToken], from index: Int) -> Int? {
    guard index + 1 < tokens.count, tokens[index].isSymbol("("),
      tokens[index + 1].isWord("VERSION") || tokens[index + 1].isWord("TIMESTAMP")
    else { return nil }
    var depth = 0
    for end in index..<tokens.count {
      if tokens[end].isSymbol("(") { depth += 1 }
      if tokens[end].isSymbol(")") { depth -= 1 }
      if depth == 0 { return end + 1 }
    }
    return nil
  }

  /// DuckDB's qualified names come with the alias that the query gives the table.
  static func withoutAlias(_ name: String) -> String {
    guard let tokens = try? SQLTokenizer.tokenize(name) else { return name }
    return tokens.prefix { !$0.isWord("AS") }.map(\.text).joined()
  }
}
