import DuckDB
import SQLText

/// What a user's statement may do, decided from its tokens before the engine sees it.
///
/// The engine itself is locked (no file outside the allowed folders, no configuration), yet loaded catalog
/// extensions still open files and sockets by their own functions, and the catalog's tables can be reached
/// and written through a hidden database. This list closes those ways. Only statements named here run.
enum StatementPolicy {
  /// What a statement does, as far as turns and transactions are concerned.
  enum Effect: Sendable, Hashable {
    case read
    /// Changes a lake: needs the turn.
    case write
    /// Touches only this session: temporary tables, variables.
    case session
    case begin(readOnly: Bool)
    case commit
    case rollback
  }

  /// Decides what a statement does.
  ///
  /// - Parameter tokens: the statement's tokens without comments.
  /// - Throws: ``LakeError`` with code `refused` and what to do instead.
  static func effect(of tokens: [SQLToken]) throws(LakeError) -> Effect {
    try refuseHiddenDatabases(tokens)
    try FunctionPolicy.check(tokens)
    return try effectOfVerb(tokens[...])
  }

  // MARK: Statements

  private static func effectOfVerb(_ tokens: ArraySlice<SQLToken>) throws(LakeError) -> Effect {
    guard let first = tokens.first(where: { $0.text != "(" }) else { return .read }
    let verb = first.kind == .word ? first.value.lowercased() : ""
    let next = tokens.dropFirst().first
    switch verb {
    case "select", "from", "values", "table", "pivot", "unpivot", "pivot_wider", "pivot_longer", "describe",
      "desc", "summarize", "show":
      return .read
    case "pragma":
      try checkPragma(tokens)
      return .read
    case "with":
      let writes = topLevelWords(tokens).contains { ["insert", "update", "delete", "merge"].contains($0) }
      return writes ? .write : .read
    case "explain": return try effectOfExplain(tokens)
    case "insert", "update", "delete", "merge", "truncate", "comment":
      if verb == "update", next?.isWord("extensions") == true { throw refused(first, "UPDATE EXTENSIONS") }
      return .write
    case "create", "drop", "alter": return try effectOfDefinition(tokens)
    case "copy":
      if next?.isWord("from") == true { throw refused(first, "COPY FROM DATABASE") }
      return topLevelWords(tokens).contains("from") && CopyTarget.place(in: tokens) == nil ? .write : .read
    case "call": return try effectOfCall(tokens)
    case "begin", "start": return .begin(readOnly: tokens.contains { $0.isWord("only") })
    case "commit", "end": return .commit
    case "rollback", "abort": return .rollback
    case "set", "reset":
      guard next?.isWord("variable") == true else { throw setRefused(tokens) }
      return .session
    case "attach":
      throw LakeError(
        .refused, "ATTACH reaches lakes by name only, not files or servers",
        hint: "Write ATTACH 'ducklake://NAME' AS alias, with a lake of tarn.yaml.", position: position(first))
    default:
      throw refused(first, verb.uppercased())
    }
  }

  /// `EXPLAIN` alone plans; `EXPLAIN ANALYZE` runs, whatever stands behind it.
  private static func effectOfExplain(_ tokens: ArraySlice<SQLToken>) throws(LakeError) -> Effect {
    var rest = tokens.dropFirst()
    var runs = false
    if rest.first?.text == "(" {
      let end = rest.firstIndex { $0.text == ")" } ?? rest.endIndex
      runs = rest[..<end].contains { $0.isWord("analyze") || $0.isWord("analyse") }
      // `EXPLAIN (SELECT 1)` has its query in parentheses, not options.
      if !rest.dropFirst().prefix(1).contains(where: { Self.queryVerbs.contains($0.value.lowercased()) }) {
        rest = rest[min(end + 1, rest.endIndex)...]
      }
    } else {
      while let word = rest.first, ["analyze", "analyse", "verbose"].contains(where: word.isWord) {
        runs = runs || !word.isWord("verbose")
        rest = rest.dropFirst()
      }
    }
    let effect = try effectOfVerb(rest)
    return runs ? effect : .read
  }

  private static let queryVerbs: Set<String> = [
    "select", "from", "with", "values", "table", "pivot", "unpivot", "(",
  ]

  private static func effectOfDefinition(_ tokens: ArraySlice<SQLToken>) throws(LakeError) -> Effect {
    let verb = tokens[tokens.startIndex]
    let modifiers: Set<String> = ["or", "replace", "persistent", "temp", "temporary", "local", "global"]
    let leading = tokens.dropFirst().prefix { $0.kind == .word && modifiers.contains($0.value.lowercased()) }
    let kind = tokens.dropFirst(1 + leading.count).first
    if let kind, ["secret", "database", "user", "role"].contains(where: kind.isWord) {
      throw LakeError(
        .refused, "\(verb.value.uppercased()) \(kind.value.uppercased()) is not for scripts",
        hint: "Connections and secrets belong into tarn.yaml.", position: position(kind))
    }
    let isTemporary =
      verb.isWord("create") && leading.contains { $0.isWord("temp") || $0.isWord("temporary") }
    return isTemporary ? .session : .write
  }

  private static func effectOfCall(_ tokens: ArraySlice<SQLToken>) throws(LakeError) -> Effect {
    guard let open = tokens.firstIndex(where: { $0.text == "(" }), open > tokens.startIndex + 1 else {
      throw refused(tokens[tokens.startIndex], "CALL without a function")
    }
    let name = tokens[open - 1].value.lowercased()
    switch FunctionPolicy.effectOfCall(name) {
    case let effect?: return effect
    case nil:
      throw LakeError(
        .refused, "CALL \(name) is not for scripts", hint: "See tarn lake --help for options and upkeep.",
        position: position(tokens[open - 1]))
    }
  }

  private static func checkPragma(_ tokens: ArraySlice<SQLToken>) throws(LakeError) {
    let name = tokens.dropFirst().first?.value.lowercased() ?? ""
    guard allowedPragmas.contains(name), !tokens.contains(where: { $0.text == "=" }) else {
      throw LakeError(
        .refused, "PRAGMA \(name) is not for scripts",
        hint: "Allowed: \(allowedPragmas.sorted().joined(separator: ", ")).",
        position: position(tokens[tokens.startIndex]))
    }
  }

  private static let allowedPragmas: Set<String> = [
    "table_info", "show_tables", "show_tables_expanded", "version", "database_size", "show", "show_databases",
    "functions", "collations", "database_list", "platform",
  ]

  private static func setRefused(_ tokens: ArraySlice<SQLToken>) -> LakeError {
    let name = tokens.dropFirst().first { !["session", "global", "local"].contains($0.value.lowercased()) }
    let hint =
      switch name?.value.lowercased() {
      case "timezone", "time": "The time zone is UTC; write AT TIME ZONE where another is needed."
      case "memory_limit", "max_memory", "threads": "Set limits in tarn.yaml, or by --memory and --timeout."
      case "search_path", "schema": "Write USE alias or USE alias.schema."
      default: "SET VARIABLE name = value is allowed; settings of the engine are fixed."
      }
    let verb = tokens[tokens.startIndex]
    return LakeError(
      .refused, "\(verb.value.uppercased()) \(name?.value ?? "") is not for scripts", hint: hint,
      position: position(verb))
  }

  private static func refused(_ token: SQLToken, _ verb: String) -> LakeError {
    let instead =
      switch verb {
      case "DETACH", "USE": "It stands on its own in a script; in Swift call EngineSession.use or detach."
      case "INSTALL", "LOAD": "Tarn loads the extensions it needs."
      case "PREPARE", "EXECUTE", "DEALLOCATE": "Write the statement itself, with $name for its values."
      case "CHECKPOINT", "VACUUM", "ANALYZE": "See tarn lake --help for upkeep."
      case "EXPORT", "IMPORT", "COPY FROM DATABASE": "Write COPY (SELECT …) TO 'file' for each table."
      default: "Queries, INSERT, UPDATE, DELETE, MERGE, CREATE, DROP, ALTER, COPY and SET VARIABLE are."
      }
    return LakeError(
      .refused,
      verb.isEmpty ? "this is no statement: \(token.text.prefix(40))" : "\(verb) is not for scripts",
      hint: instead, position: position(token))
  }

  // MARK: Names

  private static func refuseHiddenDatabases(_ tokens: [SQLToken]) throws(LakeError) {
    for token in tokens where token.kind != .number && token.kind != .symbol {
      if token.value.lowercased().contains("__ducklake_metadata") {
        throw LakeError(
          .refused, "the catalog's own tables are not for scripts",
          hint: "Use dl.snapshots(), ducklake_table_info('dl') and tarn lake info.", position: position(token)
        )
      }
    }
    for (index, token) in tokens.enumerated() where token.isIdentifier("memory") {
      let next = index + 1 < tokens.count ? tokens[index + 1].text : ""
      let previous = index > 0 ? tokens[index - 1].text : ""
      guard next == ".", previous != "." else { continue }
      throw LakeError(
        .refused, "tables in database memory would be seen by other sessions",
        hint: "Write CREATE TEMP TABLE.", position: position(token))
    }
  }

  // MARK: Helpers

  /// The words outside parentheses, in lower case.
  static func topLevelWords(_ tokens: some Sequence<SQLToken>) -> [String] {
    var depth = 0
    var words: [String] = []
    for token in tokens {
      switch token.text {
      case "(": depth += 1
      case ")": depth -= 1
      default: if depth == 0, token.kind == .word { words.append(token.value.lowercased()) }
      }
    }
    return words
  }

  static func position(_ token: SQLToken) -> SourcePosition {
    SourcePosition(line: token.line, column: token.column)
  }
}
