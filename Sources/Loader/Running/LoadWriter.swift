import DuckDB
import Foundation
import Lake
import SQLText

/// The turn of a load: tables, rows and books in one transaction, which is as short as it can be.
struct LoadWriter: Sendable {
  let run: LoadRun
  let input: LoadRun.Input
  let plan: LoadPlan
  let state: DatasetState
  let prepared: PreparedLoad

  private var session: EngineSession { run.session }
  private var lake: Lake { run.lake }
  private var dataset: String { run.load.dataset }
  private var schemas: SchemaStatements {
    SchemaStatements(lake: lake.sqlName, dataset: dataset, present: state)
  }

  /// The lake has changed since the load was planned.
  struct IsStale: Error {}

  /// Whether an error leaves nothing behind, and another attempt may go better.
  static func mayTryAgain(_ error: any Error) -> Bool {
    error is IsStale || (error as? LakeError)?.code == .conflict
  }

  /// - Returns: what was done, and the dataset as it is now; nil when that has to be read.
  func write() async throws -> (LoadSummary, DatasetState?) {
    var summary = LoadSummary(
      loadID: run.package.id, skippedFiles: input.skipped, rejectedRows: input.badRows)
    summary.notices = plan.collisions.map(\.notice)
    if let snapshot = try await session.begin(key: run.package.key) {
      summary.snapshot = snapshot
      summary.isRepeat = true
      return (summary, nil)
    }
    if run.package.isResumed {
      for table in plan.tables where !table.isLeftOut {
        try await session.discardOwn(
          marked: run.package.mark, for: (dataset, table.name), of: lake, but: Array(prepared.staged.values))
      }
    }
    try await requireFreshness()
    var schema = plan.schema
    schema[SystemTables.stateName] = schema.table(SystemTables.stateName) ?? SystemTables.state
    schema.bump()
    summary.schemaChanges = try await makeTables(schema)
    summary.tables = try await writeRows()
    if input.badRows > 0 { try await setAside() }
    let pipelineState = try await keepBooks(schema)
    try await session.setCommitMessage(message(summary))
    try await session.commit()
    let snapshot = try await session.lastCommit(of: lake.name)
    summary.snapshot = snapshot
    return (summary, stateAfter(snapshot, schema, pipelineState))
  }

  private func stateAfter(_ snapshot: Int64?, _ schema: StoredSchema, _ pipelineState: PipelineState)
    -> DatasetState
  {
    var tables = state.tables
    for table in schema.tables where !schemas.newColumns(of: table).isEmpty {
      // Others' tables of the schema have been made when they were loaded.
      guard madeTables(of: schema).contains(table.name) else { continue }
      let isNew = tables[table.name] == nil
      tables[table.name, default: []] += schemas.newColumns(of: table).map {
        LakeColumn(name: $0.name, type: $0.sqlType ?? "VARCHAR", isNullable: !isNew || $0.isNullable)
      }
    }
    return DatasetState(
      snapshot: snapshot, hasDataset: true, tables: tables, schema: schema, state: pipelineState)
  }

  private func madeTables(of schema: StoredSchema) -> [String] {
    [SystemTables.versionName, SystemTables.loadsName, SystemTables.stateName]
      + plan.schema.chain(of: run.rootName).map(\.name)
  }

  private func requireFreshness() async throws {
    guard try await session.snapshot(of: lake) != state.snapshot else { return }
    let present = try await run.readState()
    let names = plan.schema.chain(of: run.rootName).map(\.name)
    guard state.isAsGood(as: present, for: names) else { throw IsStale() }
  }

  private func makeTables(_ schema: StoredSchema) async throws -> [SchemaChange] {
    var changes: [SchemaChange] = []
    if let statement = schemas.makeDataset { try await define(statement) }
    let own = [SystemTables.versionName, SystemTables.loadsName, SystemTables.stateName]
    for name in madeTables(of: schema) {
      guard let table = schema.table(name) else { continue }
      for statement in schemas.make(table, before: state.schema?.table(name)) { try await define(statement) }
      guard !own.contains(name) else { continue }
      let new = schemas.newColumns(of: table)
      if state.tables[name] == nil, !new.isEmpty { changes.append(SchemaChange(table: name)) }
      changes += new.map { SchemaChange(table: name, column: $0.name, type: $0.sqlType) }
    }
    return changes
  }

  private func define(_ statement: String) async throws {
    _ = try await session.write(statement, to: nil, changesDefinitions: true)
  }

  // MARK: Rows

  private func writeRows() async throws -> [LoadSummary.TableSummary] {
    let written = plan.tables.enumerated().compactMap { index, table -> LoadSummary.TableSummary? in
      guard !table.isLeftOut, let count = prepared.rowCounts[index], count > 0 || table.isRoot else {
        return nil
      }
      return .init(name: table.name, rows: count)
    }
    switch run.load.writeDisposition {
    case .skip: return []
    case .merge:
      for statement in prepared.merge?.write ?? [] {
        _ = try await session.write(statement.sql, to: [dataset, statement.table])
      }
    case .replace:
      for table in plan.schema.chain(of: run.rootName) where state.tables[table.name] != nil {
        _ = try await session.write("DELETE FROM \(schemas.name(table.name))", to: [dataset, table.name])
      }
      try await insertAll()
    case .append: try await insertAll()
    }
    return written
  }

  private func insertAll() async throws {
    if prepared.isReadInTurn, let root = plan.tables.first, (prepared.rowCounts[0] ?? 0) > 0 {
      let columns = schemas.columns(of: plan.schema.table(root.name) ?? root.schema)
      _ = try await session.write(
        "INSERT INTO \(schemas.name(root.name)) BY NAME \(plan.statements.directSelect(columns))",
        to: [dataset, root.name])
      return
    }
    for (index, table) in plan.tables.enumerated()
    where !table.isLeftOut && (prepared.rowCounts[index] ?? 0) > 0 {
      if let staged = prepared.staged[index] {
        try await session.adopt(staged, into: (dataset, table.name), of: lake)
      } else {
        let columns = schemas.columns(of: plan.schema.table(table.name) ?? table.schema)
        _ = try await session.write(
          "INSERT INTO \(schemas.name(table.name)) BY NAME \(plan.statements.select(index, columns))",
          to: [dataset, table.name])
      }
    }
  }

  // MARK: Books

  private func keepBooks(_ schema: StoredSchema) async throws -> PipelineState {
    if schema.versionHash != state.schema?.versionHash {
      try await insert(
        [
          "\(schema.version)", "\(StoredSchema.engineVersion)", "now()", SQLLiteral.string(schema.name),
          SQLLiteral.string(schema.versionHash), SQLLiteral.string(schema.text),
        ], into: SystemTables.version)
    }
    var pipelineState = state.state ?? PipelineState(pipeline: run.pipeline, dataset: dataset)
    pipelineState.add(schema: schema.name)
    if run.load.incremental != nil { remember(&pipelineState) }
    if pipelineState.bump() {
      try await insert(
        [
          "\(pipelineState.version)", "\(PipelineState.engineVersion)", SQLLiteral.string(run.pipeline),
          SQLLiteral.string(try pipelineState.stored), "now()", SQLLiteral.string(pipelineState.versionHash),
          SQLLiteral.string(run.package.id), SQLLiteral.string(RowID.random()),
        ], into: SystemTables.state)
    }
    try await insert(
      [
        SQLLiteral.string(run.package.id), SQLLiteral.string(schema.name), "0", "now()",
        SQLLiteral.string(schema.versionHash),
      ], into: SystemTables.loads)
    return pipelineState
  }

  /// Notes where the load has come to.
  private func remember(_ pipelineState: inout PipelineState) {
    var memory = pipelineState[run.schemaName, run.rootName] ?? JSONObject()
    if let path = run.load.incremental?.cursorPath, let cursor = prepared.cursor {
      var cursors = memory["incremental"]?.object ?? JSONObject()
      cursors[path] = .object(cursor)
      memory["incremental"] = .object(cursors)
    }
    var files = memory["tarn_files"]?.object ?? JSONObject()
    for file in input.files { files[file.name] = file.memory }
    memory["tarn_files"] = .object(files)
    pipelineState[run.schemaName, run.rootName] = memory
  }

  /// Keeps the lines that could not be read.
  private func setAside() async throws {
    guard let source = input.source else { return }
    let table = "_rejects"
    try await define(
      """
      CREATE TABLE IF NOT EXISTS \(schemas.name(table)) \
      (load_id VARCHAR, table_name VARCHAR, file VARCHAR, line BIGINT, reason VARCHAR, content VARCHAR)
      """)
    _ = try await session.write(
      """
      INSERT INTO \(schemas.name(table)) SELECT \(SQLLiteral.string(run.package.id)), \
      \(SQLLiteral.string(run.rootName)), file, line, 'no valid JSON', content FROM (\(source.badRows))
      """, to: [dataset, table])
  }

  private func insert(_ values: [String], into table: TableSchema) async throws {
    let columns = table.columns.map { SQLIdentifier.quote($0.name) }.joined(separator: ", ")
    _ = try await session.write(
      "INSERT INTO \(schemas.name(table.name)) (\(columns)) VALUES (\(values.joined(separator: ", ")))",
      to: [dataset, table.name])
  }

  private func message(_ summary: LoadSummary) -> CommitMessage {
    let rows = summary.tables.map { "\($0.name) (\($0.rows))" }.joined(separator: ", ")
    let extra = JSONValue.object(
      JSONObject(pairs: ["load": .string(run.package.id), "schema": .string(plan.schema.name)]))
    return CommitMessage(
      author: "tarn load", text: "load \(run.package.id) into \(dataset): \(rows)", extraInfo: extra.text)
  }
}
