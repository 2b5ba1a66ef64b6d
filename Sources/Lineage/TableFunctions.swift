/// Table functions whose arguments name files or tables.
enum TableFunctions {
  /// Functions whose first argument is a file, a pattern, or a list of these.
  static let fileReaders: Set<String> = [
    "read_parquet", "parquet_scan", "parquet_metadata", "parquet_schema", "parquet_file_metadata",
    "parquet_kv_metadata", "parquet_full_metadata", "parquet_bloom_probe", "read_csv", "read_csv_auto",
    "sniff_csv", "read_json", "read_json_auto", "read_json_objects", "read_json_objects_auto", "read_ndjson",
    "read_ndjson_auto", "read_ndjson_objects", "read_text", "read_blob", "read_xlsx", "read_avro",
    "read_duckdb",
  ]

  /// `lake.table_changes('t', …)`: macros that DuckLake has in each schema of a lake.
  static let changeMacros: Set<String> = ["table_changes", "table_insertions", "table_deletions"]

  /// `ducklake_table_changes('lake', 'schema', 't', …)`.
  static let changeFunctions: Set<String> = [
    "ducklake_table_changes", "ducklake_table_insertions", "ducklake_table_deletions",
  ]

  /// The name in the place of a table is a file where it ends like one: `FROM "orders.csv"`, `FROM orders.csv`.
  static func filePath(_ name: SQLName) -> String? {
    guard let last = name.folded.last else { return nil }
    if name.parts.count == 1 {
      return fileEndings.contains { last.hasSuffix("." + $0) } || last.contains("://") ? name.parts[0] : nil
    }
    return name.parts.count == 2 && fileEndings.contains(last) ? name.parts.joined(separator: ".") : nil
  }

  private static let fileEndings = [
    "parquet", "csv", "csv.gz", "csv.zst", "tsv", "json", "json.gz", "jsonl", "ndjson", "parq",
  ]
}
