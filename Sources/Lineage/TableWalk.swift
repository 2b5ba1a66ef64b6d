import SQLText

/// Finds tables, files and function calls in a query by walking its FROM and JOIN clauses token by token.
///
/// It gives every name its line, finds what DuckDB's parser does not report (files in table functions), and
/// stands in for DuckDB where that cannot answer (PIVOT without IN). It knows scopes of common table
/// expressions, and reads a name as a table only where a table can stand, so that `extract(year FROM d)`,
/// `a IS DISTINCT FROM b` or `t.from` name none.
struct TableWalk {
  private(set) var mentions = Mentions()
  private let list: TokenList

  init(_ list: TokenList) {
    self.list = list
  }

  /// Walks all tokens as one query.
  static func mentions(in tokens: [SQLToken]) -> Mentions {
    let list = TokenList(tokens)
    var walk = TableWalk(list)
    walk.query(0..<list.count, scope: [])
    return walk.mentions
  }

  /// Walks an expression for function calls only: its subqueries are walked as select parts.
  mutating func expression(_ range: Range<Int>) {
    var inner = TableWalk(list)
    inner.clauses(range, scope: [], state: State(isExpression: true))
    mentions.calls += inner.mentions.calls
  }

  /// Where the walk stands inside a query.
  private struct State {
    enum Place { case expression, table, alias, condition }
    var place = Place.expression
    /// Inside brackets that hold no query: FROM and JOIN mean nothing there.
    var isExpression = false
    /// In a PIVOT or UNPIVOT statement ON starts a list of columns, not a join condition.
    var isPivot = false
  }

  private mutating func query(_ range: Range<Int>, scope: Set<String>) {
    var scope = scope
    var start = range.lowerBound
    while start < range.upperBound, let word = list.keyword(start),
      ["DESCRIBE", "DESC", "SUMMARIZE", "SHOW"].contains(word)
    {
      start += 1
      if start < range.upperBound, list.isQuery(start..<range.upperBound) { continue }
      if word == "SHOW" || list.keyword(start).map(Self.listings.contains) ?? false { return }
      return clauses(start..<range.upperBound, scope: scope, state: State(place: .table))
    }
    if start < range.upperBound, list.isWord(start, "WITH") {
      start = commonTables(start, until: range.upperBound, scope: &scope)
    }
    clauses(start..<range.upperBound, scope: scope, state: State())
  }

  /// `WITH [RECURSIVE] a [(columns)] [USING KEY (…)] AS [[NOT] MATERIALIZED] (query), …`; a name is visible
  /// after its own query, and inside it where that is recursive.
  private mutating func commonTables(_ start: Int, until end: Int, scope: inout Set<String>) -> Int {
    var next = start + 1
    let isRecursive = list.isWord(next, "RECURSIVE")
    if isRecursive { next += 1 }
    while next < end, let token = list[next], token.isName {
      let name = SQLIdentifier.folded(token.value)
      guard let body = list.firstIndex(in: next + 1..<end, ofKeywords: ["AS"]) else { return next }
      var open = body + 1
      while list.isWord(open, "NOT") || list.isWord(open, "MATERIALIZED") { open += 1 }
      guard list.isSymbol(open, "("), let close = list.close(of: open) else { return next }
      let inner = open + 1..<max(open + 1, min(close, end))
      let refersToItself = isRecursive && isRecursion(inner)
      query(inner, scope: refersToItself ? scope.union([name]) : scope)
      scope.insert(name)
      next = close + 1
      guard list.isSymbol(next, ",") else { return next }
      next += 1
    }
    return next
  }

  /// DuckDB recurs over UNION and UNION ALL, not over UNION BY NAME.
  private func isRecursion(_ query: Range<Int>) -> Bool {
    guard let union = list.firstIndex(in: query, ofKeywords: ["UNION"]) else { return false }
    return !list.isWord(list.isWord(union + 1, "ALL") ? union + 2 : union + 1, "BY")
  }

  private mutating func clauses(_ range: Range<Int>, scope: Set<String>, state: State) {
    var state = state
    var index = range.lowerBound
    while index < range.upperBound, let token = list[index] {
      if let close = list.close(of: index) {
        bracket(index, until: min(close, range.upperBound), scope: scope, state: &state)
        index = close + 1
      } else if token.isSymbol(",") {
        if state.place == .alias || state.place == .condition { state.place = .table }
        index += 1
      } else if !state.isExpression, let word = keyword(index, in: state), step(word, at: index, &state) {
        index += 1
      } else if state.place == .table {
        index = table(index, until: range.upperBound, scope: scope, state: &state)
      } else if token.isName {
        index = name(index, scope: scope, state: state)
      } else {
        index += 1
      }
    }
  }

  private mutating func bracket(_ open: Int, until close: Int, scope: Set<String>, state: inout State) {
    let inner = open + 1..<max(open + 1, close)
    if list.opensQuery(open) {
      query(inner, scope: scope)
    } else if list.isSymbol(open, "("), state.place == .table {
      clauses(inner, scope: scope, state: State(place: .table))
    } else {
      clauses(inner, scope: scope, state: State(isExpression: true))
    }
    if state.place == .table { state.place = .alias }
  }

  /// The keyword at an index, `nil` where the word is a name by its place.
  private func keyword(_ index: Int, in state: State) -> String? {
    guard let word = list.keyword(index), !list.isEscaped(index) else { return nil }
    // SELECT 1 AS from; but FROM t AS OF… and the like do not exist in DuckDB.
    if state.place == .expression, list.isWord(index - 1, "AS") { return nil }
    return word
  }

  /// Moves the state over a keyword; `false` where the word is none that matters here.
  private func step(_ word: String, at index: Int, _ state: inout State) -> Bool {
    switch word {
    case "FROM":
      if list.isWord(index - 1, "DISTINCT") { return true }
      state.place = .table
    case "JOIN", "TABLE":
      state.place = .table
    case "LATERAL":
      return state.place == .table
    case "ON":
      // DISTINCT ON stands in no FROM clause.
      guard state.place != .expression else { return true }
      state.place = state.isPivot ? .expression : .condition
    case "PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER":
      // After a table it is that table's clause, FROM t PIVOT (…); else a statement of its own.
      guard state.place == .expression || state.place == .table else { return true }
      state.isPivot = true
      state.place = .table
    case "SELECT", "WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "ORDER", "LIMIT", "OFFSET", "UNION",
      "INTERSECT", "EXCEPT", "RETURNING", "FETCH":
      state.place = .expression
    case "VALUES":
      guard state.place != .table else { return false }
      state.place = .expression
    default:
      return false
    }
    return true
  }

  /// Reads what stands in a table's place: a table, a table function, a file, with an alias before it perhaps
  /// (`FROM x: t`).
  private mutating func table(_ start: Int, until end: Int, scope: Set<String>, state: inout State) -> Int {
    guard let token = list[start] else { return end }
    if token.isName, list.isSymbol(start + 1, ":") { return start + 2 }
    state.place = .alias
    if token.kind == .string {
      mentions.files.append(
        FileMention(path: .literal(token.value), line: token.line, column: token.column))
      return start + 1
    }
    guard let (name, next) = list.name(at: start) else { return start + 1 }
    if list.isSymbol(next, "("), let close = list.close(of: next) {
      call(name, isTable: true, arguments: next + 1..<max(next + 1, min(close, end)), scope: scope)
      return close + 1
    }
    let folded = name.folded
    let isCommonTable =
      (folded.count == 1 && scope.contains(folded[0]))
      || (folded.count == 2 && folded[0] == "recurring" && scope.contains(folded[1]))
    if !isCommonTable { mentions.tables.append(name) }
    return next
  }

  /// Reads a name in an expression: a call where a bracket follows.
  private mutating func name(_ start: Int, scope: Set<String>, state: State) -> Int {
    guard let (name, next) = list.name(at: start) else { return start + 1 }
    guard state.place != .alias, list.isSymbol(next, "("), let close = list.close(of: next),
      !(name.parts.count == 1 && list.keyword(start).map(Self.wordsBeforeBrackets.contains) ?? false)
    else { return next }
    let arguments = next + 1..<max(next + 1, close)
    // A query as the only argument keeps its own brackets' meaning: ARRAY(SELECT …), exists(FROM t).
    if list.isQuery(arguments), !list.isWord(start, "TRIM") { return next }
    call(name, isTable: false, arguments: arguments, scope: scope)
    return close + 1
  }

  private mutating func call(_ name: SQLName, isTable: Bool, arguments: Range<Int>, scope: Set<String>) {
    let mention = CallMention(name: name, isTable: isTable, arguments: list.arguments(arguments))
    mentions.calls.append(mention)
    if isTable, name.parts.count == 1, mention.function == "query" {
      nestedQuery(mention, scope: scope)
    }
    clauses(arguments, scope: scope, state: State(isExpression: true))
  }

  /// `query('SELECT …')`: the text is a query of its own; its names get the call's place.
  private mutating func nestedQuery(_ mention: CallMention, scope: Set<String>) {
    guard let text = mention.text(at: 0), let tokens = try? SQLTokenizer.tokenize(text) else { return }
    let inner = Self.mentions(in: tokens)
    let place = mention.name
    mentions.quotedTables += (inner.tables + inner.quotedTables)
      .filter { !($0.parts.count == 1 && scope.contains($0.folded[0])) }
      .map { SQLName(parts: $0.parts, line: place.line, column: place.column) }
    mentions.files += inner.files.map {
      FileMention(path: $0.path, line: place.line, column: place.column)
    }
    mentions.calls += inner.calls
  }

  /// `DESCRIBE tables` lists all tables.
  private static let listings: Set<String> = ["TABLES", "DATABASES", "SCHEMAS", "VARIABLES"]

  /// Keywords that a bracket follows without being called.
  private static let wordsBeforeBrackets: Set<String> = [
    "ALL", "AND", "ANY", "AS", "BY", "CASE", "CAST", "DISTINCT", "ELSE", "EXCLUDE", "EXISTS", "FILTER",
    "FROM",
    "GROUP", "HAVING", "IN", "JOIN", "LIKE", "LIMIT", "NOT", "OFFSET", "ON", "OR", "OVER", "QUALIFY",
    "RENAME",
    "REPLACE", "RETURNING", "SELECT", "SET", "SOME", "THEN", "TRY_CAST", "USING", "VALUES", "WHEN", "WHERE",
    "WITH", "WITHIN",
  ]
}
