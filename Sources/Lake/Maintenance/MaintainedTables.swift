import DuckDB
import LakeSettings
import SQLText

extension Lake {
  /// The tables of the present version, by their numbers in the catalog.
  func maintainedTables() async throws -> [Int64: MaintainedTable] {
    let result = try await readCatalog { table in
      """
      SELECT t.table_id, s.schema_name, t.table_name FROM \(table("ducklake_table")) t
      JOIN \(table("ducklake_schema")) s ON s.schema_id = t.schema_id
      WHERE t.end_snapshot IS NULL AND s.end_snapshot IS NULL
      """
    }
    var tables: [Int64: MaintainedTable] = [:]
    for row in result.rows {
      guard let id = row[0].integer, let schema = row[1].text, let name = row[2].text else { continue }
      tables[id] = MaintainedTable(id: id, schema: schema, name: name)
    }
    return tables
  }

  /// Live files and bytes of one table.
  func liveFiles(of table: MaintainedTable) async throws -> (files: Int64, bytes: Int64) {
    let result = try await readCatalog { name in
      """
      SELECT count(*) AS files, CAST(coalesce(sum(file_size_bytes), 0) AS BIGINT) AS bytes
      FROM \(name("ducklake_data_file")) WHERE table_id = \(table.id) AND end_snapshot IS NULL
      """
    }
    guard let row = result.rows.first(where: { _ in true }) else { return (0, 0) }
    return (row[0].integer ?? 0, row[1].integer ?? 0)
  }

  /// The arguments by which DuckLake's functions find a table.
  func arguments(for table: MaintainedTable) -> String {
    "\(catalogLiteral), \(SQLLiteral.string(table.name)), schema => \(SQLLiteral.string(table.schema))"
  }
}
