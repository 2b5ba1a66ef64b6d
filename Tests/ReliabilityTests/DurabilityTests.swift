import Foundation
import TestKit
import Testing

/// What reaches the disk before what: after a power failure a catalog must not name a file that is not there.
@Suite struct DurabilityTests {
  @Test(
    "new files are on disk before the catalog commits",
    arguments: TestLakes.Kind.catalogs)
  func filesComeFirst(kind: TestLakes.Kind) async throws {
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, named: "order")
      let faults = try await FaultInjector(in: lab.folder)
      let worker = try await FaultWorker.start(lab.lake, faults: faults)
      try faults.trace(true)
      try await worker.perform(.transaction(["INSERT INTO a SELECT 9, 9, range FROM range(5000)"]))
      try faults.trace(false)
      let calls = try faults.traced()
      await worker.end()

      let isData = { (call: FaultInjector.TracedCall) in call.path.contains(".parquet") }
      let written = calls.lastIndex { $0.call == .write && isData($0) }
      let lastWrite = try #require(written, "no Parquet file was written")
      let inode = calls[lastWrite].inode
      let commit = try #require(Self.commit(in: calls, kind), "no commit of the catalog was seen")
      let synced = calls.firstIndex { call in
        call.call == .sync && (call.note == "syncfs" || call.inode == inode)
      }
      let sync = try #require(synced, "the Parquet file was not synced")
      #expect(lastWrite < sync && sync < commit)
      let folder = (calls[lastWrite].path as NSString).deletingLastPathComponent
      let folderSynced = calls[..<commit].contains { call in
        call.call == .sync && (call.note == "syncfs" || call.path == folder)
      }
      #expect(folderSynced, "the entry of the new file in \(folder) may be lost")
    }
  }

  /// The last write to the catalog's file or log, or the message by which PostgreSQL is told to commit.
  private static func commit(in calls: [FaultInjector.TracedCall], _ kind: TestLakes.Kind) -> Int? {
    guard kind == .postgresql else {
      return calls.lastIndex { $0.call == .write && $0.path.contains("catalog.") }
    }
    return calls.lastIndex { $0.call == .send && $0.note.hasPrefix("COMMIT") }
  }

  /// The catalog itself is synced at each commit, or an acknowledged one could be lost with the power.
  @Test("the catalog is on disk before a commit is acknowledged", arguments: TestLakes.Kind.catalogs)
  func catalogIsSynced(kind: TestLakes.Kind) async throws {
    guard kind != .postgresql else { return }  // PostgreSQL sees to that itself.
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, named: "sync")
      let faults = try await FaultInjector(in: lab.folder)
      let worker = try await FaultWorker.start(lab.lake, faults: faults)
      try faults.trace(true)
      try await worker.perform(.transaction(["INSERT INTO a VALUES (9, 9, 9)"]))
      try faults.trace(false)
      let calls = try faults.traced().filter { $0.path.contains("catalog.") && !$0.path.hasSuffix("-shm") }
      await worker.end()
      let written = try #require(calls.lastIndex { $0.call == .write })
      #expect(calls[written...].contains { $0.call == .sync }, "\(calls.map { "\($0.call) \($0.path)" })")
    }
  }
}
