import SQLText

/// Rules about what lies on the storage, once it has been listed and footers have been read.
enum StorageRules {
  /// Files that are not as the catalog has them. `check_missing` and `check_resized` hold what a second look confirmed.
  static let files: [CheckRule] =
    ["data", "delete"].flatMap { kind in
      [
        broken(
          .missingFile, kind, from: "check_missing", means: "the file is not there", isUnread: false),
        broken(
          .wrongFileSize, kind, from: "check_resized",
          means: "the file has ' || c.found || ' bytes instead of ' || f.bytes || '", isUnread: true),
        broken(
          .unreadableFooter, kind, from: "(FROM check_unreadable WHERE NOT has_footer)",
          means: "its footer cannot be read (' || c.reason || ')", isUnread: true),
        broken(
          .unreadableData, kind, from: "(FROM check_unreadable WHERE has_footer)",
          means: "its data cannot be read (' || c.reason || ')", isUnread: true),
      ]
    }

  /// - Parameter isUnread: whether the file is there, though nobody can read it.
  private static func broken(
    _ kind: CheckFinding.Kind, _ files: String, from table: String, means: String, isUnread: Bool
  ) -> CheckRule {
    let isData = files == "data"
    let effect =
      isData
      ? "CASE WHEN f.live THEN 'its rows cannot be read, nor the table with them' ELSE 'old versions cannot be read' END"
      : "CASE WHEN f.live THEN 'the table cannot be read' ELSE 'old versions cannot be read' END"
    let stays = isUnread ? "; what is left of the file stays where it is" : ""
    return CheckRule(
      kind, .error,
      mends: isData
        ? "put the file back; or forget it: its rows are lost\(stays)"
        : "put the file back; or forget it: rows that it deletes come back\(stays)",
      repair: isData ? .forgetDataFile : .forgetDeleteFile,
      loss: isData ? "# rows" : "# deletions: rows that were deleted come back",
      """
      SELECT f.label || ', ' || f.path, '\(means): ' || \(effect), f.rows, f.id
      FROM \(table) c JOIN check_file f USING (path) WHERE f.kind = '\(files)' AND f.seen ORDER BY f.id
      """)
  }

  static let unreachable = CheckRule(
    .unreachableFile, .note, mends: "list the folder under files: in tarn.yaml to have it checked",
    """
    SELECT label || ', ' || path, 'the file is outside the lake''s place and was not checked', NULL::BIGINT
    FROM check_unreachable JOIN check_file USING (path) WHERE seen ORDER BY path
    """)

  static let untracked = CheckRule(
    .untrackedFile, .note, mends: "maintenance removes it",
    """
    SELECT path, 'no version of the lake names this file (' || bytes || ' bytes); it takes space only', NULL::BIGINT
    FROM check_untracked ORDER BY path
    """)

  /// What footers say against what the catalog says.
  static let footers: [CheckRule] = [
    CheckRule(
      .wrongRecordCount, .error, mends: "writes the footer's number into the catalog",
      repair: .correctRecordCount,
      """
      SELECT f.label || ', ' || f.path, 'the catalog counts ' || f.rows || ' rows, the file has ' || r.rows
        || ': counts and deletes go wrong', r.rows, f.id, r.rows
      FROM check_footer r JOIN check_file f USING (path)
      WHERE f.kind = 'data' AND f.seen AND f.rows != r.rows ORDER BY f.id
      """),
    CheckRule(
      .wrongDeleteCount, .error, mends: "writes the footer's number into the catalog",
      repair: .correctDeleteCount,
      """
      SELECT f.label || ', ' || f.path, 'the catalog counts ' || f.rows || ' deleted rows, the file has ' || r.rows
        || ': counts go wrong', r.rows, f.id, r.rows
      FROM check_footer r JOIN check_file f USING (path)
      WHERE f.kind = 'delete' AND f.seen AND f.rows != r.rows ORDER BY f.id
      """),
    CheckRule(
      .wrongFooterSize, .error, mends: "writes the footer's size into the catalog",
      repair: .correctFooterSize,
      """
      SELECT f.label || ', ' || f.path, 'the catalog has ' || f.footer_size || ' bytes for the footer, it has '
        || r.footer_size || ': readers that trust the catalog fail', NULL::BIGINT, f.kind, f.id, r.footer_size
      FROM check_footer r JOIN check_file f USING (path)
      WHERE f.seen AND f.footer_size != r.footer_size ORDER BY f.id
      """),
    CheckRule(
      .overlappingRowIDs, .error, mends: "copy the table's rows into a new table",
      """
      SELECT b.label || ', ' || b.path, 'row ids from ' || b.row_id_start || ' are also in data file ' || a.id
        || ': deletes and the change feed mix rows up', NULL::BIGINT
      FROM (SELECT f.*, lag(f.id) OVER places AS other,
          max(f.row_id_start + f.rows) OVER (PARTITION BY f.table_id ORDER BY f.row_id_start, f.id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken
        FROM check_file f JOIN check_footer r USING (path)
        WHERE f.kind = 'data' AND f.live AND f.row_id_start IS NOT NULL AND NOT r.has_row_ids
        WINDOW places AS (PARTITION BY f.table_id ORDER BY f.row_id_start, f.id)) b
      JOIN check_file a ON a.kind = 'data' AND a.id = b.other
      WHERE b.row_id_start < b.taken
        AND a.path != b.path
      ORDER BY b.id
      """),
    CheckRule(
      .nextRowIDBehind, .error, mends: "raises the number", repair: .correctTableStatistics,
      """
      WITH used AS (
        SELECT table_id, max(next) AS next FROM (
          SELECT f.table_id, f.row_id_start + f.rows AS next FROM check_file f JOIN check_footer r USING (path)
            WHERE f.kind = 'data' AND f.live AND NOT r.has_row_ids
          UNION ALL SELECT table_id, next_row_id FROM check_inlined) GROUP BY ALL
      )
      SELECT l.label, 'next_row_id is ' || s.next_row_id || ', but ids up to ' || (u.next - 1)
        || ' are in use: new rows would share them', NULL::BIGINT, s.table_id, u.next, NULL
      FROM ducklake_table_stats s JOIN used u USING (table_id) JOIN table_label l USING (table_id)
      WHERE l.live AND s.next_row_id < u.next ORDER BY l.label
      """),
  ]
}
