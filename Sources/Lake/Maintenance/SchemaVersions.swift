import DuckDB
import SQLText

extension Lake {
  /// Loads the versions of the schema that a table's files were written under into DuckLake's cache, as they were.
  ///
  /// DuckLake 1.0 caches the lake's tables by the number of the schema's version. To merge or rewrite files it asks for their
  /// version as of the snapshot that wrote them, by which other tables may have changed again. If that comes first,
  /// everybody in this process who reads an earlier snapshot of the version gets those later tables: columns and tables
  /// are not found, or are not those of the time (duckdb/ducklake#955). What has been loaded rightly stays.
  ///
  /// - Parameter known: versions that have been loaded already; those loaded now are added.
  func loadSchemaVersions(of table: MaintainedTable, except known: inout Set<Int64>) async throws {
    let versions = try await readCatalog { name in
      """
      SELECT v.schema_version, s.snapshot_id, c.schema_name, t.table_name
      FROM (
        SELECT schema_version, begin_snapshot, lead(begin_snapshot) OVER (ORDER BY begin_snapshot) AS next_begin
        FROM \(name("ducklake_schema_versions")) WHERE table_id = \(table.id)
      ) v
      JOIN (
        SELECT schema_version, min(snapshot_id) AS snapshot_id FROM \(name("ducklake_snapshot"))
        GROUP BY schema_version
      ) s ON s.schema_version = v.schema_version
      JOIN \(name("ducklake_table")) t ON t.table_id = \(table.id) AND t.begin_snapshot <= s.snapshot_id
        AND (t.end_snapshot IS NULL OR t.end_snapshot > s.snapshot_id)
      JOIN \(name("ducklake_schema")) c ON c.schema_id = t.schema_id AND c.begin_snapshot <= s.snapshot_id
        AND (c.end_snapshot IS NULL OR c.end_snapshot > s.snapshot_id)
      WHERE EXISTS (
        SELECT 1 FROM \(name("ducklake_data_file")) f
        WHERE f.table_id = \(table.id) AND f.end_snapshot IS NULL AND f.begin_snapshot >= v.begin_snapshot
          AND (v.next_begin IS NULL OR f.begin_snapshot < v.next_begin))
      ORDER BY v.schema_version
      """
    }
    for row in versions.rows {
      guard let version = row[0].integer, let snapshot = row[1].integer, let schema = row[2].text,
        let name = row[3].text, !known.contains(version)
      else { continue }
      let place = [self.name.catalogAlias, schema, name].map(SQLIdentifier.quote).joined(separator: ".")
      _ = try await readTrusted("FROM \(place) AT (VERSION => \(snapshot)) LIMIT 0")
      known.insert(version)
    }
  }
}
