internal import SQLText

/// What stands around the cursor.
struct CompletionContext {
  /// What is expected where the cursor is.
  enum Expectation: Hashable {
    case statement, table, value, column, lake, follower, nothing
  }

  /// The beginning of a word that is to be completed, as typed.
  private(set) var prefix = ""

  /// Whether the prefix begins with an open double quote.
  private(set) var isQuoted = false

  /// The names before the prefix, each with a dot after it.
  private(set) var qualifiers: [String] = []

  private(set) var expectation = Expectation.nothing

  private(set) var scope = StatementScope([])

  init(before: String, after: String) {
    var text = before
    guard var tokens = Self.tokens(of: &text, openIdentifier: &prefix, isQuoted: &isQuoted) else { return }
    let end = text.utf8.count
    if let last = tokens.last {
      let tokenEnd = last.utf8Offset + last.text.utf8.count
      // A line comment goes on until its line ends.
      if last.kind == .lineComment, tokenEnd == end { return }
      if !isQuoted, tokenEnd == end {
        switch last.kind {
        case .word:
          prefix = last.text
          tokens.removeLast()
        case .number, .string, .parameter, .quotedIdentifier: return
        case .symbol, .lineComment, .blockComment: break
        }
      }
    }
    tokens = Self.statement(tokens)
    let following = (try? SQLTokenizer.tokenize(after)) ?? []
    let rest = following.prefix { !$0.isSymbol(";") }.filter { !$0.isComment }
    while tokens.count >= 2, tokens[tokens.count - 1].isSymbol("."), tokens[tokens.count - 2].isName {
      qualifiers.insert(tokens[tokens.count - 2].value, at: 0)
      tokens.removeLast(2)
    }
    scope = StatementScope(tokens + rest)
    expectation = Self.expectation(tokens)
  }

  /// The tokens of the text. An identifier whose quote is open becomes the prefix; nil inside a string or a comment.
  private static func tokens(
    of text: inout String, openIdentifier prefix: inout String, isQuoted: inout Bool
  ) -> [SQLToken]? {
    do {
      return try SQLTokenizer.tokenize(text)
    } catch {
      let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      guard error.line == lines.count, let line = lines.last else { return nil }
      let open = line.unicodeScalars.dropFirst(error.column - 1)
      guard open.first == "\"" else { return nil }
      prefix = String(open.dropFirst())
      isQuoted = true
      text.unicodeScalars.removeLast(open.count)
      return try? SQLTokenizer.tokenize(text)
    }
  }

  /// The tokens after the last `;`, without comments.
  private static func statement(_ tokens: [SQLToken]) -> [SQLToken] {
    let start = tokens.lastIndex { $0.isSymbol(";") }.map { $0 + 1 } ?? 0
    return tokens[start...].filter { !$0.isComment }
  }

  private static func expectation(_ tokens: [SQLToken]) -> Expectation {
    guard let last = tokens.last else { return .statement }
    if tokens.count == 1, last.isWord("use") || last.isWord("detach") { return .lake }
    if tokens.count == 1, last.isWord("explain") { return .statement }
    if SQLWords.introducesTable(tokens, at: tokens.count - 1) { return .table }
    if last.isSymbol(",") { return separated(tokens) }
    if last.isSymbol("(") { return opened(tokens) }
    if last.isWord(in: SQLWords.operandIntroducers) { return .value }
    if last.isSymbol(")") || last.isSymbol("]") || last.isSymbol("*") && followsSelect(tokens) {
      return .follower
    }
    return last.kind == .symbol ? .value : .follower
  }

  /// `SELECT *` is complete, `2 *` is not.
  private static func followsSelect(_ tokens: [SQLToken]) -> Bool {
    guard tokens.count > 1 else { return false }
    let previous = tokens[tokens.count - 2]
    return previous.isWord("select") || previous.isWord("distinct") || previous.isSymbol(",")
      || previous.isSymbol(".")
  }

  /// After a comma: tables in FROM, columns in the list of an INSERT, else values.
  private static func separated(_ tokens: [SQLToken]) -> Expectation {
    var depth = 0
    for index in tokens.indices.reversed() {
      let token = tokens[index]
      if token.isSymbol(")") { depth += 1 }
      if token.isSymbol("(") {
        if depth == 0 { return opened(Array(tokens[...index])) }
        depth -= 1
      }
      guard depth == 0, token.isWord(in: SQLWords.clauses) else { continue }
      return token.isWord("from") ? .table : .value
    }
    return .value
  }

  /// After `(`: the columns of an INSERT, or a value, or a query.
  private static func opened(_ tokens: [SQLToken]) -> Expectation {
    var index = tokens.count - 2
    while index >= 0, tokens[index].isName || tokens[index].isSymbol(".") {
      if tokens[index].isWord("into") { return .column }
      index -= 1
    }
    return .value
  }
}
