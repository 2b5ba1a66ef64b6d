import DuckDB
import SQLText
import Synchronization
import Terminal

/// An engine over an in-memory database, for sessions in tests.
final class MemoryEngine: ReplEngine {
  let connection: Connection
  private let current = Mutex("dl")
  private let run: AsyncStream<String>.Continuation
  /// The statements, as they begin.
  let statements: AsyncStream<String>

  init(_ setup: String...) async throws {
    connection = try await Database.open().connect()
    (statements, run) = AsyncStream.makeStream()
    for statement in setup { try await connection.execute(statement) }
  }

  func run(_ statement: SQLStatement, receive: (ReplRows) throws -> ReplDemand) async throws -> ReplOutcome {
    run.yield(statement.text)
    let first = statement.tokens[0]
    if first.isWord("create") {
      try await connection.execute(statement.text)
      return ReplOutcome(changedCatalog: true)
    }
    if first.isWord("insert") {
      return ReplOutcome(changedRows: try await connection.query(statement.text).changedRows)
    }
    let result = try await connection.query(statement.text)
    _ = try receive(.columns(result.columns))
    for chunk in result.chunks where try receive(.chunk(chunk)) == .enough { break }
    return ReplOutcome()
  }

  func export(_ statement: SQLStatement, toParquet path: String) async throws -> ReplOutcome {
    let copy = "COPY (\(statement.text)) TO \(SQLLiteral.string(path)) (FORMAT parquet)"
    return ReplOutcome(changedRows: try await connection.query(copy).changedRows)
  }

  func tables(matching pattern: String?) async throws -> [ReplTable] {
    let result = try await connection.query(
      "SELECT table_name, column_count FROM duckdb_tables() WHERE table_name LIKE $1 ORDER BY 1",
      parameters: [pattern ?? "%"])
    return result.rows.map {
      ReplTable(
        schema: "main", name: $0[0].stringValue ?? "", kind: "table", columnCount: $0[1].intValue ?? 0)
    }
  }

  func schema(of table: String?) async throws -> [String] {
    try await connection.query("SELECT sql FROM duckdb_tables() ORDER BY 1").values("sql")?
      .compactMap(\.stringValue) ?? []
  }

  func snapshots() async throws -> [ReplSnapshot] {
    [ReplSnapshot(id: 3, time: "2026-11-20 06:00:00", changes: "inserted into orders", author: "ada")]
  }

  func lakes() async throws -> [ReplLake] {
    [ReplLake(name: "main", alias: "dl", catalog: "sqlite", storage: "lakes/main", isCurrent: true)]
  }

  func use(_ lake: String) async throws {
    guard ["main", "archive"].contains(lake) else {
      throw DuckDBError(kind: .catalog, message: "there is no lake \(lake)")
    }
    current.withLock { $0 = lake == "main" ? "dl" : lake }
  }

  func catalogNames() async throws -> CatalogNames {
    let result = try await connection.query(
      "SELECT table_name, list(column_name ORDER BY column_index)::VARCHAR FROM duckdb_columns() "
        + "WHERE NOT internal GROUP BY 1")
    return CatalogNames(
      tables: result.rows.map { row in
        let columns = (row[1].stringValue ?? "").dropFirst().dropLast().split(separator: ", ").map(
          String.init)
        return CatalogNames.Table(name: row[0].stringValue ?? "", columns: columns)
      }, lakes: ["dl", "archive"], functions: ["sum", "substr"], currentLake: current.withLock { $0 })
  }

  func cancel() { connection.interrupt() }
}

/// Lines from an array, as if a file or a person gave them.
final class ScriptedLines: LineSource {
  let isInteractive: Bool
  private(set) var prompts: [String] = []
  private(set) var remembered: [String] = []
  private var inputs: [LineInput]

  init(_ inputs: [LineInput], isInteractive: Bool) {
    self.inputs = inputs
    self.isInteractive = isInteractive
  }

  convenience init(_ text: String, isInteractive: Bool = false) {
    self.init(
      text.split(separator: "\n", omittingEmptySubsequences: false).map { .line(String($0)) },
      isInteractive: isInteractive)
  }

  func readLine(prompt: Prompt, preceding: String) async throws -> LineInput {
    prompts.append(prompt.text)
    return inputs.isEmpty ? .end : inputs.removeFirst()
  }

  func remember(_ entry: String) { remembered.append(entry) }
}
