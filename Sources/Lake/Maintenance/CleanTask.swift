import DuckDB
import Foundation
import LakeSettings
import SQLText

/// A file on the catalog's list of files to be removed.
struct ListedFile: Sendable, Hashable {
  let id: Int64
  /// As the catalog names it.
  let path: String
  let isRelative: Bool

  /// Where it is, when it lies in the lake's own storage; nil for a file of somebody else's.
  func place(in storage: String) -> String? {
    let place = isRelative ? storage + path : path
    return place.hasPrefix(storage) && !place.contains("/../") ? place : nil
  }
}

extension Lake {
  /// How many listed files would be removed.
  func cleanStep(_ policy: MaintenancePolicy, now: Date) async throws -> MaintenanceStep? {
    guard let rule = policy.clean else { return nil }
    let limits = try await cleanLimits(rule, now: now)
    let result = try await readListed(limits, selecting: "count(*)")
    let count = result.scalar()?.integer ?? 0
    return count > 0 ? MaintenanceStep(.clean, files: count) : nil
  }

  /// Removes files that the catalog has listed for deletion for long enough, then takes them off the list.
  ///
  /// In this order a process that is killed in between leaves entries without a file, which the next run takes off.
  func clean(_ policy: MaintenancePolicy, _ session: EngineSession, now: Date) async throws
    -> MaintenanceOutcome
  {
    var outcome = MaintenanceOutcome(.clean)
    guard let rule = policy.clean else { return outcome }
    let storage = configuration.storage.dataPath
    let remover = FileRemover(lake: self)
    var foreign = 0
    var kept = 0
    while true {
      try Task.checkCancellation()
      let limits = try await cleanLimits(rule, now: now)
      let listed = try await readListed(
        limits, selecting: "data_file_id, path, path_is_relative::BIGINT",
        limit: "ORDER BY data_file_id LIMIT \(Self.batch) OFFSET \(kept)"
      ).rows.compactMap { row -> ListedFile? in
        guard let id = row[0].integer, let path = row[1].text else { return nil }
        return ListedFile(id: id, path: path, isRelative: row[2].integer == 1)
      }
      let inUse = try await namesInUse(listed.map(\.path.fileName), listedToo: false)
      let files = listed.filter { !inUse.contains($0.path.fileName) }
      kept += listed.count - files.count
      if files.isEmpty, !listed.isEmpty { continue }
      guard !files.isEmpty else { break }
      let places = files.compactMap { $0.place(in: storage) }
      foreign += files.count - places.count
      let known = try await remover.look(at: places)
      try await remover.remove(places)
      let ids = files.map { String($0.id) }.joined(separator: ", ")
      let statement = changeOfCatalog {
        "DELETE FROM \($0("ducklake_files_scheduled_for_deletion")) WHERE data_file_id IN (\(ids))"
      }
      let (_, held) = try await session.maintain(self) { try await $0.command(statement) }
      outcome.count(turn: held)
      outcome.filesRemoved += Int64(known.count)
      outcome.bytesSaved += known.values.reduce(0) { $0 + $1.bytes }
    }
    if foreign > 0 { outcome.note = "\(foreign) files outside the lake's storage were left where they are" }
    return outcome
  }

  private static let batch = 1000

  /// Which listed files may go.
  private struct CleanLimits {
    /// Listed before this moment, in microseconds since 1970.
    let before: Int64
    /// Files with this number or a later one only: a branch may read those before.
    let from: Int64
  }

  private func cleanLimits(_ rule: MaintenancePolicy.Clean, now: Date) async throws -> CleanLimits {
    var before = now.addingTimeInterval(-rule.age.inSeconds)
    // Whoever began before a file was listed may still read it.
    for since in [try await otherClients().oldest, gate.transactions.open.first?.since] {
      if let since { before = min(before, since) }
    }
    return CleanLimits(
      before: Int64(before.timeIntervalSince1970 * 1e6), from: try await firstFileOfNoBranch())
  }

  /// Merged files leave the present catalog at once, while a branch still names them: so what was there when a branch began
  /// stays as long as the branch.
  private func firstFileOfNoBranch() async throws -> Int64 {
    let bases = try await readOwn(.branches) { "SELECT base_snapshot FROM \($0)" }
    let ids = bases?.rows.compactMap { $0[0].integer } ?? []
    guard !ids.isEmpty else { return 0 }
    let list = Set(ids).map(String.init).joined(separator: ", ")
    let result = try await readCatalog {
      """
      SELECT count(*) AS n, max(next_file_id) AS next_file FROM \($0("ducklake_snapshot"))
      WHERE snapshot_id IN (\(list))
      """
    }
    guard let row = result.rows.first(where: { _ in true }), row[0].integer == Int64(Set(ids).count) else {
      return .max
    }
    return row[1].integer ?? .max
  }

  private func readListed(_ limits: CleanLimits, selecting columns: String, limit: String = "") async throws
    -> QueryResult
  {
    let listed = "WHERE epoch_us(schedule_start::TIMESTAMPTZ) < \(limits.before)"
    return try await readCatalog(selecting: columns, then: "\(listed) \(limit)") { name in
      """
      SELECT data_file_id, path, path_is_relative, schedule_start
      FROM \(name("ducklake_files_scheduled_for_deletion")) WHERE data_file_id >= \(limits.from)
      """
    }
  }

  /// Those of some files, told by their names alone, that the catalog names: they are in use, or in use again.
  func namesInUse(_ names: [String], listedToo: Bool) async throws -> Set<String> {
    guard !names.isEmpty else { return [] }
    let list = names.map(SQLLiteral.string).joined(separator: ", ")
    var tables = ["ducklake_data_file", "ducklake_delete_file"]
    if listedToo { tables.append("ducklake_files_scheduled_for_deletion") }
    let result = try await readCatalog { name in
      tables.map {
        "SELECT split_part(path, '/', -1) AS name FROM \(name($0)) WHERE split_part(path, '/', -1) IN (\(list))"
      }.joined(separator: " UNION ")
    }
    return Set(result.rows.compactMap { $0[0].text })
  }
}

extension String {
  /// What stands after the last slash.
  var fileName: String { (self as NSString).lastPathComponent }
}
