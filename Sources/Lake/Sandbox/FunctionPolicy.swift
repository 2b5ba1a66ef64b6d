import SQLText

/// Which of the engine's functions scripts may call.
///
/// A function that is in none of these lists is a plain one: it computes, or reads files by the engine's own
/// checked way. A test holds these lists against all functions of the pinned engine and its extensions, so
/// that none comes in unnoticed.
enum FunctionPolicy {
  /// Refuses statements that call a function which is not for scripts.
  ///
  /// - Throws: ``LakeError`` with code `refused`.
  static func check(_ tokens: [SQLToken]) throws(LakeError) {
    let isCall = tokens.first?.isWord("call") == true
    let creates = tokens.first?.isWord("create") == true
    for index in tokens.indices.dropLast() where tokens[index + 1].text == "(" {
      let token = tokens[index]
      guard token.kind == .word || token.kind == .quotedIdentifier else { continue }
      let name = token.value.lowercased()
      guard reason(name, isCall: isCall) != nil else { continue }
      guard !namesTable(at: index, in: tokens, creates: creates) else { continue }
      throw LakeError(
        .refused, "function \(name) is not for scripts", hint: reason(name, isCall: isCall),
        position: StatementPolicy.position(token))
    }
  }

  /// Whether text that is no statement of its own, such as a stored view's, calls a refused function.
  static func refuses(_ tokens: [SQLToken]) -> Bool {
    do {
      try check(tokens)
      return tokens.contains { $0.value.lowercased().contains("__ducklake_metadata") }
    } catch { return true }
  }

  /// What `CALL name(…)` does; nil when it is not for scripts.
  static func effectOfCall(_ name: String) -> StatementPolicy.Effect? {
    let bare = bareName(name)
    if reading.contains(bare) || inspecting.contains(name) { return .read }
    if bare == "set_commit_message" { return .session }
    return writing.contains(name) ? .write : nil
  }

  private static func reason(_ name: String, isCall: Bool) -> String? {
    if let group = refused.first(where: { $0.names.contains(name) }) { return group.hint }
    if isCall { return nil }
    let isUpkeep = name.hasPrefix("ducklake_") && !reading.contains(bareName(name))
    return isUpkeep || name == "set_option" ? "See tarn lake --help for options and upkeep." : nil
  }

  /// `INSERT INTO query (…)`, `CREATE TABLE query (…)`, `WITH query (…) AS`: a table of that name with its columns.
  private static func namesTable(at index: Int, in tokens: [SQLToken], creates: Bool) -> Bool {
    var start = index
    while start >= 2, tokens[start - 1].text == "." { start -= 2 }
    guard start > 0 else { return false }
    let previous = tokens[start - 1]
    if previous.isWord("into") { return true }
    let defines = previous.isWord("table") || previous.isWord("exists") || previous.isWord("view")
    return creates && defines && start <= 7
  }

  private static func bareName(_ name: String) -> String {
    name.hasPrefix("ducklake_") ? String(name.dropFirst("ducklake_".count)) : name
  }

  /// Functions of a lake that only look.
  static let reading: Set<String> = [
    "snapshots", "current_snapshot", "last_committed_snapshot", "table_info", "table_changes",
    "table_insertions", "table_deletions", "list_files", "options", "settings",
  ]
  /// Functions that CALL may name to change a lake. Merging is not among them: it spoils DuckLake's cache of earlier versions
  /// (``Lake/loadSchemaVersions(of:except:)``).
  static let writing: Set<String> = [
    "ducklake_flush_inlined_data", "ducklake_add_data_files",
  ]
  /// Functions that CALL may name to look at the engine.
  static let inspecting: Set<String> = [
    "pragma_version", "pragma_table_info", "pragma_show", "pragma_database_size", "pragma_collations",
    "pragma_platform",
  ]

  /// Functions that are refused, with what to do instead.
  static let refused: [(names: Set<String>, hint: String)] = [
    (
      ["query", "query_table", "json_execute_serialized_sql"],
      "It runs text as SQL unseen; write the query itself, or a macro."
    ),
    (
      [
        "postgres_scan", "postgres_scan_pushdown", "postgres_query", "postgres_execute", "postgres_attach",
        "postgres_configure_pool", "pg_clear_cache", "read_postgres_binary",
      ],
      "Attach a data table and name its tables, or write a script in postgresql."
    ),
    (
      [
        "sqlite_scan", "sqlite_query", "sqlite_attach", "mysql_scan", "mysql_query", "mysql_execute",
        "mysql_clear_cache",
        "iceberg_to_ducklake", "read_duckdb",
      ],
      "It reaches databases outside the workspace's lakes; load the data as files listed under files: in tarn.yaml."
    ),
    (
      ["duckdb_secrets", "which_secret", "load_aws_credentials", "getenv"],
      "Credentials are not for scripts."
    ),
    (
      [
        "enable_logging", "disable_logging", "truncate_duckdb_logs", "duckdb_logs", "duckdb_logs_parsed",
        "duckdb_log_contexts", "enable_profiling", "disable_profiling", "write_log",
      ],
      "Logs and profiles of the engine show other sessions' work; EXPLAIN ANALYZE shows this statement's."
    ),
    (
      [
        "checkpoint", "force_checkpoint", "ducklake_commit", "ducklake_scan", "ducklake_set_option",
        "arrow_scan",
        "arrow_scan_dumb", "pandas_scan", "python_map_function", "seq_scan", "duckdb_prepared_statements",
      ],
      "It works on the engine's insides; see tarn lake --help for upkeep."
    ),
  ]
}
