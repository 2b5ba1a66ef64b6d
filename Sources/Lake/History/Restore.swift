import DuckDB
import Foundation
import LakeSettings
import SQLText

extension Lake {
  /// Makes the lake, or one table of it, what it was at an earlier snapshot, as one new snapshot. Nothing is lost by
  /// it: the snapshots in between stay, and another restore undoes it.
  ///
  /// Rows that did not change since are not written again. A table whose columns cannot be changed back is written anew,
  /// and so is one that was dropped or replaced since. The contents are compared before the commit.
  ///
  /// - Parameters:
  ///   - snapshot: the snapshot's number.
  ///   - table: one table, by schema and name; nil for the whole lake. Without it, tables that were made since are
  ///     dropped, and those that were dropped come back.
  ///   - author: who asks for it.
  /// - Returns: what was done.
  /// - Throws: ``LakeError``: `not_found` when the snapshot or the table is not there (any more). Nothing has changed
  ///   then.
  @discardableResult
  public func restore(
    to snapshot: Int64, table: (schema: String, name: String)? = nil, author: String = "tarn"
  ) async throws -> RestoreReport {
    let snapshot = try await existingSnapshot(snapshot)
    let name = table.map { CatalogState.Name(schema: $0.schema, name: $0.name) }
    let what = name.map { "table \($0.shown)" } ?? "lake"
    return try await restore(to: snapshot, table: name, author, "restore \(what) to snapshot \(snapshot)")
  }

  /// Brings a dropped table back: rows, columns, comments, partitioning and sorting, as a new snapshot.
  ///
  /// - Parameters:
  ///   - table: the table's name; of several that were dropped the last one is taken.
  ///   - schema: the schema it was in, which is made again where it is gone.
  ///   - author: who asks for it.
  /// - Returns: what was done.
  /// - Throws: ``LakeError``: `refused` when something has that name, `not_found` when no such table was dropped or its
  ///   snapshots have expired.
  @discardableResult
  public func undrop(_ table: String, schema: String = "main", author: String = "tarn") async throws
    -> RestoreReport
  {
    let name = CatalogState.Name(schema: schema, name: table)
    let snapshot = try await lastSnapshot(with: name)
    return try await restore(
      to: snapshot, table: name, author, "undrop table \(name.shown) as of snapshot \(snapshot)")
  }

  private func restore(
    to snapshot: Int64, table: CatalogState.Name?, _ author: String, _ message: String
  ) async throws -> RestoreReport {
    var copying: Set<Int64> = []
    while true {
      let session = try await engine.session(current: name)
      do {
        try await session.begin()
        let run = RestoreRun(lake: self, session: session, snapshot: snapshot)
        let report = try await run.carryOut(table: table, copying: copying) {
          let extra = #"{"tarn":1,"restore":\#(snapshot)}"#
          try await session.setCommitMessage(CommitMessage(author: author, text: message, extraInfo: extra))
        }
        await session.close()
        return report
      } catch let failure as RestoreRun.ChangeFailed {
        await session.close()
        // Rows cannot be changed back in place: write these tables anew, once.
        guard copying.isDisjoint(with: failure.tables) else { throw failure.reason }
        copying.formUnion(failure.tables)
      } catch {
        await session.close()
        throw error
      }
    }
  }

  /// The last snapshot that had a table which was dropped since.
  private func lastSnapshot(with name: CatalogState.Name) async throws -> Int64 {
    let current = try await catalogState(at: try await currentSnapshot())
    if let table = current.table(name) {
      throw LakeError(
        .refused, "lake '\(self.name)' has a table '\(table.name.shown)'",
        hint: "For an earlier version of it: tarn lake restore --to SNAPSHOT --table \(name.shown).")
    }
    if current.views.contains(where: { $0.name.isSame(as: name) }) {
      throw LakeError(
        .refused, "lake '\(self.name)' has a view '\(name.shown)'", hint: "Drop or rename the view first.")
    }
    let dropped = try await droppedTables(current)
    guard let last = dropped.filter({ $0.name.isSame(as: name) }).max(by: { $0.end < $1.end }) else {
      let near = NearestName.suggestion(for: name.shown, among: dropped.map(\.name.shown))
      throw LakeError(
        .notFound,
        "lake '\(self.name)' knows of no dropped table '\(name.shown)': there was none, or its snapshots have expired",
        hint: near.map { "Did you mean '\($0)'?" })
    }
    guard let snapshot = last.snapshot else {
      throw LakeError(
        .notFound,
        "table '\(name.shown)' was dropped in snapshot \(last.end), and the snapshots that had it have expired"
      )
    }
    return snapshot
  }

  private struct DroppedTable {
    let name: CatalogState.Name
    /// The snapshot in which it was no longer there.
    let end: Int64
    /// The last that had it and is left.
    let snapshot: Int64?
  }

  private func droppedTables(_ current: CatalogState) async throws -> [DroppedTable] {
    let result = try await readTrusted(
      """
      WITH named AS (SELECT schema_id, max(schema_name) AS name FROM \(metadata("ducklake_schema")) GROUP BY 1)
      SELECT s.name, t.table_name, t.end_snapshot, t.table_id, (
        SELECT max(snapshot_id) FROM \(metadata("ducklake_snapshot")) p
        WHERE p.snapshot_id >= t.begin_snapshot AND p.snapshot_id < t.end_snapshot)
      FROM \(metadata("ducklake_table")) t JOIN named s USING (schema_id) WHERE t.end_snapshot IS NOT NULL
      """)
    return result.rows.compactMap { row in
      // A row also ends when its table is renamed.
      guard current.table(id: row[3].integer ?? -1) == nil else { return nil }
      return DroppedTable(
        name: .init(schema: row[0].text ?? "", name: row[1].text ?? ""), end: row[2].integer ?? 0,
        snapshot: row[4].integer)
    }
  }
}
