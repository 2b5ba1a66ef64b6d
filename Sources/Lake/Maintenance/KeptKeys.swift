import DuckDB
import Foundation
import SQLText

/// How long the key of a commit is known.
enum KeyLife {
  static let seconds: Int64 = 30 * 86_400
}

extension Lake {
  /// Copies the idempotency keys of snapshots that are about to expire, since they vanish with them, and drops those that
  /// are older than 30 days. Doing it twice changes nothing.
  ///
  /// - Parameter expiring: the snapshots' numbers.
  func keepKeys(before expiring: [Int64], now: Date = Date()) async throws {
    guard !expiring.isEmpty else { return }
    let list = expiring.map(String.init).joined(separator: ", ")
    let columns = "snapshot_id, epoch_us(snapshot_time::TIMESTAMPTZ), commit_extra_info"
    let rows = try await readCatalog(selecting: columns) { name in
      """
      SELECT s.snapshot_id, s.snapshot_time, c.commit_extra_info FROM \(name("ducklake_snapshot")) s
      JOIN \(name("ducklake_snapshot_changes")) c ON c.snapshot_id = s.snapshot_id
      WHERE s.snapshot_id IN (\(list)) AND c.commit_extra_info LIKE '%"keys"%'
      """
    }
    let oldest = Int64(now.timeIntervalSince1970 * 1e6) - KeyLife.seconds * 1_000_000
    let keys = rows.rows.flatMap { row -> [(key: String, snapshot: Int64, time: Int64)] in
      guard let id = row[0].integer, let time = row[1].integer, time >= oldest else { return [] }
      return CommitNote.keys(in: row[2].text).map { ($0, id, time) }
    }
    guard !keys.isEmpty else { return }
    try await changeOwn(.keys) { name in
      ["DELETE FROM \(name) WHERE committed_us < \(oldest) OR snapshot_id IN (\(list))"]
        + keys.map {
          "INSERT INTO \(name) VALUES (\(SQLLiteral.string($0.key)), \($0.snapshot), \($0.time))"
        }
    }
  }
}
