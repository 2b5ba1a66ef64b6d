import DuckDB
import SQLText

/// The working copy of a catalog in which a check looks, with what was found on the storage beside it.
enum CheckTables {
  /// Tables with names and paths worked out.
  ///
  /// - Parameter dataPath: where the lake's files are, ending in `/`.
  static func statements(dataPath: String) -> [String] {
    let root = SQLLiteral.string(dataPath)
    return [
      """
      CREATE VIEW newest AS
      SELECT snapshot_id, schema_version, next_catalog_id, next_file_id FROM ducklake_snapshot
      ORDER BY snapshot_id DESC LIMIT 1
      """,
      // Each table once, by its last name. A table that was renamed has a row for each name.
      """
      CREATE TABLE check_table AS
      SELECT table_id, arg_max(t.table_name, t.begin_snapshot) AS table_name,
        arg_max(s.schema_name, t.begin_snapshot) AS schema_name,
        bool_or(t.end_snapshot IS NULL) AS live, max(t.end_snapshot) AS end_snapshot,
        arg_max(
          CASE WHEN t.path_is_relative
            THEN CASE WHEN s.path_is_relative THEN \(root) || s.path ELSE s.path END || t.path
            ELSE t.path END, t.begin_snapshot) AS path,
        CASE WHEN any_value(s.schema_name) = 'main' THEN any_value(t.table_name)
          ELSE any_value(s.schema_name) || '.' || any_value(t.table_name) END AS some_name
      FROM ducklake_table t
      LEFT JOIN (SELECT DISTINCT ON (schema_id) * FROM ducklake_schema ORDER BY schema_id, begin_snapshot DESC) s
        USING (schema_id)
      GROUP BY table_id
      """,
      """
      CREATE VIEW table_label AS
      SELECT table_id, 'table ' || CASE WHEN coalesce(schema_name, 'main') = 'main' THEN table_name
        ELSE schema_name || '.' || table_name END AS label, live, end_snapshot, path
      FROM check_table
      """,
      """
      CREATE TABLE check_file AS
      WITH files AS (
        SELECT 'data' AS kind, data_file_id AS id, table_id, begin_snapshot, end_snapshot, path, path_is_relative,
          file_size_bytes AS bytes, footer_size, record_count AS rows, row_id_start, mapping_id,
          encryption_key IS NOT NULL AS encrypted, file_format AS format, data_file_id AS of_file
        FROM ducklake_data_file
        UNION ALL
        SELECT 'delete', delete_file_id, table_id, begin_snapshot, end_snapshot, path, path_is_relative,
          file_size_bytes, footer_size, delete_count, NULL, NULL, encryption_key IS NOT NULL, format, data_file_id
        FROM ducklake_delete_file
      )
      SELECT f.kind, f.id, f.table_id, f.begin_snapshot, f.end_snapshot,
        CASE WHEN f.path_is_relative THEN t.path || f.path ELSE f.path END AS path,
        coalesce(t.label, 'table with id ' || f.table_id) AS label,
        f.bytes, f.footer_size, f.rows, f.row_id_start, f.mapping_id, f.encrypted, f.format, f.of_file,
        f.end_snapshot IS NULL AND coalesce(t.live, false) AS live,
        coalesce(
          f.begin_snapshot <= last.snapshot_id AND (f.end_snapshot IS NULL OR f.end_snapshot > first.snapshot_id),
          false) AS seen
      FROM files f LEFT JOIN table_label t USING (table_id)
      CROSS JOIN (SELECT max(snapshot_id) AS snapshot_id FROM ducklake_snapshot) last
      CROSS JOIN (SELECT min(snapshot_id) AS snapshot_id FROM ducklake_snapshot) first
      """,
      """
      CREATE TABLE check_inlined
        (table_id BIGINT, table_name VARCHAR, schema_version BIGINT, live_rows BIGINT, all_rows BIGINT,
        next_row_id BIGINT)
      """,
      "CREATE TABLE check_inlined_deletes (table_id BIGINT, rows BIGINT)",
      "CREATE TABLE check_listing (path VARCHAR, bytes BIGINT, modified_us BIGINT)",
      """
      CREATE TABLE check_footer
        (path VARCHAR, rows BIGINT, footer_size BIGINT, has_row_ids BOOLEAN)
      """,
      """
      CREATE TABLE check_statistics (path VARCHAR, field_id BIGINT, column_path VARCHAR, row_group BIGINT,
        value_count BIGINT, null_count BIGINT, min_value VARCHAR, max_value VARCHAR, exact BOOLEAN)
      """,
      "CREATE TABLE check_unreadable (path VARCHAR, reason VARCHAR, has_footer BOOLEAN)",
      "CREATE TABLE check_unreachable (path VARCHAR)",
      "CREATE TABLE check_missing (path VARCHAR)",
      "CREATE TABLE check_resized (path VARCHAR, found BIGINT)",
      "CREATE TABLE check_untracked (path VARCHAR, bytes BIGINT)",
    ]
  }

  /// What stands in `check_inlined_deletes` for one table: deletes from files that are live.
  static func countInlinedDeletes(_ name: String, table: Int64) -> String {
    """
    INSERT INTO check_inlined_deletes SELECT \(table), count(*) FROM \(SQLIdentifier.quote(name))
    WHERE file_id IN (SELECT data_file_id FROM ducklake_data_file WHERE end_snapshot IS NULL)
    """
  }

  /// What stands in `check_inlined` for one table with rows in the catalog.
  static func countInlined(_ name: String, table: Int64, version: Int64) -> String {
    """
    INSERT INTO check_inlined SELECT \(table), \(SQLLiteral.string(name)), \(version),
      count(*) FILTER (end_snapshot IS NULL), count(*), max(row_id) + 1 FROM \(SQLIdentifier.quote(name))
    """
  }
}
