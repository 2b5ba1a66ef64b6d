/// Names of DuckDB's own catalog: no assets.
enum SystemNames {
  static func contains(_ folded: [String]) -> Bool {
    if folded.count > 1, schemas.contains(folded[folded.count - 2]) { return true }
    if let first = folded.first, first.hasPrefix("__ducklake_metadata_") { return true }
    return folded.count == 1 && views.contains(folded[0])
  }

  private static let schemas: Set<String> = ["information_schema", "pg_catalog"]

  /// The views that DuckDB 1.5.5 finds by one name in every database.
  private static let views: Set<String> = [
    "duckdb_columns", "duckdb_constraints", "duckdb_databases", "duckdb_indexes", "duckdb_logs",
    "duckdb_schemas", "duckdb_tables", "duckdb_types", "duckdb_views", "pragma_database_list",
    "sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema",
    "pg_am", "pg_attrdef", "pg_attribute", "pg_class", "pg_collation", "pg_constraint", "pg_database",
    "pg_depend", "pg_description", "pg_enum", "pg_index", "pg_indexes", "pg_namespace",
    "pg_prepared_statements", "pg_proc", "pg_sequence", "pg_sequences", "pg_settings", "pg_tables",
    "pg_tablespace", "pg_type", "pg_views",
  ]
}
