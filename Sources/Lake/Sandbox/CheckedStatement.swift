import DuckDB
import LakeSettings
import SQLText

/// One statement that may run: what it does, which lakes it names, and its text for the engine.
struct CheckedStatement: Sendable {
  let effect: StatementPolicy.Effect
  /// The statement with the engine's names and absolute paths.
  let text: String
  /// The lakes that it names.
  let lakes: Set<LakeName>
  /// The lake that it changes, when it says which; nil for the current one.
  let changedLake: LakeName?
  /// The data tables that it names.
  let dataTables: Set<SessionDataTable>
  /// The data table that it changes, when it says which.
  let changedDataTable: SessionDataTable?
  /// The table that it changes, as it names it.
  let target: StatementTarget?
  /// The names and words in it, in lower case.
  let words: Set<String>
  /// Whether it asks for the time, which stands still in a transaction.
  let usesClock: Bool
  /// Whether it looks at all catalogs of the engine.
  let looksAround: Bool
  /// Whether DuckDB makes several statements of it.
  let isPivot: Bool
  /// Whether it is EXPLAIN, which may explain a change; that is refused in a transaction that only reads.
  let isExplanation: Bool
  /// Whether it may make or drop views and macros.
  let changesDefinitions: Bool
  /// Whether it leaves all tables as they are, but for their rows.
  let changesRowsOnly: Bool

  /// Checks a statement.
  ///
  /// - Throws: ``LakeError`` with code `refused` and the place in the statement's script.
  init(
    _ statement: SQLStatement, aliases: CatalogAliases, files: StatementFiles, parameters: [String: Value]
  ) throws(LakeError) {
    let tokens = statement.tokens
    effect = try StatementPolicy.effect(of: tokens)
    try files.check(tokens, parameters: parameters)
    let references = try aliases.references(in: tokens)
    let renamed = references.compactMap { reference in
      reference.replacement.map { (token: reference.token, text: $0) }
    }
    text = StatementEdits.replacing(renamed + (try files.changes(in: tokens)), in: statement)
    lakes = Set(references.compactMap(\.lake))
    dataTables = Set(references.compactMap(\.dataTable))
    target = StatementTarget.of(tokens)
    let place = target?.parts.first?.utf8Offset
    let changed = target?.qualifier == nil ? nil : references.first { $0.token.utf8Offset == place }
    changedLake = changed?.lake
    changedDataTable = changed?.dataTable
    words = Set(
      tokens.lazy.filter { $0.kind == .word || $0.kind == .quotedIdentifier }.map { $0.value.lowercased() })
    usesClock = ClockWords.isAsked(in: tokens)
    looksAround =
      ["show", "pragma", "call"].contains(where: tokens[0].isWord)
      || words.contains {
        $0.hasPrefix("duckdb_") || $0.hasPrefix("pg_") || $0 == "information_schema" || $0 == "sqlite_master"
      }
    isExplanation = tokens[0].isWord("explain")
    isPivot = words.contains { $0.hasPrefix("pivot") || $0 == "unpivot" }
    // Views and macros are made, changed and renamed by statements that say so.
    changesDefinitions = !words.isDisjoint(with: ["view", "macro", "function"])
    changesRowsOnly = ["insert", "update", "delete", "merge", "truncate"].contains(where: tokens[0].isWord)
    if tokens[0].isWord("create") || tokens[0].isWord("alter") { try Self.refuseUnsafeTypes(tokens) }
  }

  /// DuckLake 1.0 takes a TIME_NS column while its rows are inlined, and then brings the whole engine down when it
  /// has to write them to Parquet.
  private static func refuseUnsafeTypes(_ tokens: [SQLToken]) throws(LakeError) {
    guard let type = tokens.first(where: { $0.isWord("time_ns") }) else { return }
    throw LakeError(
      .refused, "a lake cannot store type TIME_NS", hint: "Use TIME, which counts microseconds.",
      position: StatementPolicy.position(type))
  }
}

/// Which texts ask for the present time.
enum ClockWords {
  static func isAsked(in tokens: [SQLToken]) -> Bool {
    tokens.indices.contains { index in
      let name = tokens[index].value.lowercased()
      switch tokens[index].kind {
      case .string: return words.contains(name.filter { $0 != " " })
      case .word where bare.contains(name): return true
      case .word, .quotedIdentifier:
        return functions.contains(name) && index + 1 < tokens.count && tokens[index + 1].text == "("
      default: return false
      }
    }
  }

  private static let bare: Set<String> = [
    "current_timestamp", "current_date", "current_time", "localtime", "localtimestamp",
  ]
  private static let functions: Set<String> = [
    "now", "today", "age", "get_current_timestamp", "get_current_time", "transaction_timestamp",
    "txid_current",
    "current_localtime", "current_localtimestamp", "current_timestamp", "current_date", "current_time",
  ]
  /// Texts that casts to dates and times may read as the present.
  private static let words: Set<String> = ["now", "today", "yesterday", "tomorrow"]
}
