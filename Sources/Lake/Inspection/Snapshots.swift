import DuckDB
public import Foundation
import LakeSettings
import SQLText

/// One version of a lake.
public struct Snapshot: Sendable, Hashable, Codable {
  /// DuckLake's number.
  public let id: Int64
  /// When it was committed.
  public let time: Date
  /// Counts changes of the schema.
  public let schemaVersion: Int64
  /// What it changed: kind of change (such as `tables_inserted_into`) to the tables' names or numbers.
  public let changes: [String: [String]]
  public let author: String?
  public let message: String?
  /// Machine-readable note, JSON when Tarn made the commit.
  public let extraInfo: String?
}

/// A point in a lake's history.
public enum SnapshotReference: Sendable, Hashable {
  /// The snapshot of this number.
  case version(Int64)
  /// The last snapshot at or before this moment.
  case time(Date)

  /// The `AT (…)` clause; DuckLake takes literals only.
  var clause: String {
    switch self {
    case .version(let id): "AT (VERSION => \(id))"
    case .time(let date):
      "AT (TIMESTAMP => make_timestamptz(\(Int64((date.timeIntervalSince1970 * 1e6).rounded()))))"
    }
  }
}

/// A row-level change between two snapshots.
public enum ChangeFeed {
  /// The columns that stand before the table's own in `changes(in:from:through:)`.
  public static let leadingColumns = ["snapshot_id", "rowid", "change_type"]
}

extension Lake {
  /// The newest snapshot's number.
  public func currentSnapshot() async throws -> Int64 {
    let id: Int64? = try await query(
      "SELECT id::BIGINT FROM ducklake_current_snapshot(\(raw: catalogLiteral))"
    )
    .fetchOneScalar()
    return id ?? 0
  }

  /// Snapshots, newest first.
  ///
  /// - Parameter limit: how many at most.
  public func snapshots(limit: Int = 1000) async throws -> [Snapshot] {
    let result = try await query(
      """
      SELECT snapshot_id, epoch_us(snapshot_time), schema_version, to_json(changes)::VARCHAR, author,
        commit_message, commit_extra_info
      FROM ducklake_snapshots(\(raw: catalogLiteral)) ORDER BY snapshot_id DESC LIMIT \(limit)
      """
    ).result()
    return result.rows.map { row in
      Snapshot(
        id: row[0].integer ?? 0, time: Date(timeIntervalSince1970: Double(row[1].integer ?? 0) / 1e6),
        schemaVersion: row[2].integer ?? 0, changes: Self.changes(row[3].text), author: row[4].text,
        message: row[5].text, extraInfo: row[6].text)
    }
  }

  /// A query for a whole table as it was at a point in history.
  ///
  /// - Parameters:
  ///   - table: name of the table.
  ///   - schema: its schema.
  ///   - point: which version.
  public func query(table: String, schema: String = "main", at point: SnapshotReference) -> LakeQuery {
    query("SELECT * FROM \(identifier: schema).\(identifier: table) \(raw: point.clause)")
  }

  /// A query for the rows inserted, updated and deleted between two snapshots, both included. Its columns are
  /// ``ChangeFeed/leadingColumns`` and the table's own.
  public func changes(in table: String, schema: String = "main", from first: Int64, through last: Int64)
    -> LakeQuery
  {
    let arguments = [schema, table].map(SQLLiteral.string).joined(separator: ", ")
    return query(
      """
      SELECT * FROM ducklake_table_changes(\(raw: catalogLiteral), \(raw: arguments), \(raw: "\(first), \(last)"))
      ORDER BY snapshot_id, rowid
      """)
  }

  var catalogLiteral: String { SQLLiteral.string(name.catalogAlias) }

  private static func changes(_ json: String?) -> [String: [String]] {
    guard let json, let changes = try? JSONDecoder().decode([String: [String]].self, from: Data(json.utf8))
    else { return [:] }
    return changes
  }
}
