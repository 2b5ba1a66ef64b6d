import DuckDB
import Foundation
import LakeSettings
import SQLText

/// The snapshots that expiry has to leave alone for the sake of branches.
public struct BranchSnapshots: Sendable, Hashable {
  /// The snapshots that branches began from; in a branch, the one that it began from itself.
  public let bases: Set<Int64>
  /// All snapshots newer than this one stay until a merge that was cut off is done again; nil for none.
  public let newerThan: Int64?

  /// Whether a snapshot has to stay.
  public func contains(_ snapshot: Int64) -> Bool {
    bases.contains(snapshot) || newerThan.map { snapshot > $0 } ?? false
  }
}

extension Lake {
  /// The snapshots that branches need. To be asked before snapshots are expired.
  ///
  /// - Throws: ``LakeError``.
  public func snapshotsNeededByBranches() async throws -> BranchSnapshots {
    var bases = Set(try await branchRows(nil).map(\.base))
    if name.isBranch {
      let own = try await readOwn(BranchCopy.origin) { "SELECT base_snapshot FROM \($0)" }
      bases.formUnion(own?.rows.compactMap { $0[0].integer } ?? [])
    }
    let begun = try await readOwn(.merges) { "SELECT min(lake_head) FROM \($0)" }
    return BranchSnapshots(bases: bases, newerThan: begun?.rows.first { _ in true }?[0].integer)
  }

  /// Keeps a clean-up of this lake from removing files that another lake needs. To be run before every
  /// `ducklake_cleanup_old_files`, which must then be given `older_than`, never `cleanup_all`.
  ///
  /// DuckLake gives a file up when it merges it with others or flushes rows again, though snapshots that a branch shares
  /// refer to it. So, of the files that wait for removal,
  /// - those that a branch of this lake may need wait until the year 9999, or until the branch is dropped, and
  /// - those that belong to the lake which this is a branch of are left to that lake.
  ///
  /// - Returns: the number of files that are kept for branches.
  /// - Throws: ``LakeError``.
  @discardableResult
  public func protectSharedFiles() async throws -> Int64 {
    let waiting = catalogTable("ducklake_files_scheduled_for_deletion")
    if name.isBranch {
      let own = SQLLiteral.string(configuration.storage.dataPath)
      try await runInCatalog([
        "DELETE FROM \(waiting) WHERE NOT CAST(path_is_relative AS BOOLEAN) AND NOT starts_with(path, \(own))"
      ])
      return 0
    }
    guard try await has(.branches) else { return 0 }
    let snapshots = catalogTable("ducklake_snapshot")
    let now = Self.timestamp(Date())
    try await changeOwn(.branches) { branches in
      // File numbers only grow, so what a branch may need has a smaller one than the next at its base. Without the base
      // nobody can tell, and everything is kept.
      let isNeeded = """
        (EXISTS (SELECT 1 FROM \(branches) b JOIN \(snapshots) s ON s.snapshot_id = b.base_snapshot
          WHERE data_file_id < s.next_file_id)
        OR EXISTS (SELECT 1 FROM \(branches) b WHERE b.base_snapshot NOT IN (SELECT snapshot_id FROM \(snapshots))))
        """
      return [
        "UPDATE \(waiting) SET schedule_start = '\(Self.never)' WHERE \(isNeeded)",
        "UPDATE \(waiting) SET schedule_start = '\(now)' WHERE schedule_start >= '\(Self.never)' AND NOT \(isNeeded)",
      ]
    }
    let count = "SELECT count(*) FROM \(metadata("ducklake_files_scheduled_for_deletion"))"
    return try await readTrusted(count + " WHERE schedule_start >= '\(Self.never)'", looksAround: true)
      .scalar()?.intValue.map(Int64.init) ?? 0
  }

  private static let never = "9999-01-01 00:00:00+00"

  private static func timestamp(_ date: Date) -> String {
    let format = Date.ISO8601FormatStyle(dateSeparator: .dash, dateTimeSeparator: .space, timeZone: .gmt)
    return String(format.format(date).prefix(19)) + "+00"
  }
}

extension Engine {
  /// Removes all files that a branch wrote, once it has no catalog any more.
  func removeFiles(of branch: LakeConfiguration) async throws {
    guard branch.name.isBranch else { return }
    let storage = branch.storage
    // A lake without tables knows no file, so each is an orphan of it.
    let place = SQLLiteral.string(storage.dataPath)
    let sweeper = "tarn_sweep_\(UInt32.random(in: 0 ... .max))"
    let connection = try await connect()
    do {
      try await connection.command("ATTACH 'ducklake::memory:' AS \(sweeper) (DATA_PATH \(place))")
      let sweep = "CALL ducklake_delete_orphaned_files('\(sweeper)', cleanup_all => true)"
      _ = try await connection.query(sweep)
      try await connection.command("DETACH \(sweeper)")
    } catch let error as DuckDBError {
      _ = try? await connection.command("DETACH \(sweeper)")
      await health.close(connection)
      throw translate(error)
    }
    await health.close(connection)
    if case .folder(let path) = storage, FileManager.default.fileExists(atPath: path) {
      do { try FileManager.default.removeItem(atPath: path) } catch {
        throw LakeError(.storage, "cannot remove folder \(path)", hint: "Remove it by hand.")
      }
    }
  }
}
