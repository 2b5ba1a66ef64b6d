import DuckDB
import Foundation
import LakeSettings
import TestKit
import Testing

@testable import Lake

@Suite struct ExpiryTests {
  private static let keepOne = MaintenancePolicy(expire: .init(age: .seconds(3600), last: 1))

  @Test(arguments: TestLakes.Kind.installed)
  func oldSnapshotsGoAndTheirFilesAfterThem(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(3)
      try await lake.execute("CREATE OR REPLACE TABLE t AS SELECT i AS id, 'new' AS text FROM range(50) r(i)")
      let newest = try await lake.currentSnapshot()
      // Nothing is old yet.
      #expect(try await lake.maintenance(Self.keepOne).run().isEmpty)
      let now = try await lake.maintenance(Self.keepOne, inDays: 0.5).run()
      #expect(now.of(.expire)?.snapshots == newest, "\(now)")
      #expect(try await lake.snapshotIDs() == [newest])
      // The files are listed now, and stay for a day.
      #expect(now.of(.clean) == nil)
      #expect(try await lake.listedFileCount() == 3)
      let tomorrow = try await lake.maintenance(Self.keepOne, inDays: 1.5).run(.init(tasks: [.clean]))
      #expect(tomorrow.of(.clean)?.filesRemoved == 3)
      #expect(tomorrow.of(.clean)?.bytesSaved ?? 0 > 0)
      #expect(try await lake.listedFileCount() == 0)
      #expect(try await lake.content() == [50, 1225])
      // All that is left in the storage is in use.
      let left = try await lake.readTrusted(
        "SELECT count(*) FROM glob('\(lake.configuration.storage.dataPath)**')")
      #expect(left.scalar()?.integer == Int64(try await lake.fileCount()))
    }
  }

  @Test(arguments: TestLakes.Kind.local)
  func tagsAndBranchesProtectTheirSnapshots(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(6)
      let ids = try await lake.snapshotIDs()
      let newest = try #require(ids.last)
      try await lake.changeOwn(.tags) {
        ["INSERT INTO \($0) VALUES ('release', \(ids[2]), NULL, NULL, 0)"]
      }
      try await lake.changeOwn(.branches) {
        ["INSERT INTO \($0) VALUES ('try', \(ids[4]), 'somewhere', NULL, 0)"]
      }
      _ = try await lake.maintenance(Self.keepOne, inDays: 1).run(.init(tasks: [.expire]))
      #expect(try await lake.snapshotIDs() == [ids[2], ids[4], newest])
      let old = try await lake.query(table: "t", at: .version(ids[4])).result()
      #expect(old.rowCount == 300)
    }
  }

  /// A branch has a catalog of its own, which still names files that were merged since.
  @Test(arguments: TestLakes.Kind.local)
  func filesThatABranchNamesStay(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(5)
      let base = try await lake.currentSnapshot()
      let shared = try await lake.files(of: "t").map(\.path)
      try await lake.changeOwn(.branches) {
        ["INSERT INTO \($0) VALUES ('try', \(base), 'somewhere', NULL, 0)"]
      }
      try await lake.makeFiles(5, in: "later")
      #expect(try await lake.maintenance(inDays: 100).run().filter { $0.task == .merge }.count == 2)
      _ = try await lake.maintenance(inDays: 200).run()
      // Of ten merged files those that came after the branch began are gone.
      #expect(try await lake.listedFileCount() == 5)
      #expect(shared.allSatisfy { FileManager.default.fileExists(atPath: $0) })
      try await lake.changeOwn(.branches) { ["DELETE FROM \($0)"] }
      _ = try await lake.maintenance(inDays: 200).run()
      #expect(try await lake.listedFileCount() == 0)
      #expect(!shared.contains { FileManager.default.fileExists(atPath: $0) })
    }
  }

  @Test(arguments: TestLakes.Kind.local)
  func keysOutliveTheirSnapshots(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (id INT)")
      for key in ["first", "it's"] {
        try await lake.transaction(
          CommitMessage(
            author: "a", text: "b", extraInfo: #"{"tarn":1,"keys":["\#(key)","more of \#(key)"]}"#)
        ) { try await $0.execute("INSERT INTO t VALUES (1)") }
      }
      let ids = try await lake.snapshotIDs()
      try await lake.execute("INSERT INTO t VALUES (1)")
      // Done twice, as when a process is killed before the snapshots expire.
      try await lake.keepKeys(before: ids)
      _ = try await lake.maintenance(Self.keepOne, inDays: 1).run(.init(tasks: [.expire]))
      #expect(try await lake.snapshotIDs().count == 1)
      let kept = try await lake.readOwn(.keys) {
        "SELECT key, snapshot_id FROM \($0) ORDER BY snapshot_id, key"
      }
      #expect(kept?.rows.map { $0[0].text } == ["first", "more of first", "it's", "more of it's"])
      #expect(kept?.rows.map { $0[1].integer } == [ids[2], ids[2], ids[3], ids[3]])
      // After 30 days nobody asks for them any more.
      try await lake.transaction(
        CommitMessage(author: "a", text: "b", extraInfo: #"{"tarn":1,"keys":["young"]}"#)
      ) { try await $0.execute("INSERT INTO t VALUES (1)") }
      let young = try await lake.currentSnapshot()
      try await lake.changeOwn(.keys) { ["UPDATE \($0) SET committed_us = 1000"] }
      try await lake.keepKeys(before: [young])
      let left = try await lake.readOwn(.keys) { "SELECT key FROM \($0)" }
      #expect(left?.rows.map { $0[0].text } == ["young"])
    }
  }

  /// DuckLake itself would remove such a file.
  @Test func filesOutsideTheStorageAreLeftAlone() async throws {
    try await TestLakes.withLake { lake, folder in
      try await lake.makeFiles(1)
      try folder.write("precious", to: "elsewhere/file.parquet")
      let insert = """
        INSERT INTO \(lake.metadata("ducklake_files_scheduled_for_deletion"))
        VALUES (9000, '\(folder["elsewhere/file.parquet"])', 0, '2020-01-01 00:00:00+00'),
          (9001, '../../elsewhere/file.parquet', 1, '2020-01-01 00:00:00+00')
        """
      try await lake.runTrusted(insert)
      let clean = try await lake.maintenance().run().of(.clean)
      #expect(clean?.result == .done && clean?.filesRemoved == 0)
      #expect(clean?.note?.contains("2 files outside the lake's storage") == true)
      #expect(folder.exists("elsewhere/file.parquet"))
      #expect(try await lake.listedFileCount() == 0)
    }
  }

  /// A file that is listed and yet in use, as after a restore, is not removed.
  @Test(arguments: TestLakes.Kind.local)
  func filesInUseStay(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(2)
      let list = lake.changeOfCatalog { name in
        """
        INSERT INTO \(name("ducklake_files_scheduled_for_deletion"))
        SELECT data_file_id, 'main/t/' || path, \(kind == .sqlite ? "1" : "true"), '2020-01-01 00:00:00+00'
        FROM \(name("ducklake_data_file"))
        """
      }
      try await lake.runTrusted(list)
      _ = try await lake.maintenance().run(.init(tasks: [.clean]))
      #expect(try await lake.content() == [200, 19900])
      #expect(try await lake.listedFileCount() == 2)
    }
  }
}
