import SQLText

/// The tables of a DuckLake 1.0 catalog.
enum CatalogTables {
  /// The tables that every catalog has.
  static let fixed = [
    "ducklake_metadata", "ducklake_snapshot", "ducklake_snapshot_changes", "ducklake_schema",
    "ducklake_table",
    "ducklake_view", "ducklake_column", "ducklake_macro", "ducklake_macro_impl", "ducklake_macro_parameters",
    "ducklake_data_file", "ducklake_delete_file", "ducklake_files_scheduled_for_deletion",
    "ducklake_inlined_data_tables", "ducklake_column_mapping", "ducklake_name_mapping",
    "ducklake_table_stats",
    "ducklake_table_column_stats", "ducklake_file_column_stats", "ducklake_file_variant_stats",
    "ducklake_partition_info", "ducklake_partition_column", "ducklake_file_partition_value",
    "ducklake_sort_info", "ducklake_sort_expression", "ducklake_tag", "ducklake_column_tag",
    "ducklake_schema_versions",
  ]

  /// Rows of a table that are kept in the catalog until they are flushed.
  static func inlinedRows(table: Int64, version: Int64) -> String {
    "\(inlinedRowsPrefix)\(table)_\(version)"
  }

  /// Deletes from a table's files that are kept in the catalog.
  static func inlinedDeletes(table: Int64) -> String { "\(inlinedDeletesPrefix)\(table)" }

  static let inlinedRowsPrefix = "ducklake_inlined_data_"
  static let inlinedDeletesPrefix = "ducklake_inlined_delete_"
  /// Tables of Tarn's own begin like this.
  static let ownPrefix = "tarn_"

  /// What a table with a name of its own holds.
  enum Kind: Sendable, Hashable {
    case inlinedRows(table: Int64, version: Int64)
    case inlinedDeletes(table: Int64)
    case own
  }

  /// What kind of table this is, going by its name; nil for fixed ones and those of others.
  static func kind(of name: String) -> Kind? {
    if name.hasPrefix(ownPrefix) { return .own }
    if name.hasPrefix(inlinedDeletesPrefix) {
      return Int64(name.dropFirst(inlinedDeletesPrefix.count)).map { .inlinedDeletes(table: $0) }
    }
    guard name.hasPrefix(inlinedRowsPrefix) else { return nil }
    let numbers = name.dropFirst(inlinedRowsPrefix.count).split(separator: "_").map { Int64($0) }
    guard numbers.count == 2, let table = numbers[0], let version = numbers[1] else { return nil }
    return .inlinedRows(table: table, version: version)
  }
}

/// A column of a table in a catalog, and in a copy of it.
struct CatalogColumn: Sendable, Hashable {
  let name: String
  /// DuckDB's type of it in a copy.
  let type: String

  /// What reads the column as its own type from a catalog that stores it as another.
  ///
  /// PostgreSQL keeps no NUL in text, so DuckLake stores text there as bytes.
  func reading(storedAs stored: String) -> String {
    let name = SQLIdentifier.quote(name)
    if stored == type { return name }
    if stored == "BLOB", type == "VARCHAR" || type == "JSON" { return "CAST(decode(\(name)) AS \(type))" }
    return "CAST(\(name) AS \(type))"
  }

  /// What turns the column's own type into the one that a catalog stores.
  func writing(as stored: String) -> String {
    let name = SQLIdentifier.quote(name)
    if stored == type { return name }
    if stored == "BLOB", type == "VARCHAR" || type == "JSON" { return "encode(CAST(\(name) AS VARCHAR))" }
    return "CAST(\(name) AS \(stored))"
  }
}
