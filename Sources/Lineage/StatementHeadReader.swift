import SQLText

/// Reads one statement's head by its tokens. The parts that belong to one kind of statement stand in the
/// extensions beside this file.
struct StatementHeadReader {
  let statement: SQLStatement
  let list: TokenList
  var head = StatementHead(verb: .other)

  /// Leading common table expressions of the statement, `WITH a AS (…), b AS (…)`, as a token range.
  var ctes: Range<Int>?

  init(_ statement: SQLStatement) {
    self.statement = statement
    list = TokenList(statement.tokens)
  }

  mutating func read() -> StatementHead {
    read(from: 0)
    return head
  }

  mutating func read(from start: Int) {
    switch list.keyword(start) {
    case "WITH": readLeadingCTEs(start)
    case "EXPLAIN": readExplain(start)
    case "PREPARE": readPrepare(start)
    case "SELECT", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER",
      "DESCRIBE", "DESC", "SUMMARIZE":
      readQuery(start)
    case "INSERT": readInsert(start)
    case "UPDATE": readUpdate(start)
    case "DELETE": readDelete(start)
    case "TRUNCATE": readTruncate(start)
    case "MERGE": readMerge(start)
    case "CREATE": readCreate(start)
    case "ALTER": readAlter(start)
    case "DROP": readDrop(start)
    case "COMMENT": readComment(start)
    case "COPY": readCopy(start)
    case "CALL": readCall(start)
    case "SET", "RESET": readSet(start)
    case "SHOW": head.verb = .show
    case "ATTACH": head.verb = .attach
    case "DETACH": head.verb = .detach
    case "USE": head.verb = .use
    case "PRAGMA": head.verb = .pragma
    case "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT": head.verb = .transaction
    default:
      if list.isSymbol(start, "(") { readQuery(start) }
    }
  }

  private mutating func readQuery(_ start: Int) {
    head.verb = .select
    addQuery(start..<list.count)
  }

  /// `WITH …` before SELECT is part of the query; before a writing verb it is kept for that verb's queries.
  private mutating func readLeadingCTEs(_ start: Int) {
    let verbs: Set<String> = [
      "SELECT", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "INSERT", "UPDATE", "DELETE", "MERGE",
    ]
    let isMainVerb = { [list] (index: Int) in
      // A word after `)` or `,`… cannot be confused with a CTE named like a verb: the body follows AS (…).
      guard let word = list.keyword(index), verbs.contains(word) else { return false }
      return list.isSymbol(index - 1, ")")
    }
    let whole = start..<list.count
    guard let main = list.firstIndex(in: whole, where: isMainVerb), let verb = list.keyword(main),
      ["INSERT", "UPDATE", "DELETE", "MERGE"].contains(verb)
    else { return readQuery(start) }
    ctes = start..<main
    read(from: main)
  }

  private mutating func readExplain(_ start: Int) {
    var next = start + 1
    var runs = false
    while true {
      if list.isWord(next, "ANALYZE") {
        runs = true
        next += 1
      } else if list.isSymbol(next, "("), !list.opensQuery(next) {
        next = list.after(next)
      } else {
        break
      }
    }
    read(from: next)
    head.verb = .explain
    guard !runs else { return }
    head.targets = []
    head.files.removeAll(where: \.isWritten)
  }

  /// `PREPARE p AS …`: what it prepares is meant to be executed in the same script.
  private mutating func readPrepare(_ start: Int) {
    guard let body = list.firstIndex(in: start..<list.count, ofKeywords: ["AS"]) else { return }
    read(from: body + 1)
  }

  /// `SET VARIABLE x = (SELECT …)`.
  private mutating func readSet(_ start: Int) {
    head.verb = .set
    addLifted(from: nil, expressions: [start + 1..<list.count])
  }

  /// `CALL f(…)`.
  private mutating func readCall(_ start: Int) {
    head.verb = .call
    guard let (name, open) = list.name(at: start + 1), let close = list.close(of: open) else { return }
    let arguments = open + 1..<max(open + 1, close)
    head.calls.append(CallMention(name: name, isTable: true, arguments: list.arguments(arguments)))
    addLifted(from: nil, expressions: [arguments])
  }
}

extension StatementHeadReader {
  /// Adds a target.
  mutating func add(
    _ name: SQLName, _ access: StatementHead.Access, object: StatementHead.ObjectKind = .table,
    isTemporary: Bool = false
  ) {
    head.targets.append(
      StatementHead.Target(name: name, access: access, object: object, isTemporary: isTemporary))
  }

  /// Adds a whole query, with the statement's leading CTEs before it.
  mutating func addQuery(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    var builder = SelectPartBuilder(list: list, statement: statement)
    if let ctes {
      builder.append(ctes)
      // A second WITH may only stand in a subquery.
      let isNested = list.isWord(range.lowerBound, "WITH")
      if isNested { builder.append("SELECT * FROM (") }
      builder.append(range)
      if isNested { builder.append(")") }
    } else {
      builder.append(range)
    }
    head.selectParts.append(builder.build())
  }

  /// Adds `SELECT (subquery), … FROM sources`: the sources of a statement that is no SELECT, with the
  /// subqueries of its expressions lifted into the select list.
  /// - Parameters:
  ///   - sources: The statement's FROM or USING clause, without that word.
  ///   - expressions: The rest of the statement: assignments, conditions, RETURNING.
  mutating func addLifted(from sources: Range<Int>?, expressions: [Range<Int>]) {
    var walk = TableWalk(list)
    for range in expressions { walk.expression(range) }
    head.calls += walk.mentions.calls

    let subqueries = expressions.flatMap { list.subqueries(in: $0) }
    let hasSources = sources.map { !$0.isEmpty } ?? false
    guard hasSources || !subqueries.isEmpty || ctes != nil else { return }
    var builder = SelectPartBuilder(list: list, statement: statement)
    if let ctes { builder.append(ctes) }
    builder.append("SELECT 1")
    for subquery in subqueries {
      builder.append(",")
      builder.append(subquery)
    }
    if let sources, hasSources {
      builder.append("FROM")
      builder.append(sources)
    }
    head.selectParts.append(builder.build())
  }

  /// The index after an optional alias: `AS x`, or a bare name that is none of the given keywords.
  func afterAlias(_ index: Int, before keywords: Set<String>) -> Int {
    if list.isWord(index, "AS") { return index + 2 }
    guard let token = list[index], token.isName else { return index }
    if let word = token.keyword, keywords.contains(word) { return index }
    return index + 1
  }

  /// The index after `IF EXISTS` or `IF NOT EXISTS`.
  func afterIf(_ index: Int) -> Int {
    guard list.isWord(index, "IF") else { return index }
    return list.isWord(index + 1, "NOT") ? index + 3 : index + 2
  }
}
