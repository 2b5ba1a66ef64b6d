import DuckDB
import Foundation
import LakeSettings
import TestKit
import Testing

@testable import Lake

@Suite struct FlushAndMergeTests {
  private static let flushAll = MaintenancePolicy(standard: .init(flush: .init(rows: 1)))

  @Test(arguments: TestLakes.Kind.installed)
  func rowsInTheCatalogBecomeFiles(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (id BIGINT, text VARCHAR)")
      for id in 0..<5 { try await lake.execute("INSERT INTO t VALUES (\(id), 'x')") }
      try await lake.execute("DELETE FROM t WHERE id = 3")
      #expect(try await lake.fileCount() == 0)
      let plan = try await lake.maintenance(Self.flushAll).plan()
      #expect(plan.first { $0.task == .flush }?.rows == 5)
      #expect(try await lake.fileCount() == 0)
      let done = try await lake.maintenance(Self.flushAll).run()
      #expect(done.of(.flush)?.rows == 5 && done.of(.flush)?.turns == 1, "\(done)")
      #expect(try await lake.fileCount() == 1)
      #expect(try await lake.content() == [4, 7])
      #expect(try await lake.maintenance(Self.flushAll).run(.init(tasks: [.flush])).isEmpty)
    }
  }

  @Test func fewYoungRowsWait() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS id")
      #expect(try await lake.maintenance().run(.init(tasks: [.flush])).isEmpty)
      // An hour later they are old enough.
      #expect(try await lake.maintenance(inDays: 0.1).run(.init(tasks: [.flush])).count == 1)
      var off = MaintenancePolicy()
      off.tables["main.t"] = .init(flush: nil)
      try await lake.execute("INSERT INTO t VALUES (2)")
      #expect(try await lake.maintenance(off, inDays: 0.1).run(.init(tasks: [.flush])).isEmpty)
    }
  }

  /// Flushing such a table makes DuckDB fail inside, and the whole instance with it.
  @Test(arguments: TestLakes.Kind.local)
  func aTableThatCannotBeFlushedIsLeftOut(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      // A PostgreSQL catalog takes no TIME_NS column, but nested ones.
      let plain = kind == .postgresql ? "MAP(VARCHAR, TIME_NS)" : "TIME_NS"
      for (name, type) in [("a", plain), ("b", "STRUCT(x TIME_NS)"), ("c", "TIME_NS[]"), ("d", "TIME")] {
        let create = "CREATE TABLE \(name) (id BIGINT, value \(type))"
        try await lake.runTrusted(create)
        let insert = "INSERT INTO \(name) (id) VALUES (1)"
        try await lake.runTrusted(insert)
      }
      let done = try await lake.maintenance(Self.flushAll).run()
      for name in ["a", "b", "c"] {
        #expect(done.of(.flush, name)?.result == .skipped)
        #expect(done.of(.flush, name)?.note?.contains("TIME_NS") == true)
      }
      #expect(done.of(.flush, "d")?.result == .done)
      #expect(lake.engine.isUsable)
      #expect(try await lake.content(of: "a") == [1, 1])
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func smallFilesBecomeOne(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(12)
      let version = try await lake.currentSnapshot()
      try await lake.execute("INSERT INTO t VALUES (5000, 'later')")
      let before = try await lake.content()
      #expect(try await lake.maintenance().plan().of(.merge)?.files == 13)
      let done = try await lake.maintenance().run()
      let merge = try #require(done.of(.merge))
      #expect(merge.filesRemoved == 13 && merge.filesAdded == 1 && merge.result == .done, "\(merge)")
      #expect(try await lake.fileCount() == 1)
      #expect(try await lake.content() == before)
      let old = try await lake.query(table: "t", at: .version(version)).result()
      #expect(old.rowCount == 1200)
      #expect(try await lake.tableOptions().isEmpty)
      let record = try #require(try await lake.maintenanceHistory().first { $0.outcome.task == .merge })
      #expect(record.outcome.filesRemoved == 13 && record.outcome.bytesSaved == merge.bytesSaved)
      #expect(record.outcome.bytesSaved > 0 && record.outcome.longestTurn > 0)
      #expect(try await lake.maintenance().run().isEmpty)
    }
  }

  /// Where the work is more than fits into one turn, it takes several, and leaves no option behind.
  @Test(arguments: TestLakes.Kind.local)
  func aLongTableTakesManyTurns(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(64, rows: 10)
      let before = try await lake.content()
      let hasty = MaintenancePolicy(turn: .microseconds(1))
      let merge = try #require(try await lake.maintenance(hasty).run().of(.merge))
      #expect(merge.turns >= 4, "\(merge)")
      #expect(try await lake.fileCount() < 4)
      #expect(try await lake.content() == before)
      #expect(try await lake.tableOptions().isEmpty)
      #expect(try await lake.readOwn(.targetSizes) { "FROM \($0)" }?.rowCount == 0)
    }
  }

  @Test(arguments: TestLakes.Kind.local)
  func aTablesOwnTargetSizeStays(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(64, rows: 10)
      try await lake.setOption("target_file_size", to: "100MB", schema: "main", table: "t")
      let hasty = MaintenancePolicy(turn: .microseconds(1))
      #expect(try await lake.maintenance(hasty).run().of(.merge)?.turns ?? 0 >= 4)
      #expect(try await lake.tableOptions().map(\.value) == ["100000000"])
    }
  }

  /// What a killed run left of its own settings goes; what a person has set since stays.
  @Test(arguments: TestLakes.Kind.local)
  func leftoversOfAKilledRunGo(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      for (table, value) in [("t", "100MB"), ("u", "200MB")] {
        try await lake.makeFiles(1, in: table)
        try await lake.setOption("target_file_size", to: value, schema: "main", table: table)
      }
      let ids = try await lake.maintainedTables().values.map(\.id)
      try await lake.changeOwn(.targetSizes) { name in
        ids.map { "INSERT INTO \(name) VALUES (\($0), '100000000')" }
      }
      _ = try await lake.maintenance().run()
      #expect(try await lake.tableOptions().map(\.value) == ["200000000"])
    }
  }

  @Test func filesOfOtherPartitionsAndVersionsStayApart() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.setOption("data_inlining_row_limit", to: "0")
      try await lake.execute("CREATE TABLE p (id BIGINT, part INT)")
      let partition = "ALTER TABLE p SET PARTITIONED BY (part)"
      try await lake.runTrusted(partition)
      for _ in 0..<5 { try await lake.execute("INSERT INTO p SELECT i, i % 2 FROM range(10) r(i)") }
      try await lake.execute("ALTER TABLE p ADD COLUMN more INT")
      for _ in 0..<5 { try await lake.execute("INSERT INTO p SELECT i, i % 2, 1 FROM range(10) r(i)") }
      let before = try await lake.content(of: "p")
      #expect(try await lake.maintenance().plan().of(.merge)?.files == 20)
      #expect(try await lake.maintenance().run().of(.merge)?.filesAdded == 4)
      #expect(try await lake.fileCount(of: "p") == 4)
      #expect(try await lake.content(of: "p") == before)
      #expect(try await lake.maintenance().run().isEmpty)
    }
  }

  @Test(arguments: TestLakes.Kind.local)
  func filesWithManyDeletesAreRewritten(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(3, rows: 1000)
      // 90, 50 and 10 percent.
      try await lake.execute(
        "DELETE FROM t WHERE id < 900 OR id BETWEEN 1000 AND 1499 OR id BETWEEN 2000 AND 2099")
      let before = try await lake.content()
      let plan = try await lake.maintenance().plan().of(.rewrite)
      #expect(plan?.files == 2 && plan?.rows == 1400)
      let done = try await lake.maintenance().run(.init(tasks: [.rewrite]))
      #expect(done.of(.rewrite)?.filesRemoved == 2 && done.of(.rewrite)?.rows == 1400, "\(done)")
      #expect(try await lake.files(of: "t").count { $0.deleteFile != nil } == 1)
      #expect(try await lake.content() == before)
      #expect(try await lake.maintenance().run(.init(tasks: [.rewrite])).isEmpty)
    }
  }

  /// DuckLake 1.0 alone fails here: it takes the state in which the files were written for the state of all snapshots with
  /// the same version of the schema (duckdb/ducklake#955).
  @Test(arguments: TestLakes.Kind.local, [MaintenanceTask.rewrite, .merge])
  func earlierSnapshotsOfOtherTablesStayReadable(_ kind: TestLakes.Kind, _ task: MaintenanceTask)
    async throws
  {
    let folder = try TemporaryFolder("lake")
    let configuration = try await TestLakes.configuration(kind, in: folder)
    var snapshot: Int64 = 0
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      try await lake.execute("CREATE TABLE other (k INT, x INT)")
      try await lake.execute("CREATE TABLE dropped (k INT)")
      try await lake.makeFiles(0)
      try await lake.execute("INSERT INTO other SELECT i, i FROM range(5) r(i)")
      snapshot = try await lake.currentSnapshot()
      try await lake.execute("ALTER TABLE other DROP COLUMN x")
      try await lake.execute("DROP TABLE dropped")
      try await lake.makeFiles(8)
      if task == .rewrite { try await lake.execute("DELETE FROM t WHERE id % 10 <> 0") }
    }
    // A new process knows no version yet.
    try await TestLakes.withEngine([configuration]) { engine in
      let lake = try await engine.lake()
      let before = try await lake.content()
      let done = try await lake.maintenance(.init(standard: .init(merge: .init(files: 2)))).run(
        .init(tasks: [task]))
      #expect(done.of(task)?.filesRemoved == 8, "\(done)")
      #expect(
        try await lake.query("SELECT sum(x) FROM other AT (VERSION => \(raw: String(snapshot)))")
          .fetchOneScalar(Int.self) == 10)
      #expect(
        try await lake.query("SELECT count(*) FROM dropped AT (VERSION => \(raw: String(snapshot)))")
          .fetchOneScalar(Int.self) == 0)
      #expect(try await lake.content() == before)
    }
  }

  @Test func moreThanMayBeRewrittenInOneGoIsLeftAlone() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.makeFiles(2, rows: 1000)
      try await lake.execute("DELETE FROM t WHERE id % 2 = 0")
      let policy = MaintenancePolicy(standard: .init(rewrite: .init(atMost: 100)))
      let rewrite = try await lake.maintenance(policy).run(.init(tasks: [.rewrite])).of(.rewrite)
      #expect(rewrite?.result == .skipped && rewrite?.note?.contains("rewrite.at_most") == true)
      #expect(try await lake.files(of: "t").allSatisfy { $0.deleteFile != nil })
    }
  }

  @Test func aTableThatIsNotThereIsTold() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE orders (id INT)")
      let error = await lakeError {
        try await lake.maintenance().run(.init(table: (schema: "main", name: "order")))
      }
      #expect(error?.code == .notFound && error?.hint == "Did you mean 'orders'?")
    }
  }
}

extension [MaintenanceStep] {
  func of(_ task: MaintenanceTask) -> MaintenanceStep? { first { $0.task == task } }
}
