import DuckDB
import LakeSettings
import SQLText

/// Tells whose rows changed since a snapshot: from the catalog where it says so, and by comparing rows where files were
/// rewritten, which upkeep does without changing a row.
struct RowChangeReader: Sendable {
  let lake: Lake
  let session: EngineSession
  let base: Int64
  let head: Int64

  /// - Parameters:
  ///   - old: the definitions at the base.
  ///   - new: the definitions now. Tables that were dropped or altered are left out, for the definitions tell.
  /// - Returns: the change of each table by its number; tables without one are left out.
  func changes(from old: LakeState, to new: LakeState) async throws -> [Int64: RowChange] {
    var changes: [Int64: RowChange] = [:]
    for row in try await session.runTrusted(try await catalogQuery()).rows {
      let id = row[0].integer ?? 0
      guard let before = old.table(id), let now = new.table(id) else { continue }
      let isDisturbed = row[2].integer == 1
      if isDisturbed {
        changes[id] = now.topColumns == before.topColumns ? try await compare(before, now) : .changed
      } else if row[1].integer == 1 {
        changes[id] = .added
      }
    }
    return changes.filter { $0.value != .none }
  }

  /// Table, whether rows came, whether older rows went or files of them were replaced.
  private func catalogQuery() async throws -> String {
    let began = "begin_snapshot > \(base) AND begin_snapshot <= \(head)"
    let ended = "begin_snapshot <= \(base) AND end_snapshot > \(base) AND end_snapshot <= \(head)"
    var parts = [
      """
      SELECT table_id, CASE WHEN \(began) OR partial_max > \(base) THEN 1 ELSE 0 END AS came,
        CASE WHEN \(ended) THEN 1 ELSE 0 END AS went
      FROM \(lake.metadata("ducklake_data_file")) WHERE (\(began)) OR (\(ended)) OR partial_max > \(base)
      """,
      """
      SELECT table_id, 0, 1 FROM \(lake.metadata("ducklake_delete_file"))
      WHERE (\(began)) OR (\(ended)) OR partial_max > \(base)
      """,
    ]
    let inlined = try await lake.inlinedTables { try await session.runTrusted($0) }
    for name in inlined {
      let words = name.split(separator: "_")
      if name.hasPrefix("ducklake_inlined_delete_"), let id = words.last.flatMap({ Int64($0) }) {
        let rows = lake.catalogRows(name, "\(id) AS table_id", "\(began)")
        parts.append("SELECT table_id, 0, 1 FROM \(rows)")
      } else if words.count > 1, let id = Int64(words[words.count - 2]) {
        let rows = lake.catalogRows(
          name, "\(id) AS table_id, begin_snapshot, end_snapshot", "(\(began)) OR (\(ended))")
        parts.append(
          "SELECT table_id, CASE WHEN \(began) THEN 1 ELSE 0 END, CASE WHEN \(ended) THEN 1 ELSE 0 END FROM \(rows)"
        )
      }
    }
    return """
      SELECT CAST(table_id AS BIGINT), CAST(max(came) AS BIGINT), CAST(max(went) AS BIGINT)
      FROM (\(parts.joined(separator: " UNION ALL "))) GROUP BY table_id
      """
  }

  private func compare(_ old: TableState, _ new: TableState) async throws -> RowChange {
    let delta = RowDelta(lake: lake.name, base: base, old: old, new: new, change: .changed)
    if try await session.count(delta.gone ?? "") > 0 { return .changed }
    return try await session.count(delta.fresh) > 0 ? .added : .none
  }
}

/// The queries for the rows that a table lost and got since a snapshot.
///
/// A row keeps its number (`rowid`) through updates, flushing, merging and rewriting of files, and has the same number in a
/// branch and its lake when it was there before the branch began.
struct RowDelta: Sendable {
  let lake: LakeName
  let base: Int64
  let old: TableState
  let new: TableState
  let change: RowChange

  /// The numbers of rows that are gone or have other values; nil where the catalog says that there are none.
  var gone: String? {
    switch change {
    case .none, .added: nil
    case .changed where hasSameColumns:
      "SELECT tarn_row FROM (SELECT rowid AS tarn_row, * FROM \(before) EXCEPT SELECT rowid, * FROM \(now))"
    case .changed: "SELECT rowid AS tarn_row FROM \(before)"
    }
  }

  /// The rows that are new or have other values, whole.
  var fresh: String {
    switch change {
    case .none: "SELECT * FROM \(now) LIMIT 0"
    case .added: "SELECT * FROM \(now) WHERE rowid NOT IN (SELECT rowid FROM \(before))"
    case .changed where hasSameColumns:
      "SELECT * EXCLUDE (tarn_row) FROM (SELECT rowid AS tarn_row, * FROM \(now) EXCEPT SELECT rowid, * FROM \(before))"
    case .changed: "SELECT * FROM \(now)"
    }
  }

  private var hasSameColumns: Bool {
    old.columns.map { [$0.name, $0.type, "\($0.id)"] } == new.columns.map { [$0.name, $0.type, "\($0.id)"] }
  }
  private var now: String { new.name.sql(in: lake) }
  private var before: String { old.name.sql(in: lake) + " AT (VERSION => \(base))" }
}

extension EngineSession {
  /// Runs a statement of our own making as a user's would be run, so that it comes to its lakes and turns.
  @discardableResult
  func runOrdinary(_ text: String) async throws -> QueryResult { try await run(SQLStatements.split(text)[0]) }

  /// The number of rows of a query.
  func count(_ query: String) async throws -> Int64 {
    Int64(try await runOrdinary("SELECT count(*) FROM (\(query))").scalar()?.intValue ?? 0)
  }
}
