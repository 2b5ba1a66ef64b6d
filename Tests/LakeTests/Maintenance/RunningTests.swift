import DuckDB
import Foundation
import LakeSettings
import Synchronization
import TestKit
import Testing

@testable import Lake

@Suite struct MaintenanceRunningTests {
  private static let hasty = MaintenancePolicy(
    standard: .init(flush: .init(rows: 1)), expire: .init(age: .zero, last: 1), clean: .init(age: .zero),
    turn: .microseconds(1))

  /// Writers and readers go on while maintenance runs again and again, and see every row once.
  @Test(arguments: TestLakes.Kind.local)
  func writersKeepWriting(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(20, rows: 10)
      let writing = Flag()
      let turns = Mutex<Int64>(0)
      let maintaining = Task {
        while writing.isUp {
          let done = try await lake.maintenance(Self.hasty).run(
            .init(tasks: [.flush, .rewrite, .merge, .expire]))
          turns.withLock { $0 += done.reduce(0) { $0 + $1.turns } }
        }
      }
      var (written, deleted) = (0, 0)
      // Both are to have come far, however fast the one is.
      while written < 30 || turns.withLock({ $0 }) <= 5, written < 2000 {
        try await lake.execute("INSERT INTO t VALUES (\(1000 + written), 'new')")
        if written % 3 == 0, written < 200 {
          try await lake.execute("DELETE FROM t WHERE id = \(written)")
          deleted += 1
        }
        written += 1
        #expect(try await lake.content()[0] == Int64(200 + written - deleted))
      }
      writing.lower()
      try await maintaining.value
      #expect(turns.withLock { $0 } > 5)
      let sum =
        (0..<200).reduce(0, +) - (0..<deleted).reduce(0) { $0 + 3 * $1 }
        + (1000..<1000 + written).reduce(0, +)
      #expect(try await lake.content() == [Int64(200 + written - deleted), Int64(sum)])
    }
  }

  /// A process is killed in the middle of maintenance; the next one goes on, and the lake is whole.
  @Test(arguments: ["sqlite", "duckdb"])
  func aKilledRunIsGoneOnWith(_ catalog: String) async throws {
    let folder = try TemporaryFolder("killed")
    let configuration = TestLakes.configuration(catalog, in: folder)
    var content: [Int64] = []
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      try await lake.makeFiles(80, rows: 10)
      try await lake.execute("DELETE FROM t WHERE id % 2 = 0 AND id < 200")
      content = try await lake.content()
    }
    for turns in [1, 3, 5] {
      let status = try await TestChild.run(
        "maintain-\(turns)", catalog + " " + folder.path, test: "MaintenanceRunningTests/child")
      #expect(status == SIGKILL)
    }
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      #expect(try await lake.content() == content)
      let outcomes = try await lake.maintenance(Self.hasty, inDays: 30).run()
      #expect(!outcomes.contains { $0.result == .failed }, "\(outcomes)")
      #expect(try await lake.content() == content)
      #expect(try await lake.tableOptions().isEmpty)
      #expect(try await lake.readOwn(.targetSizes) { "FROM \($0)" }?.rowCount == 0)
      // Nothing is left in the storage but what the catalog names.
      _ = try await lake.maintenance(Self.hasty, inDays: 60).run()
      let left = try await lake.readTrusted(
        "SELECT count(*) FROM glob('\(lake.configuration.storage.dataPath)**')")
      let named = try await lake.files(of: "t").reduce(0) { $0 + 1 + ($1.deleteFile == nil ? 0 : 1) }
      #expect(left.scalar()?.integer == Int64(named))
    }
  }

  @Test(.enabled(if: TestChild.task?.hasPrefix("maintain-") == true, "runs in a child process only"))
  func child() async throws {
    let words = TestChild.argument.split(separator: " ").map(String.init)
    let home = words[1] + "/lakes/main"
    let lake = try await Lake.open(
      LakeConfiguration(
        catalog: words[0] == "duckdb"
          ? .duckdb(path: home + "/catalog.ducklake") : .sqlite(path: home + "/catalog.sqlite"),
        storage: .folder(home + "/data")))
    let wanted = try #require(TestChild.task?.split(separator: "-").last.flatMap { Int($0) })
    let before = try await lake.currentSnapshot()
    // Killed from beside, once so many turns are through.
    let watch = Task {
      while true {
        if try await lake.currentSnapshot() >= before + Int64(wanted) { kill(getpid(), SIGKILL) }
      }
    }
    _ = try await lake.maintenance(Self.hasty).run()
    watch.cancel()
    kill(getpid(), SIGKILL)
  }

  @Test func aRunThatIsCancelledLeavesNothingBehind() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.makeFiles(64, rows: 10)
      let content = try await lake.content()
      let before = try await lake.currentSnapshot()
      let run = Task { try await lake.maintenance(Self.hasty).run(.init(tasks: [.merge])) }
      while try await lake.currentSnapshot() == before { await Task.yield() }
      run.cancel()
      let result = await run.result
      if case .failure(let error) = result { #expect(error is CancellationError) }
      #expect(try await lake.content() == content)
      #expect(try await lake.tableOptions().isEmpty)
    }
  }

  @Test func nothingIsDoneWhenNothingIsDue() async throws {
    try await TestLakes.withLake { lake, _ in
      let clock = Mutex(Date())
      let maintenance = LakeMaintenance(of: lake, policy: Self.hasty, now: { clock.withLock { $0 } })
      func later(_ seconds: TimeInterval) { clock.withLock { $0 += seconds } }
      try await lake.makeFiles(6)
      later(10)
      #expect(try await maintenance.runIfDue().of(.merge)?.filesRemoved == 6)
      // Snapshots that grew old, and files that were listed.
      for _ in 0..<3 {
        later(4000)
        _ = try await maintenance.runIfDue()
      }
      #expect(try await maintenance.runIfDue().isEmpty)
      let history = try await lake.maintenanceHistory().count
      // Only a commit, or an hour, makes it look again.
      let list =
        "INSERT INTO \(lake.metadata("ducklake_files_scheduled_for_deletion")) VALUES (900, 'x', 1, '2020-01-01')"
      try await lake.runTrusted(list)
      #expect(try await maintenance.runIfDue().isEmpty)
      later(4000)
      #expect(try await maintenance.runIfDue().of(.clean)?.turns == 1)
      #expect(try await lake.maintenanceHistory().count == history + 1)
    }
  }

  /// One table that cannot be worked on does not keep the others from it.
  @Test func oneFailureStopsNothingElse() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.makeFiles(5, in: "a")
      try await lake.makeFiles(5, in: "b")
      for path in try await lake.files(of: "a").map(\.path).prefix(1) {
        try FileManager.default.removeItem(atPath: path)
      }
      let outcomes = try await lake.maintenance().run()
      #expect(outcomes.of(.merge, "a")?.result == .failed)
      #expect(outcomes.of(.merge, "a")?.note?.isEmpty == false)
      #expect(outcomes.of(.merge, "b")?.filesRemoved == 5)
      let kept = try await lake.maintenanceHistory().map(\.outcome.result)
      #expect(Set(kept) == [.failed, .done])
    }
  }
}
