import DuckDB
import Foundation
import Lake
import SQLText

/// What one load of a package does in the package's turn: its tables and its rows.
struct LoadWriter: Sendable {
  let run: LoadRun
  let input: LoadRun.Input
  let plan: LoadPlan
  let state: DatasetState
  let prepared: PreparedLoad

  private var session: EngineSession { run.session }
  private var dataset: String { run.load.dataset }
  private var schemas: SchemaStatements {
    SchemaStatements(lake: run.lake.sqlName, dataset: dataset, present: state)
  }

  /// The names of the load's tables, the root first.
  func tableNames(in schema: StoredSchema) -> [String] { schema.chain(of: run.rootName).map(\.name) }

  /// Makes the load's tables as a schema describes them.
  func makeTables(_ schema: StoredSchema) async throws -> [SchemaChange] {
    var changes: [SchemaChange] = []
    for name in tableNames(in: schema) {
      guard let table = schema.table(name) else { continue }
      for statement in schemas.make(table, before: state.schema?.table(name)) { try await define(statement) }
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

  /// Writes the rows.
  func writeRows() async throws -> [LoadSummary.TableSummary] {
    let written = plan.tables.enumerated().compactMap { index, table -> LoadSummary.TableSummary? in
      guard !table.isLeftOut, let count = prepared.rowCounts[index], count > 0 || table.isRoot else {
        return nil
      }
      return .init(name: table.name, rows: count)
    }
    switch run.load.writeDisposition {
    case .skip: return []
    case .merge, .replace(.partition):
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
        try await session.adopt(staged, into: (dataset, table.name), of: run.lake)
      } else {
        let columns = schemas.columns(of: plan.schema.table(table.name) ?? table.schema)
        _ = try await session.write(
          "INSERT INTO \(schemas.name(table.name)) BY NAME \(plan.statements.select(index, columns))",
          to: [dataset, table.name])
      }
    }
  }

  // MARK: Books

  /// Notes where the load has come to.
  func remember(_ pipelineState: inout PipelineState) {
    var memory = pipelineState[run.schemaName, run.rootName] ?? JSONObject()
    if let path = run.load.incremental?.cursorPath, let cursor = prepared.cursor {
      var cursors = memory["incremental"]?.object ?? JSONObject()
      cursors[path] = .object(cursor)
      memory["incremental"] = .object(cursors)
    }
    if case .extracted(let rows) = run.load.source {
      if let cursor = rows.cursor {
        var cursors = memory["incremental"]?.object ?? JSONObject()
        cursors[cursor.path] = .object(cursor.memory)
        memory["incremental"] = .object(cursors)
      }
    } else {
      var files = memory["tarn_files"]?.object ?? JSONObject()
      for file in input.files { files[run.rememberedName(of: file)] = file.memory }
      memory["tarn_files"] = .object(files)
    }
    pipelineState[run.schemaName, run.rootName] = memory
  }

  /// How many rows of the source do not get into the lake.
  var rejectedRows: Int { input.badRows + prepared.rejectedRows }

  /// Keeps the lines that could not be read, and the rows with values that do not fit.
  func setAside() async throws {
    let table = "_rejects"
    try await define(
      """
      CREATE TABLE IF NOT EXISTS \(schemas.name(table)) \
      (load_id VARCHAR, table_name VARCHAR, file VARCHAR, line BIGINT, reason VARCHAR, content VARCHAR)
      """)
    _ = try await session.write(
      """
      INSERT INTO \(schemas.name(table)) SELECT \(SQLLiteral.string(run.package.id)), \
      coalesce(table_name, \(SQLLiteral.string(run.rootName))), file, line, reason, content FROM \(run.place.table(BadRows.name(run.part)))
      """, to: [dataset, table])
  }
}
