import LakeSettings
import SQLText

/// The statements that fill a branch's catalog from its lake's, as it was at one snapshot: text only.
///
/// The same text is run by DuckDB for catalogs in files and by the server for those on PostgreSQL, so it keeps to what
/// both understand. The branch gets the state at the snapshot and none of the history before it, since the lake may expire
/// that.
struct BranchCopy: Sendable {
  /// The snapshot that the branch starts from.
  let base: Int64
  /// Where the lake's files are; paths below it become absolute in the branch.
  let dataPath: String
  /// Where the branch's own files will be.
  let branchDataPath: String
  /// When the branch is made, in microseconds since 1970; tells this branch from others of its name.
  let created: Int64
  /// A table of the lake's catalog.
  let source: @Sendable (String) -> String
  /// A table of the branch's catalog.
  let target: @Sendable (String) -> String
  /// DuckDB fits columns by their names; on PostgreSQL the tables are made alike.
  let fitsByName: Bool

  /// Tables whose rows hold from one snapshot to another.
  static let versioned = [
    "ducklake_schema", "ducklake_table", "ducklake_view", "ducklake_macro", "ducklake_tag",
    "ducklake_column_tag",
    "ducklake_column", "ducklake_data_file", "ducklake_delete_file", "ducklake_partition_info",
    "ducklake_sort_info",
  ]

  /// Tables whose rows belong to rows of another table: name, key, and the table that has the key.
  private static let dependent = [
    ("ducklake_macro_impl", "macro_id", "ducklake_macro"),
    ("ducklake_macro_parameters", "macro_id", "ducklake_macro"),
    ("ducklake_file_column_stats", "data_file_id", "ducklake_data_file"),
    ("ducklake_file_variant_stats", "data_file_id", "ducklake_data_file"),
    ("ducklake_file_partition_value", "data_file_id", "ducklake_data_file"),
    ("ducklake_partition_column", "partition_id", "ducklake_partition_info"),
    ("ducklake_sort_expression", "sort_id", "ducklake_sort_info"),
    ("ducklake_table_stats", "table_id", "ducklake_table"),
    ("ducklake_table_column_stats", "table_id", "ducklake_table"),
    ("ducklake_column_mapping", "table_id", "ducklake_table"),
    ("ducklake_name_mapping", "mapping_id", "ducklake_column_mapping"),
  ]

  /// All tables of a DuckLake 1.0 catalog that have fixed names.
  static let fixedTables =
    versioned + dependent.map(\.0) + [
      "ducklake_metadata", "ducklake_snapshot", "ducklake_snapshot_changes",
      "ducklake_files_scheduled_for_deletion",
      "ducklake_inlined_data_tables", "ducklake_schema_versions",
    ]

  /// The table in which a branch's catalog says what it is.
  static let origin = OwnTable(
    name: "tarn_branch",
    columns: "lake VARCHAR NOT NULL, base_snapshot BIGINT NOT NULL, created_us BIGINT NOT NULL")

  /// - Parameters:
  ///   - inlined: the names of the catalog's tables for rows that have no file yet.
  ///   - lake: the lake's name, as a note.
  func statements(inlined: [String], lake: LakeName) -> [String] {
    fixed() + inlined.flatMap(copyInlined)
      + [
        "DELETE FROM \(target("ducklake_inlined_data_tables"))",
        copy("ducklake_inlined_data_tables", among(inlined)),
        "CREATE TABLE \(target(Self.origin.name)) (\(Self.origin.columns))",
        "INSERT INTO \(target(Self.origin.name)) VALUES (\(SQLLiteral.string(lake.text)), \(base), \(created))",
        // Upkeep of the branch keeps what a merge compares with.
        "CREATE TABLE \(target(OwnTable.tags.name)) (\(OwnTable.tags.columns))",
        "INSERT INTO \(target(OwnTable.tags.name)) VALUES (NULL, \(base), NULL, 'base of the branch', \(created))",
      ]
  }

  /// A query whose result has a row when the state at the base cannot be kept apart from later ones any more: a file was
  /// merged with later ones since, and its rows would turn up as the branch's snapshots get their numbers.
  func mixedFiles(in table: (String) -> String) -> String {
    ["ducklake_data_file", "ducklake_delete_file"].map {
      "SELECT 1 FROM \(table($0)) WHERE partial_max > \(base) AND \(live)"
    }.joined(separator: " UNION ALL ")
  }

  private func fixed() -> [String] {
    var all: [String] = []
    for table in Self.versioned {
      // Rows without a file are kept in tables of the columns of their time, whose names DuckLake looks up.
      let rows =
        table == "ducklake_column"
        ? "begin_snapshot <= \(base) AND table_id IN (SELECT table_id FROM \(target("ducklake_table")))"
        : live
      all += ["DELETE FROM \(target(table))", copy(table, rows)]
      all.append("UPDATE \(target(table)) SET end_snapshot = NULL WHERE end_snapshot > \(base)")
    }
    for (table, key, owner) in Self.dependent {
      all += ["DELETE FROM \(target(table))", copy(table, "\(key) IN (SELECT \(key) FROM \(target(owner)))")]
    }
    for table in ["ducklake_snapshot", "ducklake_snapshot_changes"] {
      all += ["DELETE FROM \(target(table))", copy(table, "snapshot_id = \(base)")]
    }
    all += [
      // A number that no other catalog of this name had: programs keep a lake's tables by it.
      "UPDATE \(target("ducklake_snapshot")) SET schema_version = schema_version + \(created / 1_000_000)",
      "DELETE FROM \(target("ducklake_schema_versions"))",
      copy("ducklake_schema_versions", "begin_snapshot <= \(base)"),
      "DELETE FROM \(target("ducklake_files_scheduled_for_deletion"))",
      "DELETE FROM \(target("ducklake_metadata"))",
      copy("ducklake_metadata", "key NOT IN ('data_path', 'auto_compact')"),
      "INSERT INTO \(target("ducklake_metadata")) (key, value) VALUES ('data_path', \(SQLLiteral.string(branchDataPath)))",
      // Compaction would copy what the branch shares, and DuckLake 1.0 fails inside when it meets the lake's and the
      // branch's files of one partition.
      "INSERT INTO \(target("ducklake_metadata")) (key, value) VALUES ('auto_compact', 'false')",
    ]
    return all + ["ducklake_data_file", "ducklake_delete_file"].map(absolutePaths)
  }

  private func copyInlined(_ table: String) -> [String] {
    let create = "CREATE TABLE \(target(table)) AS SELECT * FROM \(source(table)) WHERE "
    if table.hasPrefix("ducklake_inlined_delete_") {
      return [
        create
          + "begin_snapshot <= \(base) AND file_id IN (SELECT data_file_id FROM \(target("ducklake_data_file")))"
      ]
    }
    return [
      create + live,
      "UPDATE \(target(table)) SET end_snapshot = NULL WHERE end_snapshot IS NOT NULL",
    ]
  }

  private func among(_ inlined: [String]) -> String {
    let names = inlined.map(SQLLiteral.string) + ["''"]
    return
      "table_name IN (\(names.joined(separator: ", "))) AND table_id IN (SELECT table_id FROM \(target("ducklake_table")))"
  }

  private func copy(_ table: String, _ condition: String) -> String {
    "INSERT INTO \(target(table)) \(fitsByName ? "BY NAME " : "")SELECT * FROM \(source(table)) WHERE \(condition)"
  }

  private var live: String {
    "begin_snapshot <= \(base) AND (end_snapshot IS NULL OR end_snapshot > \(base))"
  }

  /// Inherited files stay where they are; the branch's new ones go below its own place.
  private func absolutePaths(_ table: String) -> String {
    let root = SQLLiteral.string(dataPath)
    return """
      UPDATE \(target(table)) AS f SET path_is_relative = false, path = (
        SELECT CASE WHEN t.path_is_relative
          THEN CASE WHEN s.path_is_relative THEN \(root) ELSE '' END || s.path || t.path ELSE t.path END
        FROM \(target("ducklake_table")) t JOIN \(target("ducklake_schema")) s ON s.schema_id = t.schema_id
        WHERE t.table_id = f.table_id) || path
      WHERE path_is_relative
      """
  }
}
