import SQLText

/// The statements of repairs, for the catalog's own tables. Each mends what it names and nothing else, also when the
/// catalog has changed since the check: rows are named by their ids, and numbers are only ever raised.
struct RepairStatements {
  /// Gives a table's name as the engine knows it.
  let name: (String) -> String
  /// Where the lake's files are.
  let dataPath: String

  /// - Returns: nil when the finding lacks what the repair needs.
  func statements(for target: RepairTarget) -> [String]? {
    let keys = target.keys
    func text(_ index: Int) -> String? { index < keys.count ? keys[index].map(SQLLiteral.string) : nil }
    // Numbers come from the catalog as text.
    func number(_ index: Int) -> String? {
      index < keys.count ? keys[index].flatMap { Int64($0) }.map(String.init) : nil
    }
    func table(_ index: Int) -> String? { index < keys.count ? keys[index].map(name) : nil }

    switch target.repair {
    case .removeDanglingRows:
      guard let table = table(0) else { return nil }
      let newest = "(SELECT max(snapshot_id) FROM \(name("ducklake_snapshot")))"
      var statements = ["DELETE FROM \(table) WHERE begin_snapshot > \(newest)"]
      if keys.count > 1, keys[1] == "1" {
        statements.append("UPDATE \(table) SET end_snapshot = NULL WHERE end_snapshot > \(newest)")
      }
      return statements
    case .raiseNextID:
      guard let column = keys.first ?? nil, let value = number(1) else { return nil }
      guard column == "next_catalog_id" || column == "next_file_id" else { return nil }
      return [
        """
        UPDATE \(name("ducklake_snapshot")) SET \(column) = \(value) WHERE \(column) < \(value)
        AND snapshot_id = (SELECT max(snapshot_id) FROM \(name("ducklake_snapshot")))
        """
      ]
    case .completeSnapshotChanges:
      guard let snapshot = number(0) else { return nil }
      let changes = name("ducklake_snapshot_changes")
      return keys.count > 1 && keys[1] == "add"
        ? ["INSERT INTO \(changes) VALUES (\(snapshot), '', NULL, NULL, NULL)"]
        : ["DELETE FROM \(changes) WHERE snapshot_id = \(snapshot)"]
    case .removeOption:
      guard let key = text(0) else { return nil }
      let scope = text(1).map { "scope = \($0)" } ?? "scope IS NULL"
      let id = number(2).map { "scope_id = \($0)" } ?? "scope_id IS NULL"
      return ["DELETE FROM \(name("ducklake_metadata")) WHERE key = \(key) AND \(scope) AND \(id)"]
    case .addSchemaVersion:
      guard let table = number(0), let snapshot = number(1), let version = number(2) else { return nil }
      return ["INSERT INTO \(name("ducklake_schema_versions")) VALUES (\(snapshot), \(version), \(table))"]
    case .unscheduleFile:
      guard let path = text(0), keys.count > 1 else { return nil }
      return [
        """
        DELETE FROM \(name("ducklake_files_scheduled_for_deletion"))
        WHERE path = \(path) AND path_is_relative = \(keys[1] == "true" ? "true" : "false")
        """
      ]
    case .endColumns:
      guard let id = number(0) else { return nil }
      let columns = name("ducklake_column")
      guard let end = number(1) else {
        return ["DELETE FROM \(columns) WHERE table_id = \(id) AND end_snapshot IS NULL"]
      }
      return ["UPDATE \(columns) SET end_snapshot = \(end) WHERE table_id = \(id) AND end_snapshot IS NULL"]
    case .endFiles:
      guard let id = number(0) else { return nil }
      let end = number(1) ?? "(SELECT max(snapshot_id) FROM \(name("ducklake_snapshot")))"
      return ["ducklake_data_file", "ducklake_delete_file"].map {
        "UPDATE \(name($0)) SET end_snapshot = \(end) WHERE table_id = \(id) AND end_snapshot IS NULL"
      }
    case .dropDuplicateRegistration:
      // The file itself stays: the other registration has it. So do delete files, which name it by its number.
      return number(0).map { forgetDataFile($0) }
    case .forgetDataFile:
      return number(0).map { forgetDataFile($0) }
    case .forgetDeleteFile:
      return number(0).map { ["DELETE FROM \(name("ducklake_delete_file")) WHERE delete_file_id = \($0)"] }
    case .forgetInlinedTable:
      return text(0).map { ["DELETE FROM \(name("ducklake_inlined_data_tables")) WHERE table_name = \($0)"] }
    case .registerInlinedTable:
      guard let id = number(0), let table = text(1), let version = number(2) else { return nil }
      return ["INSERT INTO \(name("ducklake_inlined_data_tables")) VALUES (\(id), \(table), \(version))"]
    case .dropInlinedTable:
      return table(0).map { ["DROP TABLE \($0)"] }
    case .removeStatistics:
      guard let table = table(0), let key = keys.count > 1 ? keys[1] : nil, let owner = self.owner(keys)
      else { return nil }
      let column = SQLIdentifier.quote(key)
      return ["DELETE FROM \(table) WHERE \(column) NOT IN (SELECT \(column) FROM \(owner))"]
    case .correctRecordCount:
      guard let id = number(0), let rows = number(1) else { return nil }
      return [
        "UPDATE \(name("ducklake_data_file")) SET record_count = \(rows) WHERE data_file_id = \(id)"
      ]
    case .correctDeleteCount:
      guard let id = number(0), let rows = number(1) else { return nil }
      return [
        "UPDATE \(name("ducklake_delete_file")) SET delete_count = \(rows) WHERE delete_file_id = \(id)"
      ]
    case .correctFooterSize:
      guard let id = number(1), let size = number(2), let kind = keys[0] else { return nil }
      let table = kind == "data" ? "ducklake_data_file" : "ducklake_delete_file"
      let column = kind == "data" ? "data_file_id" : "delete_file_id"
      return ["UPDATE \(name(table)) SET footer_size = \(size) WHERE \(column) = \(id)"]
    case .correctColumnStatistics:
      guard let file = number(0), let column = number(1) else { return nil }
      var changes: [String] = []
      if let nulls = number(4) {
        changes = ["null_count = \(nulls)"]
      } else {
        changes = ["min_value = \(text(2) ?? "NULL")", "max_value = \(text(3) ?? "NULL")"]
      }
      return [
        """
        UPDATE \(name("ducklake_file_column_stats")) SET \(changes.joined(separator: ", "))
        WHERE data_file_id = \(file) AND column_id = \(column)
        """
      ]
    case .correctTableStatistics:
      guard let table = number(0) else { return nil }
      if let next = number(1) {
        return [
          """
          UPDATE \(name("ducklake_table_stats")) SET next_row_id = \(next)
          WHERE table_id = \(table) AND next_row_id < \(next)
          """
        ]
      }
      if let column = number(2) {
        // Without the row nobody knows the bounds, so nothing is left out, and later inserts add none. NULLs in it would
        // not do: the next insert would put its own bounds in their place.
        return [
          "DELETE FROM \(name("ducklake_table_column_stats")) WHERE table_id = \(table) AND column_id = \(column)"
        ]
      }
      guard let rows = number(3) else { return nil }
      return correctCount(table, rows, nextRowID: number(4) ?? "0", bytes: number(5) ?? "0")
    }
  }

  private func owner(_ keys: [String?]) -> String? { keys.count > 2 ? keys[2].map(name) : nil }

  private func correctCount(_ table: String, _ rows: String, nextRowID: String, bytes: String) -> [String] {
    let statistics = name("ducklake_table_stats")
    return [
      """
      INSERT INTO \(statistics) SELECT \(table), \(rows), \(nextRowID), \(bytes)
      WHERE NOT EXISTS (FROM \(statistics) WHERE table_id = \(table))
      """,
      "UPDATE \(statistics) SET record_count = \(rows) WHERE table_id = \(table) AND record_count < \(rows)",
    ]
  }

  private func forgetDataFile(_ id: String) -> [String] {
    let dependent = [
      "ducklake_delete_file", "ducklake_file_column_stats", "ducklake_file_variant_stats",
      "ducklake_file_partition_value", "ducklake_data_file",
    ]
    return dependent.map { "DELETE FROM \(name($0)) WHERE data_file_id = \(id)" }
  }

  /// A snapshot that tells of the repair. Its new schema version and file number make every engine read the catalog
  /// anew, which keeps what it has read of either for as long as they stay.
  func snapshot(for repair: RepairName, count: Int) -> [String] {
    let snapshots = name("ducklake_snapshot")
    let note = SQLLiteral.string("repair: \(repair.rawValue) (\(count))")
    let extra = SQLLiteral.string(#"{"tarn":1,"repair":"\#(repair.rawValue)"}"#)
    return [
      """
      INSERT INTO \(snapshots) SELECT snapshot_id + 1, now(), schema_version + 1, next_catalog_id, next_file_id + 1
      FROM \(snapshots) ORDER BY snapshot_id DESC LIMIT 1
      """,
      """
      INSERT INTO \(name("ducklake_snapshot_changes"))
      SELECT max(snapshot_id), '', 'tarn', \(note), \(extra) FROM \(snapshots)
      """,
    ]
  }
}
