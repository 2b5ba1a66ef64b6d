package import SQLText

extension StatementHead {
  /// Calls outside the queries of the statement: `CALL f(…)`, expressions of SET and WHERE.
  package var outerCalls: [QueryReferences.Function] {
    calls.map { call in
      func argument(_ value: CallMention.Value) -> QueryReferences.Argument {
        switch value {
        case .text(let text): .text(text)
        case .texts(let texts): .texts(texts)
        case .parameter(let name): .parameter(name)
        case .other: .other
        }
      }
      var named: [String: QueryReferences.Argument] = [:]
      for given in call.arguments { if let name = given.name { named[name] = argument(given.value) } }
      return QueryReferences.Function(
        parts: call.name.parts, isTable: call.isTable,
        arguments: call.arguments.filter { $0.name == nil }.map { argument($0.value) }, named: named)
    }
  }

  /// The first token that begins a query, or names a table in one, and stands in none of the queries that were taken from
  /// the statement. Nil when nothing was missed.
  ///
  /// - Parameter statement: the statement that the head was read from.
  package func missedToken(in statement: SQLStatement) -> SQLToken? {
    let covered = Set(selectParts.lazy.flatMap(\.tokens).map(Place.init))
    let tokens = statement.tokens.filter { !$0.isComment }
    // The verb's own word: `DELETE FROM t`, `COPY t FROM 'f'`, `UPDATE t SET … FROM u`, of which u is in a query.
    var ownFroms = [Verb.delete, .copyFrom, .update].contains(verb) ? 1 : 0
    for (index, token) in tokens.enumerated() where token.kind == .word && !covered.contains(Place(token)) {
      switch token.value.uppercased() {
      case "SELECT", "JOIN", "PIVOT", "UNPIVOT", "SUMMARIZE": return token
      case "FROM":
        let next = index + 1 < tokens.count ? tokens[index + 1] : nil
        if index > 0, tokens[index - 1].isWord("DISTINCT") || Self.isInCall(index, tokens) { continue }
        if ownFroms > 0, verb != .update || next.map({ covered.contains(Place($0)) }) == true {
          ownFroms -= 1
          continue
        }
        return token
      default: continue
      }
    }
    return nil
  }

  /// `extract(year FROM x)`, `trim(BOTH ' ' FROM x)`: the bracket around it is a call's, and holds no query.
  private static func isInCall(_ index: Int, _ tokens: [SQLToken]) -> Bool {
    var depth = 0
    for position in stride(from: index - 1, through: 1, by: -1) {
      switch tokens[position].text {
      case ")": depth += 1
      case "(" where depth == 0:
        return ["extract", "trim", "substring", "overlay", "date_part", "position"].contains(
          where: tokens[position - 1].isWord)
      case "(": depth -= 1
      default: continue
      }
    }
    return false
  }

  private struct Place: Hashable {
    let line: Int
    let column: Int
    let offset: Int

    init(_ token: SQLToken) {
      line = token.line
      column = token.column
      offset = token.utf8Offset
    }
  }
}
