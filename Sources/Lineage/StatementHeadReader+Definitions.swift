import SQLText

// CREATE, ALTER, DROP, COMMENT, COPY.
extension StatementHeadReader {
  /// `CREATE [OR REPLACE] [TEMP] TABLE|VIEW|MACRO|SCHEMA … [IF NOT EXISTS] x … [AS …]`.
  mutating func readCreate(_ start: Int) {
    head.verb = .create
    var next = start + 1
    var access = StatementHead.Access.create
    if list.isWord(next, "OR"), list.isWord(next + 1, "REPLACE") {
      access = .replace
      next += 2
    }
    var isTemporary = false
    modifiers: while true {
      switch list.keyword(next) {
      case "TEMP", "TEMPORARY": isTemporary = true
      case "LOCAL", "GLOBAL", "UNLOGGED", "PERSISTENT", "RECURSIVE", "UNIQUE": break
      default: break modifiers
      }
      next += 1
    }
    let kind = list.keyword(next)
    next = afterIf(next + 1)
    switch kind {
    case "TABLE", "VIEW":
      guard let (name, end) = list.name(at: next) else { return }
      add(name, access, object: kind == "VIEW" ? .view : .table, isTemporary: isTemporary)
      readCreatedQuery(end)
    case "MACRO", "FUNCTION":
      guard let (name, end) = list.name(at: next) else { return }
      add(name, access, object: .macro, isTemporary: isTemporary)
      readMacroBodies(end)
    case "SCHEMA":
      guard let (name, _) = list.name(at: next) else { return }
      add(name, access, object: .schema)
    case "INDEX":
      guard let on = list.firstIndex(in: next..<list.count, ofKeywords: ["ON"]),
        let (name, _) = list.name(at: on + 1)
      else { return }
      add(name, .alter)
    case "TYPE":
      addLifted(from: nil, expressions: [next..<list.count])
    default: break
    }
  }

  /// The query after `AS`, without `WITH [NO] DATA`.
  private mutating func readCreatedQuery(_ start: Int) {
    guard let body = list.firstIndex(in: start..<list.count, ofKeywords: ["AS"]) else { return }
    var end = list.count
    if list.isWord(end - 1, "DATA") {
      if list.isWord(end - 2, "WITH") {
        end -= 2
      } else if list.isWord(end - 2, "NO"), list.isWord(end - 3, "WITH") {
        end -= 3
      }
    }
    addQuery(body + 1..<max(body + 1, end))
  }

  /// `(a, b := 1) AS expression`, `(a) AS TABLE query`, and several of these with commas between.
  private mutating func readMacroBodies(_ start: Int) {
    var next = start
    while list.isSymbol(next, "(") {
      let body = list.after(next)
      guard list.isWord(body, "AS") else { return }
      let isTable = list.isWord(body + 1, "TABLE")
      let from = isTable ? body + 2 : body + 1
      // In a select list `, (b) AS c` looks like a further scalar body, so table bodies end at `) AS TABLE` only.
      let end =
        list.firstIndex(in: from..<list.count) { index in
          guard list.isSymbol(index, ","), list.isSymbol(index + 1, "(") else { return false }
          let after = list.after(index + 1)
          return list.isWord(after, "AS") && (!isTable || list.isWord(after + 1, "TABLE"))
        } ?? list.count
      if isTable {
        addQuery(from..<end)
      } else {
        addLifted(from: nil, expressions: [from..<end])
      }
      next = end + 1
    }
  }

  /// `ALTER TABLE|VIEW [IF EXISTS] x …`; a renamed table is written under both names.
  mutating func readAlter(_ start: Int) {
    head.verb = .alter
    let isView = list.isWord(start + 1, "VIEW")
    guard isView || list.isWord(start + 1, "TABLE"),
      let (name, end) = list.name(at: afterIf(start + 2))
    else { return }
    let object: StatementHead.ObjectKind = isView ? .view : .table
    if list.isWord(end, "RENAME"), list.isWord(end + 1, "TO"), let (new, _) = list.name(at: end + 2) {
      head.sources.append(name)
      add(name, .drop, object: object)
      let qualified = SQLName(parts: name.parts.dropLast() + new.parts, line: new.line, column: new.column)
      add(qualified, .create, object: object)
    } else {
      add(name, .alter, object: object)
      addLifted(from: nil, expressions: [end..<list.count])
    }
  }

  /// `DROP TABLE|VIEW|SCHEMA|MACRO [TABLE]|FUNCTION [IF EXISTS] x, y`.
  mutating func readDrop(_ start: Int) {
    head.verb = .drop
    var next = start + 1
    let object: StatementHead.ObjectKind
    switch list.keyword(next) {
    case "TABLE": object = .table
    case "VIEW": object = .view
    case "SCHEMA": object = .schema
    case "MACRO", "FUNCTION":
      object = .macro
      if list.isWord(next + 1, "TABLE") { next += 1 }
    default: return
    }
    next = afterIf(next + 1)
    while let (name, end) = list.name(at: next) {
      add(name, .drop, object: object)
      guard list.isSymbol(end, ",") else { return }
      next = end + 1
    }
  }

  /// `COMMENT ON TABLE|VIEW|COLUMN x IS …`.
  mutating func readComment(_ start: Int) {
    head.verb = .alter
    guard list.isWord(start + 1, "ON"), let (name, _) = list.name(at: start + 3) else { return }
    switch list.keyword(start + 2) {
    case "TABLE": add(name, .alter)
    case "VIEW": add(name, .alter, object: .view)
    case "COLUMN" where name.parts.count > 1:
      add(SQLName(parts: name.parts.dropLast(), line: name.line, column: name.column), .alter)
    default: break
    }
  }

  /// `COPY x FROM 'f'`, `COPY x TO 'f'`, `COPY (query) TO 'f'`.
  mutating func readCopy(_ start: Int) {
    head.verb = .copyTo
    let next = start + 1
    if list.isSymbol(next, "(") {
      let close = list.after(next)
      addQuery(next + 1..<max(next + 1, close - 1))
      guard list.isWord(close, "TO") else { return }
      addFile(close + 1, isWritten: true)
      return
    }
    // COPY FROM DATABASE a TO b copies whole databases: nothing that a script over lakes may do.
    guard !list.isWord(next, "FROM"), let (name, end) = list.name(at: next) else {
      head.verb = .other
      return
    }
    let direction = list.isSymbol(end, "(") ? list.after(end) : end
    if list.isWord(direction, "FROM") {
      head.verb = .copyFrom
      add(name, .insert)
      addFile(direction + 1, isWritten: false)
    } else if list.isWord(direction, "TO") {
      head.sources.append(name)
      addFile(direction + 1, isWritten: true)
    }
  }

  private mutating func addFile(_ index: Int, isWritten: Bool) {
    guard let token = list[index] else { return }
    let path: FilePath =
      switch token.kind {
      case .string: .literal(token.value)
      case .parameter: .parameter(token.value)
      case .quotedIdentifier: .literal(token.value)
      default: .unknown
      }
    head.files.append(
      StatementHead.File(path: path, isWritten: isWritten, line: token.line, column: token.column))
  }
}
