import DuckDB
public import Foundation
import LakeSettings
import SQLText

extension OwnTable {
  /// What maintenance has done.
  static let maintenance = OwnTable(
    name: "tarn_maintenance",
    columns: """
      run VARCHAR NOT NULL, ended_us BIGINT NOT NULL, task VARCHAR NOT NULL, table_name VARCHAR,
      result VARCHAR NOT NULL, note VARCHAR, turns BIGINT NOT NULL, longest_turn_us BIGINT NOT NULL,
      duration_us BIGINT NOT NULL, row_count BIGINT NOT NULL, snapshots BIGINT NOT NULL,
      files_removed BIGINT NOT NULL, files_added BIGINT NOT NULL, bytes_saved BIGINT NOT NULL
      """)
}

/// A piece of maintenance that was done, as the lake remembers it.
public struct MaintenanceRecord: Sendable, Hashable, Codable {
  /// The same for all pieces of one run.
  public let run: String
  /// When it ended.
  public let ended: Date
  /// What it did.
  public let outcome: MaintenanceOutcome
}

extension Lake {
  /// What maintenance has done to this lake, the latest first. Pieces that found nothing to do are not remembered; others
  /// for 90 days.
  ///
  /// - Parameters:
  ///   - limit: how many at most.
  ///   - task: of one kind only; nil for all.
  /// - Throws: ``LakeError``.
  public func maintenanceHistory(limit: Int = 50, task: MaintenanceTask? = nil) async throws
    -> [MaintenanceRecord]
  {
    let filter = task.map { "WHERE task = \(SQLLiteral.string($0.rawValue))" } ?? ""
    let rows = try await readOwn(.maintenance) {
      """
      SELECT run, ended_us, task, table_name, result, note, turns, longest_turn_us, duration_us, row_count,
        snapshots, files_removed, files_added, bytes_saved
      FROM \($0) \(filter) ORDER BY ended_us DESC, table_name LIMIT \(limit)
      """
    }
    return rows?.rows.compactMap(Self.record) ?? []
  }

  /// Notes what was done. Without anything done nothing is written.
  func note(_ outcomes: [MaintenanceOutcome], run: String, now: Date = Date()) async throws {
    guard !outcomes.isEmpty else { return }
    let ended = Int64(now.timeIntervalSince1970 * 1e6)
    let oldest = ended - Self.historyLife
    try await changeOwn(.maintenance) { name in
      ["DELETE FROM \(name) WHERE ended_us < \(oldest)"]
        + outcomes.map { outcome in
          func text(_ value: String?) -> String { value.map(SQLLiteral.string) ?? "NULL" }
          func micros(_ seconds: Double) -> Int64 { Int64(seconds * 1e6) }
          let values = [
            text(run), String(ended), text(outcome.task.rawValue), text(outcome.table),
            text(outcome.result.rawValue), text(outcome.note), String(outcome.turns),
            String(micros(outcome.longestTurn)), String(micros(outcome.seconds)), String(outcome.rows),
            String(outcome.snapshots), String(outcome.filesRemoved), String(outcome.filesAdded),
            String(outcome.bytesSaved),
          ]
          return "INSERT INTO \(name) VALUES (\(values.joined(separator: ", ")))"
        }
    }
  }

  private static let historyLife: Int64 = 90 * 86_400 * 1_000_000

  private static func record(_ row: Row) -> MaintenanceRecord? {
    guard let run = row[0].text, let ended = row[1].integer,
      let task = row[2].text.flatMap(MaintenanceTask.init), let result = row[4].text
    else { return nil }
    var outcome = MaintenanceOutcome(
      task, table: row[3].text, result: MaintenanceOutcome.Result(rawValue: result) ?? .done,
      note: row[5].text)
    func number(_ column: Int) -> Int64 { row[column].integer ?? 0 }
    outcome.turns = number(6)
    outcome.longestTurn = Double(number(7)) / 1e6
    outcome.seconds = Double(number(8)) / 1e6
    outcome.rows = number(9)
    outcome.snapshots = number(10)
    outcome.filesRemoved = number(11)
    outcome.filesAdded = number(12)
    outcome.bytesSaved = number(13)
    return MaintenanceRecord(
      run: run, ended: Date(timeIntervalSince1970: Double(ended) / 1e6), outcome: outcome)
  }
}
