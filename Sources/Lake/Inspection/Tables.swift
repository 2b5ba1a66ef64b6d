import DuckDB
import LakeSettings
import SQLText

/// One table or view of a lake.
public struct TableInfo: Sendable, Hashable, Codable {
  public let schema: String
  public let name: String
  /// `table` or `view`.
  public let kind: String
  /// Rows as the catalog counts them; nil for views.
  public let rows: Int64?
  public let columnCount: Int64
  /// Parquet files of the present version; nil for views.
  public let files: Int64?
  /// Bytes of these files.
  public let bytes: Int64?
  /// Files that list deleted rows.
  public let deleteFiles: Int64?
}

/// One column of a table or view.
public struct ColumnInfo: Sendable, Hashable, Codable {
  public let schema: String
  public let table: String
  public let name: String
  /// The type as DuckDB prints it.
  public let type: String
  public let isNullable: Bool
}

/// One Parquet file of a table.
public struct FileInfo: Sendable, Hashable, Codable {
  public let path: String
  public let bytes: Int64
  /// The file that lists this file's deleted rows.
  public let deleteFile: String?
  public let deleteFileBytes: Int64?
}

extension Lake {
  /// Tables and views, sorted by schema and name.
  public func tables() async throws -> [TableInfo] {
    // DuckDB's own numbers of tables and schemas are not the catalog's: names join them.
    let result = try await readTrusted(
      """
      WITH info AS (
        SELECT s.schema_name, i.table_name, i.file_count, i.file_size_bytes, i.delete_file_count
        FROM ducklake_table_info(\(catalogLiteral)) i
        JOIN \(metadata("ducklake_schema")) s ON s.schema_id = i.schema_id AND s.end_snapshot IS NULL
      )
      SELECT t.schema_name, t.table_name, 'table', t.estimated_size, t.column_count, i.file_count,
        i.file_size_bytes, i.delete_file_count
      FROM duckdb_tables() t LEFT JOIN info i USING (schema_name, table_name)
      WHERE t.database_name = \(catalogLiteral) AND NOT t.internal
      UNION ALL
      SELECT schema_name, view_name, 'view', NULL, column_count, NULL, NULL, NULL
      FROM duckdb_views() WHERE database_name = \(catalogLiteral) AND NOT internal
      ORDER BY 1, 2
      """, looksAround: true)
    return result.rows.map { row in
      TableInfo(
        schema: row[0].text ?? "", name: row[1].text ?? "", kind: row[2].text ?? "", rows: row[3].integer,
        columnCount: row[4].integer ?? 0, files: row[5].integer, bytes: row[6].integer,
        deleteFiles: row[7].integer)
    }
  }

  /// Columns of all tables and views, or of one.
  public func columns(of table: String? = nil, schema: String = "main") async throws -> [ColumnInfo] {
    let result = try await query(
      """
      SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns()
      WHERE database_name = \(name.catalogAlias) AND NOT internal
        AND (\(table)::VARCHAR IS NULL OR (lower(table_name) = lower(\(table)) AND lower(schema_name) = lower(\(schema))))
      ORDER BY schema_name, table_name, column_index
      """
    ).result()
    return result.rows.map { row in
      ColumnInfo(
        schema: row[0].text ?? "", table: row[1].text ?? "", name: row[2].text ?? "", type: row[3].text ?? "",
        isNullable: row[4].boolean ?? true)
    }
  }

  /// The files of one table in its present version.
  ///
  /// - Throws: ``LakeError`` with code `not_found` when there is no such table.
  public func files(of table: String, schema: String = "main") async throws -> [FileInfo] {
    try await requireTable(table, schema: schema)
    let arguments = "\(catalogLiteral), \(SQLLiteral.string(table)), schema => \(SQLLiteral.string(schema))"
    let result = try await query(
      """
      SELECT data_file, data_file_size_bytes::BIGINT, delete_file, delete_file_size_bytes::BIGINT
      FROM ducklake_list_files(\(raw: arguments))
      """
    ).result()
    return result.rows.map { row in
      FileInfo(
        path: row[0].text ?? "", bytes: row[1].integer ?? 0, deleteFile: row[2].text,
        deleteFileBytes: row[3].integer)
    }
  }

  private func requireTable(_ table: String, schema: String) async throws {
    let all = try await tables()
    guard
      !all.contains(where: {
        $0.name.lowercased() == table.lowercased() && $0.schema.lowercased() == schema.lowercased()
      })
    else { return }
    let names = all.map { $0.schema == "main" ? $0.name : "\($0.schema).\($0.name)" }
    let wanted = schema == "main" ? table : "\(schema).\(table)"
    let near = NearestName.suggestion(for: wanted, among: names)
    throw LakeError(
      .notFound, "lake '\(name)' has no table '\(wanted)'", hint: near.map { "Did you mean '\($0)'?" })
  }
}
