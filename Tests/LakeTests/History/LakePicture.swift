import DuckDB
import Lake

/// All that a lake shows to its readers: tables with their columns, defaults, comments and rows, and what views give.
/// Taken through plain queries, so that it is independent of what reads the catalog.
struct LakePicture: Equatable, CustomStringConvertible {
  private(set) var entries: [String: [String]] = [:]

  init(_ lake: Lake) async throws {
    for table in try await lake.tables() {
      let name = "\(table.schema).\(table.name)"
      entries["\(table.kind) \(name)"] = try await Self.rows(lake, table: table.name, schema: table.schema)
      entries["columns of \(name)"] = try await Self.lines(
        lake,
        """
        SELECT column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
          || ' ' || coalesce(comment, '')
        FROM duckdb_columns() WHERE database_name = 'dl' AND schema_name = '\(table.schema)'
          AND table_name = '\(table.name)' ORDER BY column_index
        """)
    }
    entries["comments"] = try await Self.lines(
      lake,
      """
      SELECT schema_name || '.' || table_name || ' ' || comment FROM duckdb_tables()
      WHERE database_name = 'dl' AND comment IS NOT NULL
      UNION ALL SELECT schema_name || '.' || view_name || ' ' || comment FROM duckdb_views()
      WHERE database_name = 'dl' AND comment IS NOT NULL ORDER BY 1
      """)
    entries["schemas"] = try await Self.lines(
      lake, "SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'dl' ORDER BY 1")
    entries["macros"] = try await Self.lines(
      lake,
      """
      SELECT DISTINCT function_name || ' ' || parameters::VARCHAR || ' ' || macro_definition FROM duckdb_functions()
      WHERE database_name = 'dl' AND NOT internal ORDER BY 1
      """)
  }

  /// A table's rows as text, sorted; at an earlier snapshot, or now.
  static func rows(_ lake: Lake, table: String, schema: String = "main", at snapshot: Int64? = nil)
    async throws
    -> [String]
  {
    let version = snapshot.map { " AT (VERSION => \($0))" } ?? ""
    return try await lines(
      lake,
      "SELECT t::VARCHAR FROM (SELECT * FROM dl.\"\(schema)\".\"\(table)\"\(version)) t ORDER BY t::VARCHAR")
  }

  static func lines(_ lake: Lake, _ sql: String) async throws -> [String] {
    try await lake.query("\(raw: sql)").result().rows.map { $0[0].stringValue ?? "NULL" }
  }

  var description: String {
    entries.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.count) \($0.value.prefix(20))" }
      .joined(separator: "\n")
  }
}
