import DuckDB
import Lake
import SQLText

/// What the lake holds of a dataset when a load begins: tables, the newest schema, the pipeline's state.
struct DatasetState: Sendable {
  /// The snapshot that it was read from.
  let snapshot: Int64?
  let hasDataset: Bool
  let tables: [String: [LakeColumn]]
  /// The newest schema of the name asked for.
  let schema: StoredSchema?
  let state: PipelineState?

  /// Reads it with the session's open transaction, or each part on its own.
  static func read(
    _ session: EngineSession, _ lake: Lake, dataset: String, schemaName: String, pipeline: String
  ) async throws -> DatasetState {
    let snapshot = try await session.snapshot(of: lake)
    let found = try await session.runTrusted(
      """
      SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()
      WHERE database_name = \(SQLLiteral.string(lake.name.catalogAlias)) AND schema_name = \(SQLLiteral.string(dataset))
      ORDER BY table_name, column_index
      """)
    var tables: [String: [LakeColumn]] = [:]
    for row in found.rows {
      tables[row[0].stringValue ?? "", default: []].append(
        LakeColumn(
          name: row[1].stringValue ?? "", type: row[2].stringValue ?? "", isNullable: row[3].boolValue ?? true
        ))
    }
    let schemas = try await session.runTrusted(
      """
      SELECT 1 FROM duckdb_schemas()
      WHERE database_name = \(SQLLiteral.string(lake.name.catalogAlias)) AND schema_name = \(SQLLiteral.string(dataset))
      """)
    func place(_ table: String) -> String {
      [lake.sqlName, SQLIdentifier.quote(dataset), SQLIdentifier.quote(table)].joined(separator: ".")
    }
    var schema: StoredSchema?
    if tables[SystemTables.versionName] != nil {
      let stored = try await session.runTrusted(
        """
        SELECT schema FROM \(place(SystemTables.versionName))
        WHERE schema_name = \(SQLLiteral.string(schemaName)) ORDER BY inserted_at DESC, version DESC LIMIT 1
        """)
      schema = try stored.scalar()?.stringValue.map { try StoredSchema(parsing: $0) }
    }
    var state: PipelineState?
    if tables[SystemTables.stateName] != nil, tables[SystemTables.loadsName] != nil {
      let stored = try await session.runTrusted(
        """
        SELECT s.state FROM \(place(SystemTables.stateName)) s
        JOIN \(place(SystemTables.loadsName)) l ON l.load_id = s._dlt_load_id
        WHERE s.pipeline_name = \(SQLLiteral.string(pipeline)) AND l.status = 0
        ORDER BY l.load_id DESC LIMIT 1
        """)
      state = try stored.scalar()?.stringValue.map { try PipelineState(stored: $0) }
    }
    return DatasetState(
      snapshot: snapshot, hasDataset: schemas.rowCount > 0, tables: tables, schema: schema, state: state)
  }

  /// Whether a load that was planned with this state can be written on another one.
  func isAsGood(as other: DatasetState, for names: [String]) -> Bool {
    hasDataset == other.hasDataset && schema?.versionHash == other.schema?.versionHash
      && state?.versionHash == other.state?.versionHash
      && (names + [SystemTables.versionName, SystemTables.loadsName, SystemTables.stateName]).allSatisfy {
        tables[$0] == other.tables[$0]
      }
  }
}
