import DuckDB
import LakeSettings
import SQLText

/// The indexes that a PostgreSQL catalog needs: DuckLake makes none but those of its primary keys, so that every query
/// scans the statistics of all files.
enum CatalogIndex {
  /// Name of the index, table, and what stands behind the table's name.
  static let all: [(name: String, table: String, definition: String)] = [
    ("tarn_file_stats_table_column", "ducklake_file_column_stats", "(table_id, column_id)"),
    ("tarn_file_stats_file", "ducklake_file_column_stats", "(data_file_id)"),
    ("tarn_file_stats_table_file", "ducklake_file_column_stats", "(table_id, data_file_id)"),
    ("tarn_tag_object", "ducklake_tag", "(object_id, begin_snapshot, end_snapshot)"),
    ("tarn_column_tag_column", "ducklake_column_tag", "(table_id, column_id, begin_snapshot, end_snapshot)"),
    ("tarn_table_life", "ducklake_table", "(begin_snapshot, end_snapshot)"),
    ("tarn_column_table", "ducklake_column", "(table_id, begin_snapshot, end_snapshot, column_order)"),
    ("tarn_data_file_table", "ducklake_data_file", "(table_id, begin_snapshot, end_snapshot)"),
    (
      "tarn_data_file_live", "ducklake_data_file",
      "(table_id, end_snapshot, file_size_bytes) WHERE end_snapshot IS NULL"
    ),
    ("tarn_delete_file_table", "ducklake_delete_file", "(table_id, begin_snapshot, end_snapshot)"),
    ("tarn_delete_file_file", "ducklake_delete_file", "(data_file_id)"),
    (
      "tarn_delete_file_live", "ducklake_delete_file",
      "(table_id, end_snapshot, file_size_bytes) WHERE end_snapshot IS NULL"
    ),
    ("tarn_partition_value_file", "ducklake_file_partition_value", "(data_file_id)"),
    ("tarn_partition_value_table", "ducklake_file_partition_value", "(table_id, data_file_id)"),
    ("tarn_table_stats_table", "ducklake_table_stats", "(table_id)"),
    ("tarn_column_stats_table", "ducklake_table_column_stats", "(table_id)"),
    ("tarn_schema_versions_table", "ducklake_schema_versions", "(table_id, schema_version)"),
  ]

  static func statement(_ index: (name: String, table: String, definition: String), schema: String) -> String
  {
    let table = [schema, index.table].map(SQLIdentifier.quote).joined(separator: ".")
    // Making an index waits for those that write into the table. They are few and quick, but the turn is held meanwhile.
    return
      "SET LOCAL lock_timeout = '2s'; CREATE INDEX IF NOT EXISTS \(SQLIdentifier.quote(index.name)) ON \(table) \(index.definition)"
  }

  /// Makes the indexes of a catalog that has just been made, before anybody uses it. Should that fail, everything works,
  /// only slower, and maintenance makes them later.
  static func makeInNewCatalog(of lake: LakeConfiguration, _ connection: Connection) async {
    guard case .postgresql(let catalog) = lake.catalog else { return }
    let schema = catalog.schema ?? "public"
    let database = "__ducklake_metadata_" + lake.name.catalogAlias
    let newest =
      "SELECT max(snapshot_id)::BIGINT FROM "
      + [database, schema, "ducklake_snapshot"].map(SQLIdentifier.quote).joined(separator: ".")
    guard let found = try? await connection.query(newest), found.scalar()?.integer == 0 else { return }
    let calls = all.map {
      "CALL postgres_execute(\(SQLLiteral.string(database)), \(SQLLiteral.string(statement($0, schema: schema))))"
    }
    try? await connection.command(calls.joined(separator: "; "))
  }
}

extension Lake {
  /// The indexes that are missing. On other catalogs there are none to make.
  func missingIndexes() async throws -> [(name: String, statement: String)] {
    guard let schema = schemaOnServer else { return [] }
    let query = "SELECT indexname::text FROM pg_indexes WHERE schemaname = \(SQLLiteral.string(schema))"
    let result = try await readTrusted("FROM \(queryOnServer(query))", looksAround: true)
    let known = Set(result.rows.compactMap { $0[0].text })
    return CatalogIndex.all.filter { !known.contains($0.name) }.map { index in
      (index.name, changeOfCatalog { _ in CatalogIndex.statement(index, schema: schema) })
    }
  }

  /// Makes the indexes that are missing, one in each turn. A role without the right to make them gets a note.
  func makeIndexes(_ session: EngineSession) async throws -> MaintenanceOutcome {
    var outcome = MaintenanceOutcome(.index)
    let missing = try await missingIndexes()
    guard !missing.isEmpty else { return outcome }
    guard try await mayMakeIndexes() else {
      outcome.result = .skipped
      outcome.note =
        "\(missing.count) indexes are missing, and this role may not make them; the catalog's owner may"
      return outcome
    }
    for index in missing {
      try Task.checkCancellation()
      let (_, held) = try await session.maintain(self) { try await $0.command(index.statement) }
      outcome.count(turn: held)
    }
    return outcome
  }

  /// Whether this role owns the catalog's tables, as CREATE INDEX wants it.
  private func mayMakeIndexes() async throws -> Bool {
    guard let schema = schemaOnServer.map(SQLLiteral.string) else { return false }
    let query = """
      SELECT has_schema_privilege(\(schema), 'CREATE') AND bool_and(pg_has_role(tableowner, 'USAGE'))
      FROM pg_tables WHERE schemaname = \(schema) AND tablename LIKE 'ducklake\\_%'
      """
    return try await readTrusted("FROM \(queryOnServer(query))", looksAround: true).scalar()?.boolean == true
  }
}
