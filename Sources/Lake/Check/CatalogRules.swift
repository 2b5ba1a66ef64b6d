import SQLText

/// Rules that the catalog alone tells of.
enum CatalogRules {
  static let all: [CheckRule] =
    [
      nextCatalogID, nextFileID, snapshotWithoutChanges, changesWithoutSnapshot, schemaVersionDisorder,
      columnWithoutTable, tableWithoutColumns, tableWithoutSchema, duplicateTable, duplicateColumn,
      fileOfDroppedTable, duplicateRegistration, twoDeleteFiles, deleteFileWithoutDataFile,
      deleteFileOfEndedFile, scheduledFileInUse, rowGroupBytes, compressionLevel, unflushableType,
      schemaVersionMissing, inlinedTableMissing, orphanedInlinedTable, emptyOrphan,
    ] + danglingStatistics

  /// Tables whose rows live between snapshots, and whether they have an end.
  static let versioned: [(table: String, hasEnd: Bool)] = [
    ("ducklake_schema", true), ("ducklake_table", true), ("ducklake_view", true), ("ducklake_column", true),
    ("ducklake_macro", true), ("ducklake_data_file", true), ("ducklake_delete_file", true),
    ("ducklake_partition_info", true), ("ducklake_sort_info", true), ("ducklake_tag", true),
    ("ducklake_column_tag", true), ("ducklake_schema_versions", false),
  ]

  /// Rows of a table that name snapshots after the newest.
  static func dangling(_ table: String, hasEnd: Bool) -> CheckRule {
    let holdsRows = table == "ducklake_data_file" || table.hasPrefix(CatalogTables.inlinedRowsPrefix)
    let rows =
      switch table {
      case "ducklake_data_file": "sum(r.record_count) FILTER (r.begin_snapshot > s.newest)::BIGINT"
      default: holdsRows ? "count(*) FILTER (r.begin_snapshot > s.newest)" : "NULL::BIGINT"
      }
    let end = hasEnd ? "OR r.end_snapshot > s.newest" : ""
    return CheckRule(
      .danglingSnapshot, .error, mends: "removes rows that begin later, and the end of rows that end later",
      repair: .removeDanglingRows, loss: holdsRows ? "# rows that no snapshot shows" : nil,
      """
      SELECT \(SQLLiteral.string(table)),
        count(*) || CASE WHEN count(*) = 1 THEN ' row names' ELSE ' rows name' END || ' snapshots after the newest ('
          || s.newest || '): the next commits make them visible',
        nullif(\(rows), 0), \(SQLLiteral.string(table)), '\(hasEnd ? 1 : 0)'
      FROM \(SQLIdentifier.quote(table)) r, (SELECT max(snapshot_id) AS newest FROM ducklake_snapshot) s
      WHERE r.begin_snapshot > s.newest \(end) GROUP BY s.newest
      """)
  }

  private static let nextCatalogID = CheckRule(
    .nextIDBehind, .error, mends: "raises the number", repair: .raiseNextID,
    """
    SELECT 'ducklake_snapshot ' || snapshot_id, 'next_catalog_id is ' || next_catalog_id || ', but ' || used
      || ' is in use: the next table would share its number', NULL::BIGINT, 'next_catalog_id', used + 1
    FROM newest, (SELECT max(id) AS used FROM (
      SELECT schema_id AS id FROM ducklake_schema UNION ALL SELECT table_id FROM ducklake_table
      UNION ALL SELECT view_id FROM ducklake_view UNION ALL SELECT macro_id FROM ducklake_macro
      UNION ALL SELECT partition_id FROM ducklake_partition_info UNION ALL SELECT sort_id FROM ducklake_sort_info))
    WHERE used >= next_catalog_id
    """)

  private static let nextFileID = CheckRule(
    .nextIDBehind, .error, mends: "raises the number", repair: .raiseNextID,
    """
    SELECT 'ducklake_snapshot ' || snapshot_id, 'next_file_id is ' || next_file_id || ', but ' || used
      || ' is in use: the next insert fails or shares its number', NULL::BIGINT, 'next_file_id', used + 1
    FROM newest, (SELECT max(id) AS used FROM (
      SELECT data_file_id AS id FROM ducklake_data_file UNION ALL SELECT delete_file_id FROM ducklake_delete_file
      UNION ALL SELECT mapping_id FROM ducklake_column_mapping))
    WHERE used >= next_file_id
    """)

  private static let snapshotWithoutChanges = CheckRule(
    .snapshotChangesMissing, .warning, mends: "adds an empty row of changes",
    repair: .completeSnapshotChanges,
    """
    SELECT 'snapshot ' || snapshot_id, 'nothing says what it changed: conflicts with it are not seen', NULL::BIGINT,
      snapshot_id, 'add'
    FROM ducklake_snapshot ANTI JOIN ducklake_snapshot_changes USING (snapshot_id) ORDER BY snapshot_id
    """)

  private static let changesWithoutSnapshot = CheckRule(
    .snapshotChangesMissing, .warning, mends: "removes the row", repair: .completeSnapshotChanges,
    """
    SELECT 'ducklake_snapshot_changes ' || snapshot_id, 'changes of a snapshot that is not there', NULL::BIGINT,
      snapshot_id, 'remove'
    FROM ducklake_snapshot_changes ANTI JOIN ducklake_snapshot USING (snapshot_id) ORDER BY snapshot_id
    """)

  private static let schemaVersionDisorder = CheckRule(
    .schemaVersionDisorder, .error, mends: "recover the catalog from a backup",
    """
    SELECT 'snapshot ' || snapshot_id, 'schema version ' || schema_version || ' comes after '
      || before || ': versions of tables are mixed up', NULL::BIGINT
    FROM (SELECT *, lag(schema_version) OVER (ORDER BY snapshot_id) AS before FROM ducklake_snapshot)
    WHERE schema_version < before
    """)

  private static let columnWithoutTable = CheckRule(
    .columnWithoutTable, .error, mends: "ends the columns with their table", repair: .endColumns,
    """
    SELECT 'ducklake_column of table id ' || c.table_id, count(*) || CASE WHEN count(*) = 1 THEN ' column is live, but its'
      ELSE ' columns are live, but their' END || ' table is not', NULL::BIGINT, c.table_id,
      any_value(t.end_snapshot)
    FROM ducklake_column c LEFT JOIN check_table t USING (table_id)
    WHERE c.end_snapshot IS NULL AND NOT coalesce(t.live, false) GROUP BY c.table_id ORDER BY c.table_id
    """)

  private static let tableWithoutColumns = CheckRule(
    .tableWithoutColumns, .error, mends: "recover the catalog from a backup, or drop the table",
    """
    SELECT label, 'the table has no columns and cannot be read', NULL::BIGINT FROM table_label
    WHERE live AND table_id NOT IN (SELECT table_id FROM ducklake_column WHERE end_snapshot IS NULL)
    """)

  private static let tableWithoutSchema = CheckRule(
    .tableWithoutSchema, .error, mends: "recover the catalog from a backup",
    """
    SELECT kind || ' ' || name, 'its schema (id ' || schema_id || ') is not there: nobody can name it', NULL::BIGINT
    FROM (SELECT 'table' AS kind, table_name AS name, schema_id FROM ducklake_table WHERE end_snapshot IS NULL
      UNION ALL SELECT 'view', view_name, schema_id FROM ducklake_view WHERE end_snapshot IS NULL) entries
    WHERE schema_id NOT IN (SELECT schema_id FROM ducklake_schema WHERE end_snapshot IS NULL)
    """)

  private static let duplicateTable = CheckRule(
    .duplicateName, .error, mends: "recover the catalog from a backup",
    """
    SELECT 'schema id ' || schema_id, count(*) || ' tables or views are called ' || min(name)
      || ': which one is read is left to chance', NULL::BIGINT
    FROM (SELECT table_name AS name, schema_id FROM ducklake_table WHERE end_snapshot IS NULL
      UNION ALL SELECT view_name, schema_id FROM ducklake_view WHERE end_snapshot IS NULL)
    GROUP BY schema_id, lower(name) HAVING count(*) > 1
    """)

  private static let duplicateColumn = CheckRule(
    .duplicateName, .error, mends: "recover the catalog from a backup",
    """
    SELECT label, count(*) || ' columns are called ' || min(column_name), NULL::BIGINT
    FROM ducklake_column c JOIN table_label t USING (table_id)
    WHERE c.end_snapshot IS NULL GROUP BY label, table_id, parent_column, lower(column_name) HAVING count(*) > 1
    """)

  private static let fileOfDroppedTable = CheckRule(
    .fileOfDroppedTable, .warning, mends: "ends the files with their table", repair: .endFiles,
    """
    SELECT label, count(*) || CASE WHEN count(*) = 1 THEN ' file is' ELSE ' files are' END
      || ' live, but the table is dropped: the space is never given back', NULL::BIGINT, f.table_id,
      any_value(t.end_snapshot)
    FROM check_file f LEFT JOIN check_table t USING (table_id)
    WHERE f.end_snapshot IS NULL AND NOT coalesce(t.live, false) GROUP BY label, f.table_id ORDER BY label
    """)

  private static let duplicateRegistration = CheckRule(
    .duplicateRegistration, .error, mends: "drops the later registration; the rows stay once",
    repair: .dropDuplicateRegistration,
    """
    SELECT b.label || ', ' || b.path, 'the file is registered twice (data files ' || a.id || ' and ' || b.id
      || '): its rows show twice', b.rows, b.id
    FROM check_file a JOIN check_file b ON a.path = b.path AND a.id < b.id
    WHERE a.kind = 'data' AND b.kind = 'data' AND a.seen AND b.seen
      AND (b.end_snapshot IS NULL OR a.begin_snapshot < b.end_snapshot)
      AND (a.end_snapshot IS NULL OR b.begin_snapshot < a.end_snapshot)
    ORDER BY b.id
    """)

  private static let twoDeleteFiles = CheckRule(
    .duplicateRegistration, .error, mends: "recover the catalog from a backup, or restore the table",
    """
    SELECT any_value(label) || ', data file ' || of_file, count(*) || ' delete files are live for one data file',
      NULL::BIGINT
    FROM check_file WHERE kind = 'delete' AND live GROUP BY of_file HAVING count(*) > 1 ORDER BY of_file
    """)

  private static let deleteFileWithoutDataFile = CheckRule(
    .deleteFileWithoutDataFile, .warning, mends: "forgets the delete file", repair: .forgetDeleteFile,
    """
    SELECT d.label || ', ' || coalesce(d.path, 'delete file ' || d.id), 'it deletes from data file ' || d.of_file
      || ', which is not there', NULL::BIGINT, d.id
    FROM check_file d ANTI JOIN ducklake_data_file f ON f.data_file_id = d.of_file
    WHERE d.kind = 'delete' ORDER BY d.id
    """)

  private static let deleteFileOfEndedFile = CheckRule(
    .deleteFileWithoutDataFile, .warning, mends: "forgets the delete file", repair: .forgetDeleteFile,
    """
    SELECT d.label || ', ' || coalesce(d.path, 'delete file ' || d.id), 'it is live, but its data file '
      || d.of_file || ' ended with snapshot ' || f.end_snapshot, NULL::BIGINT, d.id
    FROM check_file d JOIN ducklake_data_file f ON f.data_file_id = d.of_file
    WHERE d.kind = 'delete' AND d.live AND f.end_snapshot IS NOT NULL AND f.end_snapshot <= d.begin_snapshot
    ORDER BY d.id
    """)

  private static let scheduledFileInUse = CheckRule(
    .scheduledFileInUse, .error, mends: "takes the file off the list", repair: .unscheduleFile,
    """
    SELECT any_value(f.label) || ', ' || f.path, 'the file is in use, but is listed for deletion: the next clean-up loses it',
      any_value(f.rows), s.path, s.path_is_relative::VARCHAR
    FROM ducklake_files_scheduled_for_deletion s JOIN check_file f
      ON f.path = CASE WHEN s.path_is_relative THEN getvariable('data_path') || s.path ELSE s.path END
    WHERE f.seen GROUP BY f.path, s.path, s.path_is_relative ORDER BY f.path
    """)

  private static let rowGroupBytes = CheckRule(
    .brickingOption, .error, mends: "removes the option", repair: .removeOption,
    """
    SELECT 'option ' || key || coalesce(' of ' || scope || ' ' || scope_id, ''),
      'every INSERT that keeps its order fails, for every client', NULL::BIGINT, key, scope, scope_id
    FROM ducklake_metadata WHERE key = 'parquet_row_group_size_bytes'
    """)

  private static let compressionLevel = CheckRule(
    .brickingOption, .error, mends: "removes the option", repair: .removeOption,
    """
    SELECT 'option ' || l.key || coalesce(' of ' || l.scope || ' ' || l.scope_id, ''),
      'a level works with zstd only: every INSERT fails', NULL::BIGINT, l.key, l.scope, l.scope_id
    FROM ducklake_metadata l WHERE l.key = 'parquet_compression_level' AND NOT EXISTS (
      FROM ducklake_metadata c WHERE c.key = 'parquet_compression' AND lower(c.value) = 'zstd'
        AND (c.scope IS NULL OR (c.scope = l.scope AND c.scope_id = l.scope_id)))
    """)

  private static let unflushableType = CheckRule(
    .unflushableType, .error,
    mends: "copy the rows into a table with another type, such as TIME, and drop this one",
    """
    SELECT label || ', column ' || column_name, 'type ' || column_type
      || ' cannot be written to files: flushing it ends the engine', NULL::BIGINT
    FROM ducklake_column c JOIN table_label t USING (table_id)
    WHERE c.end_snapshot IS NULL AND t.live AND lower(c.column_type) = 'time_ns' ORDER BY label, column_order
    """)

  /// Which columns a file has is worked out from the schema version at its first snapshot.
  private static let schemaVersionMissing = CheckRule(
    .schemaVersionMissing, .error, mends: "adds the missing row", repair: .addSchemaVersion,
    """
    WITH changed AS (
      SELECT table_id, begin_snapshot FROM ducklake_table
      UNION SELECT table_id, begin_snapshot FROM ducklake_column
      UNION SELECT table_id, begin_snapshot FROM ducklake_partition_info
      UNION SELECT c.table_id, c.end_snapshot FROM ducklake_column c JOIN check_table t USING (table_id)
        WHERE c.end_snapshot > c.begin_snapshot AND (t.live OR c.end_snapshot < t.end_snapshot)
    ), missing AS (
      SELECT c.table_id, c.begin_snapshot FROM changed c JOIN check_table t USING (table_id)
      WHERE c.begin_snapshot <= (SELECT snapshot_id FROM newest)
        AND NOT EXISTS (FROM ducklake_schema_versions v
          WHERE v.table_id = c.table_id AND v.begin_snapshot = c.begin_snapshot)
    )
    SELECT l.label || ', snapshot ' || m.begin_snapshot,
      'the change of its columns has no schema version: merging files there loses values of columns', NULL::BIGINT,
      m.table_id, m.begin_snapshot, coalesce(s.schema_version, 1 + greatest(
        coalesce((SELECT max(schema_version) FROM ducklake_schema_versions v
          WHERE v.begin_snapshot < m.begin_snapshot), 0)))
    FROM missing m JOIN table_label l USING (table_id) LEFT JOIN ducklake_snapshot s ON s.snapshot_id = m.begin_snapshot
    ORDER BY ALL
    """)

  private static let inlinedTableMissing = CheckRule(
    .inlinedTableMissing, .error, mends: "forgets the table; its rows are gone already",
    repair: .forgetInlinedTable, loss: "the rows that it had",
    """
    SELECT coalesce(l.label, 'table id ' || r.table_id) || ', ' || r.table_name,
      'rows should be in this table of the catalog, but it is not there: reading fails', NULL::BIGINT, r.table_name
    FROM ducklake_inlined_data_tables r LEFT JOIN table_label l USING (table_id)
    WHERE r.table_name NOT IN (SELECT table_name FROM check_inlined) ORDER BY r.table_name
    """)

  /// Rows that a live table would have, if only its catalog knew of them.
  private static let orphanedInlinedTable = CheckRule(
    .orphanedInlinedTable, .error, mends: "registers the table again; its rows show again",
    repair: .registerInlinedTable,
    """
    SELECT l.label || ', ' || i.table_name, 'rows are in this table of the catalog, but DuckLake does not know it: '
      || 'nobody sees them', i.live_rows, i.table_id, i.table_name, i.schema_version
    FROM check_inlined i JOIN table_label l USING (table_id)
    WHERE i.table_name NOT IN (SELECT table_name FROM ducklake_inlined_data_tables) AND l.live AND i.live_rows > 0
    ORDER BY i.table_name
    """)

  private static let emptyOrphan = CheckRule(
    .orphanedInlinedTable, .warning, mends: "drops the table", repair: .dropInlinedTable,
    loss: "# rows of a table that is not there",
    """
    SELECT i.table_name, 'a table of the catalog that DuckLake does not know; it takes space only',
      i.live_rows, i.table_name, i.live_rows
    FROM check_inlined i LEFT JOIN table_label l USING (table_id)
    WHERE i.table_name NOT IN (SELECT table_name FROM ducklake_inlined_data_tables)
      AND (i.live_rows = 0 OR NOT coalesce(l.live, false))
    ORDER BY i.table_name
    """)

  private static let danglingStatistics = [
    ("ducklake_file_column_stats", "data_file_id", "ducklake_data_file"),
    ("ducklake_file_variant_stats", "data_file_id", "ducklake_data_file"),
    ("ducklake_file_partition_value", "data_file_id", "ducklake_data_file"),
    ("ducklake_table_stats", "table_id", "ducklake_table"),
    ("ducklake_table_column_stats", "table_id", "ducklake_table"),
  ].map { table, key, owner in
    CheckRule(
      .danglingStatistics, .note, mends: "removes the rows", repair: .removeStatistics,
      """
      SELECT '\(table)', count(*) || CASE WHEN count(*) = 1 THEN ' row is' ELSE ' rows are' END
        || ' about what is not there any more; harmless', NULL::BIGINT, '\(table)', '\(key)', '\(owner)'
      FROM \(table) WHERE \(key) NOT IN (SELECT \(key) FROM \(owner)) HAVING count(*) > 0
      """)
  }
}
