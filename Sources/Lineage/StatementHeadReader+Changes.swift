import SQLText

// INSERT, UPDATE, DELETE, TRUNCATE, MERGE.
extension StatementHeadReader {
  /// `INSERT [OR …] INTO t [AS x] [(columns)] [BY NAME] query [ON CONFLICT …] [RETURNING …]`.
  mutating func readInsert(_ start: Int) {
    head.verb = .insert
    var next = start + 1
    if list.isWord(next, "OR") { next += 2 }
    guard list.isWord(next, "INTO"), let (name, end) = list.name(at: next + 1) else { return }
    add(name, .insert)
    next = end
    if list.isWord(next, "AS") { next += 2 }
    if list.isSymbol(next, "("), !list.opensQuery(next) { next = list.after(next) }
    if list.isWord(next, "BY") { next += 2 }

    let rest = next..<list.count
    let tail =
      list.firstIndex(in: rest) { index in
        list.isWord(index, "RETURNING")
          || (list.isWord(index, "ON") && list.isWord(index + 1, "CONFLICT"))
      } ?? list.count
    if list.isWord(next, "DEFAULT") {
      addLifted(from: nil, expressions: [tail..<list.count])
    } else {
      addQuery(next..<tail)
      if tail < list.count { addLifted(from: nil, expressions: [tail..<list.count]) }
    }
  }

  /// `UPDATE t [[AS] x] SET … [FROM …] [WHERE …] [RETURNING …]`.
  mutating func readUpdate(_ start: Int) {
    head.verb = .update
    guard let (name, end) = list.name(at: start + 1) else { return }
    add(name, .update)
    let next = afterAlias(end, before: ["SET"])
    let clauses = clauses(next..<list.count, starting: ["SET", "FROM", "WHERE", "RETURNING"])
    addLifted(from: clauses["FROM"], expressions: ["SET", "WHERE", "RETURNING"].compactMap { clauses[$0] })
  }

  /// `DELETE FROM t [[AS] x] [USING …] [WHERE …] [RETURNING …]`.
  mutating func readDelete(_ start: Int) {
    head.verb = .delete
    guard list.isWord(start + 1, "FROM"), let (name, end) = list.name(at: start + 2) else { return }
    add(name, .delete)
    let next = afterAlias(end, before: ["USING", "WHERE", "RETURNING"])
    let clauses = clauses(next..<list.count, starting: ["USING", "WHERE", "RETURNING"])
    addLifted(from: clauses["USING"], expressions: ["WHERE", "RETURNING"].compactMap { clauses[$0] })
  }

  /// `TRUNCATE [TABLE] t`.
  mutating func readTruncate(_ start: Int) {
    head.verb = .truncate
    let next = list.isWord(start + 1, "TABLE") ? start + 2 : start + 1
    guard let (name, _) = list.name(at: next) else { return }
    add(name, .delete)
  }

  /// `MERGE INTO t [[AS] x] USING source ON … WHEN …`.
  mutating func readMerge(_ start: Int) {
    head.verb = .merge
    guard list.isWord(start + 1, "INTO"), let (name, end) = list.name(at: start + 2) else { return }
    let next = afterAlias(end, before: ["USING"])
    guard list.isWord(next, "USING") else { return add(name, .update) }
    let sourceStart = next + 1
    let sourceEnd =
      list.firstIndex(in: sourceStart..<list.count, ofKeywords: ["ON", "USING", "WHEN"]) ?? list.count
    let actions = sourceEnd..<list.count
    addMergeTarget(name, actions: actions)
    addLifted(from: sourceStart..<sourceEnd, expressions: [actions])
  }

  private mutating func addMergeTarget(_ name: SQLName, actions: Range<Int>) {
    var found: [StatementHead.Access] = []
    var index = actions.lowerBound
    while index < actions.upperBound {
      if list.isWord(index, "THEN") {
        switch list.keyword(index + 1) {
        case "INSERT": found.append(.insert)
        case "UPDATE": found.append(.update)
        case "DELETE": found.append(.delete)
        default: break
        }
      }
      index = list.after(index)
    }
    if found.isEmpty { found = [.update] }
    var seen: Set<StatementHead.Access> = []
    for access in found where seen.insert(access).inserted { add(name, access) }
  }

  /// Cuts a range at the given keywords, outside brackets; each clause without its keyword.
  private func clauses(_ range: Range<Int>, starting keywords: [String]) -> [String: Range<Int>] {
    var clauses: [String: Range<Int>] = [:]
    var rest = range
    var current: String?
    var remaining = Set(keywords)
    while true {
      let next = nextClause(in: rest, ofKeywords: remaining)
      if let current { clauses[current] = rest.lowerBound..<(next ?? range.upperBound) }
      guard let next, let word = list.keyword(next) else { return clauses }
      current = word
      remaining.remove(word)
      rest = next + 1..<range.upperBound
    }
  }

  /// `a IS DISTINCT FROM b` is no clause.
  private func nextClause(in range: Range<Int>, ofKeywords keywords: Set<String>) -> Int? {
    list.firstIndex(in: range) { index in
      guard let word = list.keyword(index), keywords.contains(word), !list.isEscaped(index) else {
        return false
      }
      return !(word == "FROM" && list.isWord(index - 1, "DISTINCT"))
    }
  }
}
