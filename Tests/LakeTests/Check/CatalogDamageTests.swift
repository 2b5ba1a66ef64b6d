import DuckDB
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// Damage to the catalog, made for real: it is found, named, and mended so that engines see the mended state.
@Suite struct CatalogDamageTests {
  struct Damage: Sendable, CustomStringConvertible {
    let description: String
    let kind: CheckFinding.Kind
    let repair: String?
    /// What is written to the catalog; `@x` stands for the catalog table `ducklake_x`.
    let sql: [String]
    var severity = CheckFinding.Severity.error
    var takesAcceptLoss = false
    /// How many findings tell of it.
    var findings = 1
    /// Damages of one round are made together.
    var round = 1
    /// What undoes damage that no repair mends.
    var undo: [String] = []
  }

  private static let t = "(SELECT max(table_id) FROM @table WHERE table_name = 't')"
  private static let file =
    "(SELECT min(data_file_id) FROM @data_file WHERE table_id = \(t) AND end_snapshot IS NULL)"
  private static let newest = "(SELECT max(snapshot_id) FROM @snapshot)"

  static let damages = [
    Damage(
      description: "a data file registered twice", kind: .duplicateRegistration,
      repair: "drop_duplicate_registration",
      sql: [
        """
        INSERT INTO @data_file SELECT next_file_id, table_id, f.begin_snapshot, end_snapshot, file_order, path,
          path_is_relative, file_format, record_count, file_size_bytes, footer_size, 500000, partition_id,
          encryption_key, mapping_id, partial_max
        FROM @data_file f, @snapshot s WHERE data_file_id = \(file) AND snapshot_id = \(newest)
        """, "UPDATE @snapshot SET next_file_id = next_file_id + 1 WHERE snapshot_id = \(newest)",
        "UPDATE @table_stats SET next_row_id = 900000, record_count = 900000 WHERE table_id = \(t)",
      ]),
    Damage(
      description: "another number of rows for a file", kind: .wrongRecordCount,
      repair: "correct_record_count",
      sql: ["UPDATE @data_file SET record_count = 999 WHERE data_file_id = \(file)"]),
    Damage(
      description: "another number of deleted rows", kind: .wrongDeleteCount, repair: "correct_delete_count",
      sql: ["UPDATE @delete_file SET delete_count = 99 WHERE table_id = \(t)"]),
    Damage(
      description: "another footer size", kind: .wrongFooterSize, repair: "correct_footer_size",
      sql: ["UPDATE @data_file SET footer_size = 17 WHERE data_file_id = \(file)"]),
    Damage(
      description: "bounds of a file that leave values out", kind: .wrongColumnStatistics,
      repair: "correct_column_statistics",
      sql: ["UPDATE @file_column_stats SET max_value = '500' WHERE data_file_id = \(file) AND column_id = 1"]),
    Damage(
      description: "bounds of a file that leave texts out", kind: .wrongColumnStatistics,
      repair: "correct_column_statistics",
      sql: ["UPDATE @file_column_stats SET min_value = 's5' WHERE data_file_id = \(file) AND column_id = 2"]),
    Damage(
      description: "another number of NULLs", kind: .wrongColumnStatistics,
      repair: "correct_column_statistics",
      sql: ["UPDATE @file_column_stats SET null_count = 0 WHERE data_file_id = \(file) AND column_id = 3"]),
    Damage(
      description: "bounds of a table that leave values out", kind: .wrongTableStatistics,
      repair: "correct_table_statistics",
      sql: ["UPDATE @table_column_stats SET max_value = '500' WHERE table_id = \(t) AND column_id = 1"]),
    Damage(
      description: "a table that has no NULLs", kind: .wrongTableStatistics,
      repair: "correct_table_statistics",
      sql: ["UPDATE @table_column_stats SET contains_null = false WHERE table_id = \(t) AND column_id = 3"]),
    Damage(
      description: "no bounds of a table", kind: .wrongTableStatistics, repair: "correct_table_statistics",
      sql: ["UPDATE @table_column_stats SET min_value = NULL WHERE table_id = \(t) AND column_id = 2"],
      severity: .warning),
    Damage(
      description: "too few rows of a table", kind: .wrongTableStatistics, repair: "correct_table_statistics",
      sql: ["UPDATE @table_stats SET record_count = 5 WHERE table_id = \(t)"], severity: .warning),
    Damage(
      description: "row ids given out twice", kind: .nextRowIDBehind, repair: "correct_table_statistics",
      sql: ["UPDATE @table_stats SET next_row_id = 5 WHERE table_id = \(t)"]),
    Damage(
      description: "a schema version without its row", kind: .schemaVersionMissing,
      repair: "add_schema_version",
      sql: ["DELETE FROM @schema_versions WHERE table_id = \(t) AND begin_snapshot > 1"]),
    Damage(
      description: "rows of snapshots that are not there", kind: .danglingSnapshot,
      repair: "remove_dangling_rows",
      sql: [
        "INSERT INTO @tag VALUES (1, 90000, NULL, 'comment', 'from nowhere')",
        "UPDATE @data_file SET end_snapshot = 90001 WHERE data_file_id = \(file)",
      ], findings: 2, round: 2),
    Damage(
      description: "a snapshot without changes", kind: .snapshotChangesMissing,
      repair: "complete_snapshot_changes", sql: ["DELETE FROM @snapshot_changes WHERE snapshot_id = 2"],
      severity: .warning),
    Damage(
      description: "changes without a snapshot", kind: .snapshotChangesMissing,
      repair: "complete_snapshot_changes",
      sql: ["INSERT INTO @snapshot_changes VALUES (80000, '', NULL, NULL, NULL)"], severity: .warning),
    Damage(
      description: "numbers of files given out twice", kind: .nextIDBehind, repair: "raise_next_id",
      sql: ["UPDATE @snapshot SET next_file_id = 0 WHERE snapshot_id = \(newest)"]),
    Damage(
      description: "numbers of tables given out twice", kind: .nextIDBehind, repair: "raise_next_id",
      sql: ["UPDATE @snapshot SET next_catalog_id = 0 WHERE snapshot_id = \(newest)"]),
    Damage(
      description: "an option that stops inserts", kind: .brickingOption, repair: "remove_option",
      sql: ["INSERT INTO @metadata VALUES ('parquet_row_group_size_bytes', '1000000', NULL, NULL)"]),
    Damage(
      description: "a level without zstd, for one table", kind: .brickingOption, repair: "remove_option",
      sql: ["INSERT INTO @metadata VALUES ('parquet_compression_level', '7', 'table', \(t))"]),
    Damage(
      description: "columns of no table", kind: .columnWithoutTable, repair: "end_columns",
      sql: [
        """
        INSERT INTO @column VALUES (1, 1, NULL, 70000, 1, 'x', 'int32', NULL, NULL, true, NULL, 'literal', 'duckdb')
        """
      ]),
    Damage(
      description: "a table with inlined rows that is not there", kind: .inlinedTableMissing,
      repair: "forget_inlined_table",
      sql: ["INSERT INTO @inlined_data_tables VALUES (\(t), 'ducklake_inlined_data_1_99', 99)"],
      takesAcceptLoss: true),
    Damage(
      description: "inlined rows that are not registered", kind: .orphanedInlinedTable,
      repair: "register_inlined_table",
      sql: [
        "DELETE FROM @inlined_data_tables WHERE table_id = \(t) AND table_name = 'ducklake_inlined_data_1_2'"
      ],
      round: 2),
    Damage(
      description: "a file in use that clean-up would remove", kind: .scheduledFileInUse,
      repair: "unschedule_file",
      sql: [
        """
        INSERT INTO @files_scheduled_for_deletion SELECT data_file_id, 'main/t/' || path, true, NULL
        FROM @data_file WHERE data_file_id = \(file)
        """
      ]),
    Damage(
      description: "a delete file of no data file", kind: .deleteFileWithoutDataFile,
      repair: "forget_delete_file",
      sql: [
        """
        INSERT INTO @delete_file SELECT s.next_file_id, table_id, f.begin_snapshot, NULL, 60000, path, path_is_relative,
          format, 100, file_size_bytes, footer_size, encryption_key, partial_max
        FROM @delete_file f, @snapshot s WHERE table_id = \(t) AND f.end_snapshot IS NULL AND s.snapshot_id = \(newest)
        """, "UPDATE @snapshot SET next_file_id = next_file_id + 1 WHERE snapshot_id = \(newest)",
      ], severity: .warning),
    Damage(
      description: "a file of a dropped table", kind: .fileOfDroppedTable, repair: "end_files",
      sql: ["UPDATE @data_file SET end_snapshot = NULL WHERE table_id != \(t) AND end_snapshot IS NOT NULL"],
      severity: .warning),
    Damage(
      description: "statistics of no file", kind: .danglingStatistics, repair: "remove_statistics",
      sql: [
        "INSERT INTO @file_column_stats VALUES (60000, 1, 1, 1, 1, 0, '1', '1', NULL, NULL)"
      ], severity: .note),
    Damage(
      description: "schema versions that go back", kind: .schemaVersionDisorder, repair: nil,
      sql: ["UPDATE @snapshot SET schema_version = schema_version + 50000 WHERE snapshot_id = 3"], round: 3,
      undo: ["UPDATE @snapshot SET schema_version = schema_version - 50000 WHERE snapshot_id = 3"]),
    Damage(
      description: "a table of no schema", kind: .tableWithoutSchema, repair: nil,
      sql: ["UPDATE @view SET schema_id = 50000"], round: 3, undo: ["UPDATE @view SET schema_id = 0"]),
    Damage(
      description: "two tables of one name", kind: .duplicateName, repair: nil,
      sql: ["UPDATE @view SET view_name = 'T'"], round: 4, undo: ["UPDATE @view SET view_name = 'v'"]),
    Damage(
      description: "row ids of two files that overlap", kind: .overlappingRowIDs, repair: nil,
      sql: [
        "UPDATE @data_file SET row_id_start = row_id_start - 50 WHERE table_id = \(t) AND row_id_start > 1000"
      ],
      round: 3,
      undo: [
        "UPDATE @data_file SET row_id_start = row_id_start + 50 WHERE table_id = \(t) AND row_id_start > 900"
      ]),
    Damage(
      description: "a table without columns", kind: .tableWithoutColumns, repair: nil,
      sql: [
        "UPDATE @column SET end_snapshot = 0 WHERE column_name = 'lone'"
      ], round: 3, undo: ["UPDATE @column SET end_snapshot = NULL WHERE column_name = 'lone'"]),
  ]

  static func make(_ lake: Lake) async throws {
    for statement in [
      "CREATE TABLE t (i INTEGER, s VARCHAR)", "ALTER TABLE t ADD COLUMN n INTEGER",
      """
      INSERT INTO t SELECT i, 's' || i, CASE WHEN i % 2 = 0 THEN i END FROM range(1000) r(i)
      """, "INSERT INTO t VALUES (5000, 'inlined', 1), (5001, 'inlined', NULL)",
      "DELETE FROM t WHERE i < 100",
      "INSERT INTO t SELECT i, 't' || i, NULL FROM range(2000, 2100) r(i)",
      "CREATE VIEW v AS SELECT i FROM t",
      "CREATE TABLE gone AS SELECT 1 AS i FROM range(100)", "DROP TABLE gone",
      "CREATE TABLE one (lone INTEGER)",
    ] { try await lake.execute("\(raw: statement)") }
  }

  static let expected = ["1002", "900", "502", "451"]

  static func seen(_ lake: Lake) async throws -> [String] {
    let row = try await lake.query(
      """
      SELECT count(*), count(*) FILTER (i < 1000), (SELECT count(*) FROM t WHERE i >= 600),
        (SELECT count(*) FROM t WHERE n IS NOT NULL) FROM t
      """
    ).result()[0]
    return row.values.compactMap { $0.integer.map(String.init) }
  }

  private static func damage(_ lake: Lake, _ statements: [String]) async throws {
    let sql = statements.map { $0.replacing(#/@([a-z_]+)/#) { lake.metadata("ducklake_\($0.output.1)") } }
    try await lake.runTrusted(sql.joined(separator: "; "))
  }

  /// Each damage is told of, and nothing else is.
  private static func compare(_ report: CheckReport, _ damages: [Damage]) {
    for (kind, ofKind) in Dictionary(grouping: damages, by: \.kind) {
      let findings = report.findings.filter { $0.kind == kind }
      #expect(findings.count == ofKind.reduce(0) { $0 + $1.findings }, "\(ofKind): \(findings)")
      for damage in ofKind {
        #expect(
          findings.contains { $0.severity == damage.severity && $0.repair == damage.repair },
          "\(damage): \(findings)")
      }
    }
    let others = report.findings.filter { finding in !damages.contains { $0.kind == finding.kind } }
    #expect(others == [])
  }

  @Test(arguments: TestLakes.Kind.installed.filter { !$0.rawValue.hasSuffix("S3") })
  func isFoundAndMended(_ kind: TestLakes.Kind) async throws {
    let folder = try TemporaryFolder("check")
    let configuration = try await TestLakes.configuration(kind, in: folder)
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      try await Self.make(lake)
      #expect(try await lake.check().findings == [])
      #expect(try await Self.seen(lake) == Self.expected)
      for round in 1...4 {
        let damages = Self.damages.filter { $0.round == round }
        try await Self.damage(lake, damages.flatMap(\.sql))
        let report = try await lake.check()
        Self.compare(report, damages)
        if damages.contains(where: { $0.repair == nil }) {
          try await Self.damage(lake, damages.flatMap(\.undo))
          #expect(try await lake.check().findings == [])
          continue
        }
        let plan = try await lake.repair(RepairOptions(dryRun: true), backupFolder: folder["backups"])
        #expect(plan.backup == nil && plan.after == nil)
        let acceptable = damages.contains(where: \.takesAcceptLoss)
        #expect(plan.steps.contains { $0.outcome == .needsAcceptLoss } == acceptable)
        let repaired = try await lake.repair(
          RepairOptions(acceptsLoss: true), backupFolder: folder["backups"])
        #expect(repaired.steps.allSatisfy { $0.outcome == .done })
        #expect(repaired.after?.findings == [], "round \(round)")
        #expect(try await Self.seen(lake) == Self.expected, "round \(round)")
      }
      try await lake.execute("INSERT INTO t SELECT i, 'new', i FROM range(10000, 10100) r(i)")
      try await lake.execute("CREATE TABLE more AS SELECT 1 AS i")
      let message = try await lake.snapshots(limit: 200).compactMap(\.message).first
      #expect(message?.hasPrefix("repair: ") == true)
    }
    // A new engine, and plain DuckDB, see the same and can write.
    try await PlainDuckDB.with(configuration) { connection in
      #expect(try await connection.ask("SELECT count(*) FROM l.t").scalar()?.integer == 1102)
      try await connection.command("INSERT INTO l.t VALUES (1, 'plain', NULL)")
      try await connection.command("INSERT INTO l.t SELECT i, 'plain', NULL FROM range(100) r(i)")
      try await connection.command("DELETE FROM l.t WHERE i < 50")
      try await connection.command("ALTER TABLE l.t ADD COLUMN added INTEGER")
      try await connection.command("CALL ducklake_flush_inlined_data('l')")
      try await connection.command("CALL ducklake_merge_adjacent_files('l')")
      #expect(try await connection.ask("SELECT count(*) FROM l.t").scalar()?.integer == 1102 + 50)
    }
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      #expect(try await lake.check(CheckOptions(deep: true)).findings == [])
    }
  }
}
