import DuckDB
import SQLText

/// Rules about statistics. They are compared as values of the column's type, since they are stored as text. Bounds that
/// are wider than the values are right: only those that leave values out hide rows.
enum StatisticsRules {
  /// The types whose bounds are compared, as DuckLake calls them.
  private static let compared: Set<String> = [
    "boolean", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64",
    "date",
    "time", "timestamp", "timestamp_us", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamptz",
    "varchar",
  ]

  /// The types of live columns in the copy.
  static func types(in store: CatalogStore) async throws -> [String] {
    try await store.connection.ask(
      "SELECT DISTINCT column_type FROM ducklake_column WHERE end_snapshot IS NULL"
    )
    .rows.compactMap { $0[0].text }.filter { compared.contains($0) || $0.hasPrefix("decimal") }.sorted()
  }

  /// Bounds of files against those in their footers.
  static func bounds(of type: String) -> CheckRule? {
    guard let name = InlinedColumns.plain(type) else { return nil }
    return CheckRule(
      .wrongColumnStatistics, .error, mends: "writes the footer's bounds into the catalog",
      repair: .correctColumnStatistics,
      """
      WITH found AS (
        SELECT f.id, f.label, f.path, c.column_id, c.column_name,
          min(TRY_CAST(s.min_value AS \(name))) AS low, max(TRY_CAST(s.max_value AS \(name))) AS high
        FROM check_statistics s JOIN check_file f USING (path)
        LEFT JOIN ducklake_name_mapping m ON m.mapping_id = f.mapping_id AND m.parent_column IS NULL
          AND m.source_name = s.column_path
        JOIN ducklake_column c ON c.table_id = f.table_id AND c.end_snapshot IS NULL
          AND c.column_id = CASE WHEN f.mapping_id IS NULL THEN s.field_id ELSE m.target_field_id END
        WHERE f.kind = 'data' AND f.seen AND s.exact AND c.column_type = \(SQLLiteral.string(type))
        GROUP BY ALL
      )
      SELECT label || ', ' || path || ', column ' || column_name, 'the catalog says ' || coalesce(k.min_value, '?')
        || ' to ' || coalesce(k.max_value, '?') || ', the file has ' || low || ' to ' || high
        || ': queries do not see some of its rows', NULL::BIGINT, id, found.column_id, low::VARCHAR, high::VARCHAR, NULL
      FROM found JOIN ducklake_file_column_stats k ON k.data_file_id = id AND k.column_id = found.column_id
      WHERE TRY_CAST(k.min_value AS \(name)) > low OR TRY_CAST(k.max_value AS \(name)) < high
      ORDER BY id, found.column_id
      """)
  }

  /// Numbers of NULLs of files against those in their footers.
  static let nulls = CheckRule(
    .wrongColumnStatistics, .error, mends: "writes the footer's number into the catalog",
    repair: .correctColumnStatistics,
    """
    WITH found AS (
      SELECT f.id, f.label, f.path, c.column_id, c.column_name, sum(s.null_count)::BIGINT AS nulls,
        sum(s.value_count)::BIGINT AS total, count(*) = count(s.null_count) AS known
      FROM check_statistics s JOIN check_file f USING (path)
      LEFT JOIN ducklake_name_mapping m ON m.mapping_id = f.mapping_id AND m.parent_column IS NULL
        AND m.source_name = s.column_path
      JOIN ducklake_column c ON c.table_id = f.table_id AND c.end_snapshot IS NULL AND c.parent_column IS NULL
        AND c.column_id = CASE WHEN f.mapping_id IS NULL THEN s.field_id ELSE m.target_field_id END
      WHERE f.kind = 'data' AND f.seen AND c.column_type NOT IN ('struct', 'list', 'map', 'variant', 'geometry')
      GROUP BY ALL
    )
    SELECT label || ', ' || path || ', column ' || column_name, 'the catalog counts ' || k.null_count
      || ' NULLs, the file has ' || nulls || ': IS NULL and IS NOT NULL do not see some of its rows', NULL::BIGINT,
      id, found.column_id, NULL, NULL, nulls
    FROM found JOIN ducklake_file_column_stats k ON k.data_file_id = id AND k.column_id = found.column_id
    WHERE known AND k.null_count != nulls ORDER BY id, found.column_id
    """)

  /// Bounds of tables against those of their files.
  static func tableBounds(of type: String) -> CheckRule? {
    guard let name = InlinedColumns.plain(type) else { return nil }
    return CheckRule(
      .wrongTableStatistics, .error, mends: "removes the table's bounds; those of its files stay",
      repair: .correctTableStatistics,
      """
      WITH found AS (
        SELECT k.table_id, k.column_id, min(TRY_CAST(k.min_value AS \(name))) AS low,
          max(TRY_CAST(k.max_value AS \(name))) AS high
        FROM ducklake_file_column_stats k JOIN ducklake_data_file f USING (data_file_id)
        WHERE f.end_snapshot IS NULL GROUP BY ALL
      )
      SELECT l.label || ', column ' || c.column_name, 'the catalog says ' || coalesce(s.min_value, '?') || ' to '
        || coalesce(s.max_value, '?') || ' for the table, its files have ' || low || ' to ' || high
        || ': queries do not see some rows', NULL::BIGINT, s.table_id, NULL, s.column_id
      FROM ducklake_table_column_stats s JOIN found USING (table_id, column_id)
      JOIN ducklake_column c USING (table_id, column_id) JOIN table_label l USING (table_id)
      WHERE c.end_snapshot IS NULL AND l.live AND c.column_type = \(SQLLiteral.string(type))
        AND (TRY_CAST(s.min_value AS \(name)) > low OR TRY_CAST(s.max_value AS \(name)) < high)
      ORDER BY s.table_id, s.column_id
      """)
  }

  /// Tables whose bounds are NULL though their files have some. DuckLake 1.0 leaves them so when it rewrites a table with
  /// files from before and after a change of the column's type.
  static let unknownBounds = CheckRule(
    .wrongTableStatistics, .warning, mends: "removes the row: then nobody relies on it",
    repair: .correctTableStatistics,
    """
    SELECT l.label || ', column ' || c.column_name, 'the table has no bounds, its files have: the next insert makes its '
      || 'own bounds those of the table, and queries do not see the other rows', NULL::BIGINT, s.table_id, NULL,
      s.column_id
    FROM ducklake_table_column_stats s JOIN ducklake_column c USING (table_id, column_id)
    JOIN table_label l USING (table_id)
    WHERE c.end_snapshot IS NULL AND l.live AND (s.min_value IS NULL OR s.max_value IS NULL) AND EXISTS (
      FROM ducklake_file_column_stats k JOIN ducklake_data_file f USING (data_file_id)
      WHERE f.end_snapshot IS NULL AND k.table_id = s.table_id AND k.column_id = s.column_id
        AND k.min_value IS NOT NULL AND k.max_value IS NOT NULL)
    ORDER BY s.table_id, s.column_id
    """)

  /// What a table's statistics say besides bounds.
  static let tables: [CheckRule] = [
    unknownBounds,
    CheckRule(
      .wrongTableStatistics, .error,
      mends: "removes the table's statistics of the column; those of its files stay",
      repair: .correctTableStatistics,
      """
      SELECT l.label || ', column ' || c.column_name, 'the catalog says that no value is NULL, its files have some: '
        || 'IS NULL finds none', NULL::BIGINT, s.table_id, NULL, s.column_id
      FROM ducklake_table_column_stats s JOIN ducklake_column c USING (table_id, column_id)
      JOIN table_label l USING (table_id)
      WHERE c.end_snapshot IS NULL AND l.live AND NOT s.contains_null AND EXISTS (
        FROM ducklake_file_column_stats k JOIN ducklake_data_file f USING (data_file_id)
        WHERE f.end_snapshot IS NULL AND k.table_id = s.table_id AND k.column_id = s.column_id AND k.null_count > 0)
      ORDER BY s.table_id, s.column_id
      """),
    // Deleted rows and old versions of updated ones may be counted until files are rewritten, so more is right.
    CheckRule(
      .wrongTableStatistics, .warning, mends: "counts the table's rows anew", repair: .correctTableStatistics,
      """
      WITH files AS (
        SELECT table_id, sum(CASE kind WHEN 'data' THEN rows ELSE -rows END)::BIGINT AS rows FROM check_file
        WHERE live GROUP BY ALL
      ), inlined AS (
        SELECT table_id, sum(live_rows)::BIGINT AS rows, max(next_row_id) AS next_row_id FROM check_inlined GROUP BY ALL
      ),
      deleted AS (SELECT table_id, sum(rows)::BIGINT AS rows FROM check_inlined_deletes GROUP BY ALL)
      SELECT l.label, 'the catalog counts ' || coalesce(s.record_count::VARCHAR, 'no') || ' rows, there are ' || total
        || ': plans of queries go wrong', NULL::BIGINT, l.table_id, NULL, NULL, total,
        greatest(all_rows, coalesce((SELECT max(row_id_start + record_count) FROM ducklake_data_file f
          WHERE f.table_id = l.table_id), 0)),
        (SELECT coalesce(sum(file_size_bytes), 0)::BIGINT FROM ducklake_data_file f
          WHERE f.table_id = l.table_id AND f.end_snapshot IS NULL)
      FROM (SELECT t.table_id, t.label, coalesce(f.rows, 0) + coalesce(i.rows, 0) - coalesce(d.rows, 0) AS total,
          coalesce(i.next_row_id, 0) AS all_rows
        FROM table_label t LEFT JOIN files f USING (table_id) LEFT JOIN inlined i USING (table_id)
        LEFT JOIN deleted d USING (table_id) WHERE t.live) l
      LEFT JOIN ducklake_table_stats s USING (table_id)
      WHERE coalesce(s.record_count, 0) < total ORDER BY l.label
      """),
  ]
}
