import DuckDB
import Foundation
import LakeSettings
import SQLText

/// Rows that lie in the catalog, and whether they can be flushed.
struct InlinedRows: Sendable, Hashable {
  /// Rows inserted or deleted.
  var rows: Int64 = 0
  /// The first snapshot that brought one of them.
  var firstSnapshot: Int64 = .max
}

extension Lake {
  /// What waits to be flushed, table by table.
  func flushSteps(
    _ tables: [Int64: MaintainedTable], _ policy: MaintenancePolicy, now: Date
  ) async throws -> [(table: MaintainedTable, step: MaintenanceStep)] {
    let inlined = try await inlinedRows(tables)
    guard !inlined.isEmpty else { return [] }
    let unwritable = try await tablesThatCannotBeFlushed()
    let times = try await snapshotTimes(Set(inlined.values.map(\.firstSnapshot)))
    var steps: [(table: MaintainedTable, step: MaintenanceStep)] = []
    for (id, waiting) in inlined {
      guard let table = tables[id], let rule = policy.parts(schema: table.schema, table: table.name).flush
      else { continue }
      let since = times[waiting.firstSnapshot] ?? .distantPast
      guard waiting.rows >= rule.rows || since <= now.addingTimeInterval(-rule.age.inSeconds) else {
        continue
      }
      var step = MaintenanceStep(.flush, table: table.title, rows: waiting.rows)
      if let type = unwritable[id] {
        step.isSkipped = true
        step.note =
          "a column of type \(type.uppercased()) cannot be written to Parquet: DuckDB would fail; change its type"
      }
      steps.append((table, step))
    }
    return steps.sorted { $0.table.title < $1.table.title }
  }

  func flush(_ table: MaintainedTable, _ session: EngineSession) async throws -> MaintenanceOutcome {
    var outcome = MaintenanceOutcome(.flush, table: table.title)
    let call = """
      CALL ducklake_flush_inlined_data(\(catalogLiteral), schema_name => \(SQLLiteral.string(table.schema)),
        table_name => \(SQLLiteral.string(table.name)))
      """
    let before = try await liveFiles(of: table)
    let (result, held) = try await session.maintain(self) { try await $0.query(call) }
    outcome.count(turn: held)
    outcome.rows = result.rows.reduce(0) { $0 + ($1[2].integer ?? 0) }
    outcome.filesAdded = max(0, try await liveFiles(of: table).files - before.files)
    return outcome
  }

  private func inlinedRows(_ tables: [Int64: MaintainedTable]) async throws -> [Int64: InlinedRows] {
    var found: [Int64: InlinedRows] = [:]
    func add(_ result: QueryResult, to id: Int64) {
      for row in result.rows where (row[0].integer ?? 0) > 0 {
        var known = found[id] ?? InlinedRows()
        known.rows += row[0].integer ?? 0
        known.firstSnapshot = min(known.firstSnapshot, row[1].integer ?? .max)
        found[id] = known
      }
    }
    let list = try await readCatalog {
      "SELECT table_id, table_name FROM \($0("ducklake_inlined_data_tables"))"
    }
    for row in list.rows {
      guard let id = row[0].integer, let name = row[1].text, tables[id] != nil else { continue }
      if let result = try await countInlined(name) { add(result, to: id) }
    }
    // The tables of inlined deletes are listed nowhere; the changes name those that have had some.
    let changes = try await readCatalog(
      selecting: "DISTINCT unnest(regexp_extract_all(changes_made, 'inlined_delete:([0-9]+)', 1))::BIGINT"
    ) {
      """
      SELECT changes_made FROM \($0("ducklake_snapshot_changes")) WHERE changes_made LIKE '%inlined_delete:%'
      """
    }
    for id in changes.rows.compactMap({ $0[0].integer }) where tables[id] != nil {
      if let result = try await countInlined("ducklake_inlined_delete_\(id)") { add(result, to: id) }
    }
    return found
  }

  /// Nil when there is no such table.
  private func countInlined(_ name: String) async throws -> QueryResult? {
    do {
      return try await readCatalog {
        "SELECT count(*) AS n, min(begin_snapshot) AS first_snapshot FROM \($0(name))"
      }
    } catch let error as LakeError where error.message.contains("does not exist") { return nil }
  }

  /// Tables with a column type that makes DuckDB fail inside when it is written to Parquet: the whole instance is lost
  /// then. Tried: TIME_NS, also within lists, structs and maps, whose parts are columns of their own in the catalog.
  private func tablesThatCannotBeFlushed() async throws -> [Int64: String] {
    let result = try await readCatalog { table in
      """
      SELECT table_id, min(column_type) AS type FROM \(table("ducklake_column"))
      WHERE lower(column_type) IN ('time_ns') GROUP BY table_id
      """
    }
    var found: [Int64: String] = [:]
    for row in result.rows { if let id = row[0].integer { found[id] = row[1].text } }
    return found
  }

  private func snapshotTimes(_ ids: Set<Int64>) async throws -> [Int64: Date] {
    guard !ids.isEmpty else { return [:] }
    let list = ids.map(String.init).joined(separator: ", ")
    let result = try await readCatalog(selecting: "snapshot_id, epoch_us(snapshot_time::TIMESTAMPTZ)") {
      "SELECT snapshot_id, snapshot_time FROM \($0("ducklake_snapshot")) WHERE snapshot_id IN (\(list))"
    }
    var times: [Int64: Date] = [:]
    for row in result.rows {
      guard let id = row[0].integer, let time = row[1].integer else { continue }
      times[id] = Date(timeIntervalSince1970: Double(time) / 1e6)
    }
    return times
  }
}
