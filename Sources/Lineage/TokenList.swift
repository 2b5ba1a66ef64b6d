import SQLText

/// Tokens of one statement with their brackets matched: what both the reader of statement heads and the
/// walk over FROM clauses stand on. Comments are left out.
struct TokenList {
  let tokens: [SQLToken]

  /// For an opening bracket the index of its closing one; the end of the list where it is never closed.
  private let closing: [Int: Int]

  /// Opening brackets that hold a query. Worked out once from the inside to the outside, so that brackets in
  /// brackets cost no more than their number.
  private var queryBrackets: Set<Int> = []

  /// Deeper brackets than this are not walked, since the walk is recursive: the list is empty then. DuckDB refuses
  /// queries in queries, lists and calls beyond a depth of 1,000.
  static let maximumDepth = 1_000

  init(_ all: [SQLToken]) {
    var tokens = all.filter { !$0.isComment }
    var closing: [Int: Int] = [:]
    var open: [Int] = []
    var deepest = 0
    for (index, token) in tokens.enumerated() where token.kind == .symbol {
      switch token.text {
      case "(", "[", "{":
        open.append(index)
        deepest = max(deepest, open.count)
      case ")", "]", "}":
        if let start = open.popLast() { closing[start] = index }
      default: break
      }
    }
    for start in open { closing[start] = tokens.count }
    if deepest > Self.maximumDepth {
      tokens = []
      closing = [:]
    }
    self.tokens = tokens
    self.closing = closing
    for index in closing.keys.sorted(by: >) where isSymbol(index, "(") {
      let inner = index + 1..<max(index + 1, closing[index] ?? 0)
      if isQuery(inner) { queryBrackets.insert(index) }
    }
  }

  var count: Int { tokens.count }

  subscript(index: Int) -> SQLToken? { tokens.indices.contains(index) ? tokens[index] : nil }

  func keyword(_ index: Int) -> String? { self[index]?.keyword }

  func isWord(_ index: Int, _ keyword: String) -> Bool { self[index]?.isWord(keyword) ?? false }

  func isSymbol(_ index: Int, _ symbol: String) -> Bool { self[index]?.isSymbol(symbol) ?? false }

  /// The index of the bracket that closes the one at `index`, `nil` where no bracket opens there.
  func close(of index: Int) -> Int? { closing[index] }

  /// The index after `index`, past the whole bracket when one opens there.
  func after(_ index: Int) -> Int {
    guard let close = closing[index] else { return index + 1 }
    return min(close + 1, tokens.count)
  }

  /// A dotted name that starts at `index`, with the index after it.
  func name(at index: Int) -> (name: SQLName, end: Int)? {
    guard let first = self[index], first.isName else { return nil }
    var parts = [first.value]
    var next = index + 1
    while isSymbol(next, "."), let part = self[next + 1], part.isName {
      parts.append(part.value)
      next += 2
    }
    return (SQLName(parts: parts, line: first.line, column: first.column), next)
  }

  /// The first index in `range`, outside brackets, where `matches` holds.
  func firstIndex(in range: Range<Int>, where matches: (Int) -> Bool) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      if matches(index) { return index }
      index = after(index)
    }
    return nil
  }

  /// The first index in `range`, outside brackets, of one of the keywords.
  func firstIndex(in range: Range<Int>, ofKeywords keywords: Set<String>) -> Int? {
    firstIndex(in: range) { index in
      guard let word = keyword(index) else { return false }
      return keywords.contains(word) && !isEscaped(index)
    }
  }

  /// Whether the word at `index` is a name by its place although it may spell a keyword: `t.from`.
  func isEscaped(_ index: Int) -> Bool { index > 0 && isSymbol(index - 1, ".") }

  /// Splits a range at the commas outside brackets.
  func splitAtCommas(_ range: Range<Int>) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = range.lowerBound
    var index = start
    while index < range.upperBound {
      if isSymbol(index, ",") {
        pieces.append(start..<index)
        start = index + 1
      }
      index = after(index)
    }
    if start < range.upperBound { pieces.append(start..<range.upperBound) }
    return pieces
  }

  /// Words that start a query wherever a query may stand.
  static let queryStarts: Set<String> = [
    "SELECT", "FROM", "WITH", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER",
    "DESCRIBE", "SUMMARIZE", "SHOW",
  ]

  private static let queryContinuations: Set<String> = [
    "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET",
  ]

  /// Whether a range is a query: it starts like one, or with a bracketed query that is all of it or that a set
  /// operation or an ORDER BY follows. `(SELECT 1) AS x` is none, nor is a table called `values`.
  func isQuery(_ range: Range<Int>) -> Bool {
    let start = range.lowerBound
    guard start < range.upperBound else { return false }
    if isSymbol(start, "(") {
      let next = after(start)
      guard opensQuery(start) else { return false }
      return next >= range.upperBound || keyword(next).map(Self.queryContinuations.contains) ?? false
    }
    guard let word = keyword(start), Self.queryStarts.contains(word) else { return false }
    return word != "VALUES" || isSymbol(start + 1, "(")
  }

  /// Whether a bracket opens at `index` that holds a query.
  func opensQuery(_ index: Int) -> Bool { queryBrackets.contains(index) }

  /// The outermost bracketed queries in a range: the subqueries of an expression.
  func subqueries(in range: Range<Int>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var index = range.lowerBound
    while index < range.upperBound {
      if let close = close(of: index) {
        let inner = index + 1..<max(index + 1, min(close, range.upperBound))
        if opensQuery(index) {
          found.append(index..<min(close + 1, range.upperBound))
        } else {
          found += subqueries(in: inner)
        }
      }
      index = after(index)
    }
    return found
  }
}
