import DuckDB
import Foundation
import Lake
import LakeSettings
import Runtimes
import SQLText
import Scripts
import Synchronization
import Terminal
import Workspaces

/// `tarn sql` on a terminal.
struct SQLPrompt {
  let engine: Engine
  let workspace: OpenWorkspace
  let lake: LakeName?

  func run() async throws {
    let session = try await engine.session(current: lake)
    let names = NameCache()
    let history = workspace.workspace.privateFolder + "/history"
    let editor = LineEditor(LineEditor.Configuration(historyPath: history), completer: names.completer)
    let repl = ReplSession(
      engine: PromptEngine(engine: engine, session: session, lake: lake), lines: editor, names: names,
      settings: ReplSession.Settings(showsTime: true))
    let ending = try await repl.run()
    await session.close()
    if ending == .failed { throw CommandFailure.told }
  }
}

/// Runs a prompt's statements in one session.
final class PromptEngine: ReplEngine {
  private let engine: Engine
  private let session: EngineSession
  private let current: Mutex<LakeName?>
  private let running = Mutex<Task<Void, any Error>?>(nil)

  init(engine: Engine, session: EngineSession, lake: LakeName?) {
    self.engine = engine
    self.session = session
    current = Mutex(lake)
  }

  func run(_ statement: SQLStatement, receive: (ReplRows) throws -> ReplDemand) async throws -> ReplOutcome {
    let script = try SQLScript.parse(statement.text, path: "statement")
    guard let parsed = script.statements.first else { return ReplOutcome() }
    if try await changeNames(parsed) { return ReplOutcome(changedCatalog: true) }
    let pipe = RowPipe()
    let work = Task { [session] in
      do {
        try await session.stream(
          statement, header: { try await pipe.put(.columns($0)) }, body: { try await pipe.put(.chunk($0)) })
        await pipe.finish(nil)
      } catch {
        await pipe.finish(error)
        throw error
      }
    }
    running.withLock { $0 = work }
    defer { running.withLock { $0 = nil } }
    var columns: [Column] = []
    var changed: Int?
    while let rows = try await pipe.next() {
      if case .columns(let found) = rows { columns = found }
      if Self.isCount(columns), Self.changesRows(statement) {
        if case .chunk(let chunk) = rows { changed = chunk.value(row: 0, column: 0).intValue }
        continue
      }
      if try receive(rows) == .enough {
        work.cancel()
        break
      }
    }
    return ReplOutcome(changedRows: changed, changedCatalog: Self.changesCatalog(statement))
  }

  func export(_ statement: SQLStatement, toParquet path: String) async throws -> ReplOutcome {
    let copy = "COPY (\(statement.text)) TO \(SQLLiteral.string(path)) (FORMAT parquet)"
    let result = try await session.run(try SQLStatements.split(copy)[0])
    return ReplOutcome(changedRows: result.changedRows)
  }

  func tables(matching pattern: String?) async throws -> [ReplTable] {
    let tables = try await lake().tables()
    let named = tables.map {
      ReplTable(
        schema: $0.schema, name: $0.name, kind: $0.kind, columnCount: Int($0.columnCount),
        rowCount: $0.rows.map(Int.init))
    }
    guard let pattern else { return named }
    let matching: [String] = try await lake().query(
      "SELECT name FROM (SELECT unnest(\(named.map(\.name))::VARCHAR[]) AS name) WHERE name ILIKE \(pattern)"
    ).result().rows.compactMap { $0[0].stringValue }
    return named.filter { matching.contains($0.name) }
  }

  func schema(of table: String?) async throws -> [String] {
    let alias = try currentLake().catalogAlias
    let (schema, name) = table.map(TableArgument.split) ?? ("main", "")
    let result = try await lake().query(
      """
      SELECT sql FROM (
        SELECT schema_name, table_name, sql FROM duckdb_tables() WHERE database_name = \(alias)
        UNION ALL
        SELECT schema_name, view_name, sql FROM duckdb_views() WHERE database_name = \(alias) AND NOT internal
      ) WHERE \(table == nil) OR (lower(table_name) = lower(\(name)) AND lower(schema_name) = lower(\(schema)))
      ORDER BY schema_name, table_name
      """
    ).result()
    let statements = result.rows.compactMap { $0[0].stringValue }
    guard statements.isEmpty, let table else { return statements }
    let names = try await lake().tables().map { $0.schema == "main" ? $0.name : "\($0.schema).\($0.name)" }
    let near = NearestName.suggestion(for: table, among: names)
    throw LakeError(.notFound, "there is no table '\(table)'", hint: near.map { "Did you mean '\($0)'?" })
  }

  func snapshots() async throws -> [ReplSnapshot] {
    try await lake().snapshots().reversed().map { snapshot in
      ReplSnapshot(
        id: snapshot.id, time: snapshot.time.formatted(.iso8601), changes: SnapshotText.changes(snapshot),
        author: snapshot.author, message: snapshot.message)
    }
  }

  func lakes() async throws -> [ReplLake] {
    let current = self.current.withLock { $0 }
    return engine.configurations.map { lake in
      ReplLake(
        name: lake.name.text, alias: lake.name.catalogAlias, catalog: lake.catalog.kind,
        storage: lake.storage.dataPath, isCurrent: lake.name == current)
    }
  }

  func use(_ lake: String) async throws {
    guard
      let found = engine.configurations.first(where: { $0.name.text == lake || $0.name.catalogAlias == lake })
    else {
      throw LakeError(unknown: lake, among: engine.configurations)
    }
    try await session.use(lake: found.name)
    current.withLock { $0 = found.name }
  }

  func catalogNames() async throws -> CatalogNames {
    let lake = try await lake()
    let columns = try await lake.columns()
    var tables: [CatalogNames.Table] = []
    for column in columns {
      if tables.last?.name == column.table, tables.last?.schema == column.schema {
        tables[tables.count - 1].columns.append(column.name)
      } else {
        tables.append(
          CatalogNames.Table(
            lake: lake.name.catalogAlias, schema: column.schema, name: column.table, columns: [column.name]))
      }
    }
    let functions = try await lake.query(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_name ~ '^[a-z][a-z0-9_]*$' ORDER BY 1"
    ).result().rows.compactMap { $0[0].stringValue }
    return CatalogNames(
      tables: tables, schemas: Array(Set(tables.map(\.schema))).sorted(),
      lakes: engine.configurations.map(\.name.catalogAlias), functions: functions,
      currentLake: lake.name.catalogAlias)
  }

  func progress() -> Double? { session.progress.percentage.map { $0 / 100 } }

  func cancel() { running.withLock { $0?.cancel() } }

  func describe(_ error: any Error) -> ReplFailure {
    switch error {
    case let error as LakeError:
      ReplFailure(
        message: error.message, hint: error.hint,
        position: error.position.map { ReplFailure.Position(line: $0.line, column: $0.column) })
    case is CancellationError: ReplFailure(message: "interrupted")
    default: ReplFailure(error)
    }
  }

  // MARK: Helpers

  private func currentLake() throws -> LakeName {
    guard let name = current.withLock({ $0 }) else {
      throw LakeError(.notFound, "no lake is current", hint: "Choose one with .use LAKE.")
    }
    return name
  }

  private func lake() async throws -> Lake { try await engine.lake(try currentLake()) }

  /// ATTACH, USE and DETACH of lakes change the session's names only.
  private func changeNames(_ statement: ScriptStatement) async throws -> Bool {
    switch statement.kind {
    case .attachLake(let lake, let alias, _): try await session.attach(lake: lake, as: alias)
    case .attachDataTable(let table, let alias):
      try await session.attach(
        dataTable: table.name, role: table.role, schema: table.schema, readOnly: table.isReadOnly, as: alias)
    case .use(let alias, let schema):
      try await session.use(alias: alias, schema: schema)
      if let name = await session.currentLakeName { current.withLock { $0 = name } }
    case .detach(let alias, _): try await session.detach(alias)
    case .other: return false
    }
    return true
  }

  private static func isCount(_ columns: [Column]) -> Bool {
    columns.count == 1 && columns[0].name == "Count"
  }

  private static func changesRows(_ statement: SQLStatement) -> Bool {
    statement.tokens.contains { token in
      ["insert", "update", "delete", "merge", "create", "copy", "truncate"].contains(where: token.isWord)
    }
  }

  private static func changesCatalog(_ statement: SQLStatement) -> Bool {
    statement.tokens.first.map { token in
      ["create", "drop", "alter", "rollback", "comment"].contains(where: token.isWord)
    } ?? false
  }
}

/// Hands rows from the engine to the prompt, one piece at a time.
private actor RowPipe {
  private var piece: ReplRows?
  private var ending: Result<Void, any Error>?
  private var producer: CheckedContinuation<Void, any Error>?
  private var consumer: CheckedContinuation<Void, Never>?

  /// Waits until the piece has been taken.
  func put(_ rows: ReplRows) async throws {
    piece = rows
    consumer?.resume()
    consumer = nil
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        if Task.isCancelled {
          continuation.resume(throwing: CancellationError())
        } else {
          producer = continuation
        }
      }
    } onCancel: {
      Task { await self.abandon() }
    }
  }

  func finish(_ error: (any Error)?) {
    ending = error.map { .failure($0) } ?? .success(())
    consumer?.resume()
    consumer = nil
  }

  /// The next piece; nil at the end.
  func next() async throws -> ReplRows? {
    if let rows = take() { return rows }
    if ending == nil {
      await withCheckedContinuation { consumer = $0 }
    }
    if let rows = take() { return rows }
    try ending?.get()
    return nil
  }

  private func take() -> ReplRows? {
    guard let rows = piece else { return nil }
    piece = nil
    producer?.resume()
    producer = nil
    return rows
  }

  private func abandon() {
    producer?.resume(throwing: CancellationError())
    producer = nil
  }
}
