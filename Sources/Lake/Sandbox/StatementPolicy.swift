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
    try refuseFunctions(tokens)
    return try effectOfVerb(tokens)
  }

  // MARK: Statements

  private static func effectOfVerb(_ tokens: [SQLToken]) throws(LakeError) -> Effect {
    guard let first = tokens.first(where: { $0.text != "(" }) else { return .read }
    let verb = first.kind == .word ? first.value.lowercased() : ""
    switch verb {
    case "select", "from", "values", "table", "pivot", "unpivot", "pivot_wider", "pivot_longer", "describe",
      "desc", "summarize", "show", "pragma":
      if verb == "pragma" { try checkPragma(tokens) }
      return .read
    case "with":
      let writes = topLevelWords(tokens).contains { ["insert", "update", "delete", "merge"].contains($0) }
      return writes ? .write : .read
    case "explain":
      let words = tokens.prefix(6).map { $0.value.lowercased() }
      guard words.contains("analyze"),
        let start = tokens.firstIndex(where: { Self.explainable.contains($0.value.lowercased()) })
      else { return .read }
      return try effectOfVerb(Array(tokens[start...]))
    case "insert", "update", "delete", "merge", "truncate", "comment":
      if verb == "update", tokens.count > 1, tokens[1].isWord("extensions") { throw refused(first, "UPDATE EXTENSIONS") }
      return .write
    case "create", "drop", "alter": return try effectOfDefinition(tokens)
    case "copy":
      let from = topLevelWords(tokens).contains("from")
      if topLevelWords(tokens).contains("database") { throw refused(first, "COPY FROM DATABASE") }
      return from ? .write : .read
    case "call": return try effectOfCall(tokens)
    case "begin", "start":
      return .begin(readOnly: tokens.contains { $0.isWord("only") })
    case "commit", "end": return .commit
    case "rollback", "abort": return .rollback
    case "set", "reset":
      guard tokens.count > 1, tokens[1].isWord("variable") else { throw setRefused(tokens) }
      return .session
    case "attach":
      throw LakeError(
        .refused, "ATTACH reaches lakes by name only, not files or servers",
        hint: "Write ATTACH 'ducklake://NAME' AS alias, with a lake of tarn.yaml.", position: position(first))
    default:
      throw refused(first, verb.uppercased())
    }
  }

  private static let explainable: Set<String> = [
    "select", "from", "with", "insert", "update", "delete", "merge", "create", "copy", "values", "call",
  ]

  private static func effectOfDefinition(_ tokens: [SQLToken]) throws(LakeError) -> Effect {
    let skipped: Set<String> = ["create", "or", "replace", "persistent", "temp", "temporary", "drop", "alter"]
    let kind = tokens.first { !skipped.contains($0.value.lowercased()) }
    if let kind, ["secret", "database", "user", "role"].contains(where: kind.isWord) {
      throw LakeError(
        .refused, "\(tokens[0].value.uppercased()) \(kind.value.uppercased()) is not for scripts",
        hint: "Connections and secrets belong into tarn.yaml.", position: position(kind))
    }
    let isTemporary = tokens.prefix(5).contains { $0.isWord("temp") || $0.isWord("temporary") }
    return isTemporary ? .session : .write
  }

  private static func effectOfCall(_ tokens: [SQLToken]) throws(LakeError) -> Effect {
    guard let open = tokens.firstIndex(where: { $0.text == "(" }), open > 0 else { return .read }
    let name = tokens[open - 1].value.lowercased()
    let bare = name.hasPrefix("ducklake_") ? String(name.dropFirst("ducklake_".count)) : name
    if readingFunctions.contains(bare) { return .read }
    if bare == "set_commit_message" { return .session }
    if writingFunctions.contains(bare) { return .write }
    throw LakeError(
      .refused, "CALL \(name) is not for scripts", hint: "See tarn lake --help for options and upkeep.",
      position: position(tokens[open - 1]))
  }

  private static func checkPragma(_ tokens: [SQLToken]) throws(LakeError) {
    let name = tokens.count > 1 ? tokens[1].value.lowercased() : ""
    guard allowedPragmas.contains(name), !tokens.contains(where: { $0.text == "=" }) else {
      throw LakeError(
        .refused, "PRAGMA \(name) is not for scripts",
        hint: "Allowed: \(allowedPragmas.sorted().joined(separator: ", ")).", position: position(tokens[0]))
    }
  }

  private static func setRefused(_ tokens: [SQLToken]) -> LakeError {
    let name = tokens.dropFirst().first { !["session", "global", "local"].contains($0.value.lowercased()) }
    let hint =
      switch name?.value.lowercased() {
      case "timezone", "time": "The time zone is UTC; write AT TIME ZONE where another is needed."
      case "memory_limit", "max_memory", "threads": "Set limits in tarn.yaml, or by --memory and --timeout."
      case "search_path", "schema": "Write USE alias or USE alias.schema."
      default: "SET VARIABLE name = value is allowed; settings of the engine are fixed."
      }
    return LakeError(
      .refused, "\(tokens[0].value.uppercased()) \(name?.value ?? "") is not for scripts", hint: hint,
      position: position(tokens[0]))
  }

  private static func refused(_ token: SQLToken, _ verb: String) -> LakeError {
    LakeError(
      .refused, verb.isEmpty ? "this is no statement: \(token.text)" : "\(verb) is not for scripts",
      position: position(token))
  }

  // MARK: Names and functions

  private static func refuseHiddenDatabases(_ tokens: [SQLToken]) throws(LakeError) {
    for token in tokens where token.kind != .number && token.kind != .symbol {
      if token.value.lowercased().contains("__ducklake_metadata") {
        throw LakeError(
          .refused, "the catalog's own tables are not for scripts",
          hint: "Use dl.snapshots(), ducklake_table_info('dl') and tarn lake info.", position: position(token))
      }
    }
    for (token, next) in zip(tokens, tokens.dropFirst()) where token.isIdentifier("memory") && next.text == "." {
      throw LakeError(
        .refused, "tables in database memory would be seen by other sessions",
        hint: "Write CREATE TEMP TABLE.", position: position(token))
    }
  }

  private static func refuseFunctions(_ tokens: [SQLToken]) throws(LakeError) {
    let isCall = tokens.first?.isWord("call") == true
    for (token, next) in zip(tokens, tokens.dropFirst()) where next.text == "(" {
      guard token.kind == .word || token.kind == .quotedIdentifier else { continue }
      let name = token.value.lowercased()
      let isForeign = ["sqlite_", "postgres_", "mysql_"].contains { name.hasPrefix($0) }
      if isForeign || refusedFunctions.contains(name) {
        throw LakeError(.refused, "function \(name) is not for scripts", position: position(token))
      }
      let bare = name.hasPrefix("ducklake_") ? String(name.dropFirst("ducklake_".count)) : name
      let isUpkeep = name.hasPrefix("ducklake_") && !readingFunctions.contains(bare)
      if isUpkeep || bare == "set_option", !isCall {
        throw LakeError(
          .refused, "function \(name) is not for queries", hint: "See tarn lake --help.", position: position(token))
      }
    }
  }

  /// Functions that run text as SQL, show secrets, or reach files past the engine's own check.
  private static let refusedFunctions: Set<String> = [
    "query", "query_table", "json_execute_serialized_sql", "duckdb_secrets", "which_secret", "getenv",
    "load_aws_credentials", "enable_logging", "disable_logging", "duckdb_logs", "duckdb_logs_parsed",
    "duckdb_log_contexts", "ducklake_commit", "ducklake_scan", "ducklake_set_option", "iceberg_to_ducklake",
  ]
  private static let readingFunctions: Set<String> = [
    "snapshots", "current_snapshot", "last_committed_snapshot", "table_info", "table_changes",
    "table_insertions", "table_deletions", "list_files", "options", "settings",
  ]
  private static let writingFunctions: Set<String> = [
    "flush_inlined_data", "merge_adjacent_files", "rewrite_data_files", "add_data_files",
  ]
  private static let allowedPragmas: Set<String> = [
    "table_info", "show_tables", "show_tables_expanded", "version", "database_size", "show",
    "show_databases", "functions", "collations", "metadata_info",
  ]

  // MARK: Helpers

  /// The words outside parentheses, in lower case.
  private static func topLevelWords(_ tokens: [SQLToken]) -> [String] {
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

  private static func position(_ token: SQLToken) -> SourcePosition {
    SourcePosition(line: token.line, column: token.column)
  }
}
