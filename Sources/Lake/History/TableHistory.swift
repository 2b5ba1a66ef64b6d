import DuckDB
public import Foundation
import LakeSettings
import SQLText

/// What one snapshot did to a table.
public struct TableEvent: Sendable, Hashable, Codable {
  public let snapshot: Int64
  public let time: Date
  /// What happened: `create`, `insert`, `update`, `delete`, `alter`, `rename`, `replace`, `drop`, `upkeep`. Open: new
  /// words may come.
  public let operations: [String]
  /// The name before and after, where it was renamed.
  public let renamed: [String]
  /// Rows inserted; nil where nobody can tell any more.
  public let inserted: Int64?
  public let deleted: Int64?
  public let updated: Int64?
  public let author: String?
  public let message: String?
  /// Machine-readable note, JSON when Tarn made the commit.
  public let extraInfo: String?

  /// Whether it moved rows between files without changing any: compaction, flushing of inlined rows.
  public var isUpkeep: Bool { operations == ["upkeep"] }
}

extension Lake {
  /// What happened to a table, newest first: who, when, what, and how many rows.
  ///
  /// A table that was replaced by another of its name, or dropped and made again, has one history. Snapshots that have
  /// expired are missing from it. Numbers of rows come from the catalog where it has them exactly, else from the
  /// change feed, which reads the files that the snapshots wrote.
  ///
  /// - Parameters:
  ///   - table: its name, now or when it was dropped.
  ///   - schema: its schema.
  ///   - limit: how many events at most.
  /// - Throws: ``LakeError`` with code `not_found` when the catalog knows no such table.
  public func history(of table: String, schema: String = "main", limit: Int = 50) async throws -> [TableEvent]
  {
    let name = CatalogState.Name(schema: schema, name: table)
    let lives = try await lives(of: name)
    let snapshots = try await commits()
    var events = snapshots.compactMap { commit in
      TableEvents.event(of: commit, lives: lives).map { (commit: commit, event: $0) }
    }
    events = Array(events.sorted { $0.commit.id > $1.commit.id }.prefix(max(0, limit)))
    let counts = try await rowCounts(events.map(\.event), lives)
    return events.map { entry in
      let isCounted = !entry.event.touched.isEmpty && !entry.event.isUpkeep
      let count = counts[entry.commit.id]
      let rows = isCounted ? count : RowCounts()
      return TableEvent(
        snapshot: entry.commit.id, time: entry.commit.time,
        operations: entry.event.operations(rows), renamed: entry.event.renamed, inserted: rows?.inserted,
        deleted: rows?.deleted, updated: rows?.updated, author: entry.commit.author,
        message: entry.commit.message, extraInfo: entry.commit.extraInfo)
    }
  }

  // MARK: Reading

  /// The tables that have or had a name.
  private func lives(of name: CatalogState.Name) async throws -> [TableLife] {
    let rows = try await readTrusted(
      """
      WITH named AS (SELECT schema_id, max(schema_name) AS name FROM \(metadata("ducklake_schema")) GROUP BY 1)
      SELECT t.table_id, s.name, t.table_name, t.begin_snapshot, t.end_snapshot
      FROM \(metadata("ducklake_table")) t JOIN named s USING (schema_id) ORDER BY t.table_id, t.begin_snapshot
      """
    ).rows.map { row in
      TableLife.Period(
        id: row[0].integer ?? 0, name: .init(schema: row[1].text ?? "", name: row[2].text ?? ""),
        begin: row[3].integer ?? 0, end: row[4].integer)
    }
    let lives = TableLife.lives(of: name, in: rows)
    guard lives.isEmpty else { return lives }
    let near = NearestName.suggestion(for: name.shown, among: Array(Set(rows.map(\.name.shown))))
    throw LakeError(
      .notFound, "lake '\(self.name)' knows of no table '\(name.shown)'",
      hint: near.map { "Did you mean '\($0)'?" })
  }

  private func commits() async throws -> [TableEvents.Commit] {
    try await readTrusted(
      """
      SELECT s.snapshot_id, epoch_us(s.snapshot_time), c.changes_made, c.author, c.commit_message,
        c.commit_extra_info
      FROM ducklake_snapshots(\(catalogLiteral)) s
      JOIN \(metadata("ducklake_snapshot_changes")) c ON c.snapshot_id = s.snapshot_id
      """
    ).rows.map { row in
      TableEvents.Commit(
        id: row[0].integer ?? 0, time: Date(timeIntervalSince1970: Double(row[1].integer ?? 0) / 1e6),
        changes: SnapshotChange.parse(row[2].text ?? ""), author: row[3].text, message: row[4].text,
        extraInfo: row[5].text)
    }
  }

  /// Rows that each snapshot inserted, deleted and updated, over all tables of the name.
  private func rowCounts(_ events: [TableEvents.Event], _ lives: [TableLife]) async throws -> [Int64:
    RowCounts]
  {
    var counts: [Int64: RowCounts] = [:]
    for life in lives {
      let all = events.filter { $0.touched.contains(life.id) && !$0.isUpkeep }
      let exact = try await insertedRows(
        life.id, all.filter { $0.onlyInserted.contains(life.id) }.map(\.snapshot))
      for (snapshot, rows) in exact { counts[snapshot, default: RowCounts()].inserted += rows }
      let rest = all.map(\.snapshot).filter { exact[$0] == nil }
      guard let first = rest.min(), let last = rest.max(), let name = life.name(at: last) else { continue }
      let arguments = [name.schema, name.name].map(SQLLiteral.string).joined(separator: ", ")
      let feed = try await readTrusted(
        """
        SELECT snapshot_id, change_type, count(*)
        FROM ducklake_table_changes(\(catalogLiteral), \(arguments), \(first), \(last)) GROUP BY ALL
        """)
      for snapshot in rest { counts[snapshot, default: RowCounts()].inserted += 0 }
      for row in feed.rows where rest.contains(row[0].integer ?? -1) {
        counts[row[0].integer ?? -1, default: RowCounts()].add(row[1].text, row[2].integer ?? 0)
      }
    }
    return counts
  }

  /// Rows of the files that snapshots inserted, where no compaction has mixed them with those of others.
  private func insertedRows(_ table: Int64, _ snapshots: [Int64]) async throws -> [Int64: Int64] {
    guard !snapshots.isEmpty else { return [:] }
    let list = snapshots.map(String.init).joined(separator: ", ")
    let files = metadata("ducklake_data_file")
    let rows = try await readTrusted(
      """
      SELECT f.begin_snapshot, sum(f.record_count)::BIGINT FROM \(files) f
      WHERE f.table_id = \(table) AND f.begin_snapshot IN (\(list)) AND NOT EXISTS (
        SELECT 1 FROM \(files) m WHERE m.table_id = \(table) AND m.begin_snapshot <= f.begin_snapshot
          AND m.partial_max >= f.begin_snapshot)
      GROUP BY f.begin_snapshot
      """
    ).rows
    return Dictionary(
      rows.map { ($0[0].integer ?? 0, $0[1].integer ?? 0) }, uniquingKeysWith: { first, _ in first })
  }
}
