import DuckDB
import LakeSettings
import SQLText

/// Compares the values in data files with the catalog's bounds for them, and positions in delete files with their data
/// files. That the values can be read at all is known by then.
struct DeepReading: Sendable {
  let lake: Lake
  let store: CatalogStore

  func findings() async throws -> [CheckFinding] {
    var findings: [CheckFinding] = []
    for file in try await deleteFiles() {
      if let finding = try await check(file) { findings.append(finding) }
    }
    for (file, bounds) in try await dataFiles() {
      findings += try await check(file, bounds)
    }
    return findings
  }

  private struct File: Sendable, Hashable {
    let path: String
    let label: String
    let id: Int64
    /// Rows of the data file.
    let rows: Int64
  }

  private struct Bounds: Sendable {
    let name: String
    let columnID: Int64
    let type: String
    let low: String
    let high: String
  }

  private func deleteFiles() async throws -> [File] {
    try await store.connection.ask(
      """
      SELECT d.path, d.label, d.id, f.record_count FROM check_file d JOIN check_footer USING (path)
      JOIN ducklake_data_file f ON f.data_file_id = d.of_file
      WHERE d.kind = 'delete' AND d.seen AND d.path NOT IN (SELECT path FROM check_unreadable) ORDER BY d.id
      """
    ).rows.map {
      File(path: $0[0].text ?? "", label: $0[1].text ?? "", id: $0[2].integer ?? 0, rows: $0[3].integer ?? 0)
    }
  }

  private func check(_ file: File) async throws -> CheckFinding? {
    let sql = """
      SELECT count(*) - count(DISTINCT pos), count(*) FILTER (pos < 0 OR pos >= \(file.rows))
      FROM read_parquet(\(SQLLiteral.string(file.path)))
      """
    let row = try await lake.readTrusted(sql, looksAround: true)[0]
    guard let twice = row[0].integer, let outside = row[1].integer, twice > 0 || outside > 0 else {
      return nil
    }
    return CheckFinding(
      .wrongDeleteCount, .error, at: "\(file.label), \(file.path)",
      means: "\(outside) positions are outside the data file and \(twice) stand there twice: counts go wrong",
      mends: "restore the table to a snapshot before the delete", rows: twice + outside)
  }

  /// Files with the bounds of their columns that have one: top-level ones of types that compare as in SQL.
  private func dataFiles() async throws -> [(File, [Bounds])] {
    let rows = try await store.connection.ask(
      """
      SELECT f.path, f.label, f.id, f.rows, s.column_path, c.column_id, c.column_type, k.min_value, k.max_value
      FROM check_file f JOIN check_footer USING (path)
      JOIN (SELECT DISTINCT path, field_id, column_path FROM check_statistics WHERE NOT contains(column_path, ', ')) s
        USING (path)
      JOIN ducklake_column c ON c.table_id = f.table_id AND c.end_snapshot IS NULL AND c.parent_column IS NULL
        AND c.column_id = s.field_id
      JOIN ducklake_file_column_stats k ON k.data_file_id = f.id AND k.column_id = c.column_id
      WHERE f.kind = 'data' AND f.seen AND f.mapping_id IS NULL AND k.min_value IS NOT NULL
        AND k.max_value IS NOT NULL AND f.path NOT IN (SELECT path FROM check_unreadable)
      ORDER BY f.id, c.column_id
      """
    ).rows
    var files: [(File, [Bounds])] = []
    let types = Set(try await StatisticsRules.types(in: store))
    for row in rows {
      guard let type = row[6].text, types.contains(type), let name = InlinedColumns.plain(type) else {
        continue
      }
      let file = File(
        path: row[0].text ?? "", label: row[1].text ?? "", id: row[2].integer ?? 0, rows: row[3].integer ?? 0)
      let bounds = Bounds(
        name: row[4].text ?? "", columnID: row[5].integer ?? 0, type: name, low: row[7].text ?? "",
        high: row[8].text ?? "")
      if files.last?.0 == file {
        files[files.count - 1].1.append(bounds)
      } else {
        files.append((file, [bounds]))
      }
    }
    return files
  }

  private func check(_ file: File, _ bounds: [Bounds]) async throws -> [CheckFinding] {
    let tests = bounds.map { bounds in
      let name = SQLIdentifier.quote(bounds.name)
      let low = "TRY_CAST(\(SQLLiteral.string(bounds.low)) AS \(bounds.type))"
      let high = "TRY_CAST(\(SQLLiteral.string(bounds.high)) AS \(bounds.type))"
      return
        "count(*) FILTER (\(name) < \(low) OR (\(name) > \(high) AND NOT \(Self.isNaN(name, bounds.type))))"
    }
    let ends = bounds.flatMap { bounds in
      let name = SQLIdentifier.quote(bounds.name)
      let kept = "FILTER (NOT \(Self.isNaN(name, bounds.type)))"
      return ["(min(\(name)) \(kept))::VARCHAR", "(max(\(name)) \(kept))::VARCHAR"]
    }
    let sql =
      "SELECT \((tests + ends).joined(separator: ", ")) FROM read_parquet(\(SQLLiteral.string(file.path)))"
    let row = try await lake.readTrusted(sql, looksAround: true)[0]
    return bounds.indices.compactMap { index in
      guard let outside = row[index].integer, outside > 0 else { return nil }
      let column = bounds[index]
      let end = bounds.count + 2 * index
      return CheckFinding(
        .wrongColumnStatistics, .error, at: "\(file.label), \(file.path), column \(column.name)",
        means: "\(outside) values are outside \(column.low) to \(column.high): queries do not see their rows",
        mends: "writes the bounds of the values into the catalog", rows: outside,
        target: RepairTarget(
          .correctColumnStatistics,
          [String(file.id), String(column.columnID), row[end].text, row[end + 1].text, nil]))
    }
  }

  /// Bounds leave NaN out, which DuckDB takes for the largest number.
  private static func isNaN(_ name: String, _ type: String) -> String {
    type == "DOUBLE" || type == "FLOAT" ? "isnan(\(name))" : "false"
  }
}
