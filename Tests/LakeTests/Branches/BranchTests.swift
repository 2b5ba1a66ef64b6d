import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

@Suite struct BranchTests {
  @Test(arguments: TestLakes.Kind.installed)
  func aBranchIsTheLakeAsItWasAndGoesItsOwnWay(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    let before = try await lab.picture()
    let files = lab.files()
    try await lab.makeBranch()
    #expect(lab.files() == files && lab.files(branches: true).isEmpty)
    expectSame(try await lab.picture(of: BranchLab.dev), before)

    try await lab.run(
      "INSERT INTO orders SELECT i, 1, 'branch' FROM range(1000, 1100) t(i)",
      "DELETE FROM orders WHERE id = 7",
      "ALTER TABLE kinds ADD COLUMN more VARCHAR DEFAULT 'm'", "INSERT INTO kinds (b) VALUES ('y')",
      "INSERT INTO \"old sales\".\"by day\" VALUES (500, 1)", "CREATE TABLE mine AS SELECT 1 AS a")
    expectSame(try await lab.picture(), before)
    try await lab.run(on: "main", "DELETE FROM orders WHERE id = 8")
    let counts = try await lab.with(BranchLab.dev) { branch in
      try await branch.query("SELECT count(*), count(*) FILTER (id = 8) FROM orders").result()
    }
    // 202 rows less 1, 31 and 1 that were deleted, and 100 that came.
    #expect(counts.rows.first { _ in true }?.values.map(\.integerValue) == [269, 1])
  }

  @Test(arguments: TestLakes.Kind.installed)
  func aMergeBringsEverythingAsOneSnapshot(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.run(
      "INSERT INTO orders SELECT i, 1, 'branch' FROM range(1000, 1100) t(i)",
      "DELETE FROM orders WHERE id = 7",
      "UPDATE orders SET note = 'changed' WHERE id IN (9, 60, 150, 200)",
      "DELETE FROM orders WHERE id >= 1090",
      "ALTER TABLE kinds ADD COLUMN more VARCHAR DEFAULT 'm'", "ALTER TABLE kinds RENAME COLUMN d TO price",
      "INSERT INTO kinds (b) VALUES ('y')", "CREATE SCHEMA new",
      "CREATE TABLE new.fresh (a INTEGER DEFAULT 3, b DATE)",
      "ALTER TABLE new.fresh SET PARTITIONED BY (year(b))",
      "INSERT INTO new.fresh SELECT i, DATE '2026-01-01' + i::INTEGER FROM range(30) t(i)",
      "COMMENT ON TABLE new.fresh IS 'it''s new'",
      "CREATE VIEW new.seen AS SELECT count(*) AS n FROM new.fresh",
      "CREATE OR REPLACE VIEW totals AS SELECT 'all' AS customer, count(*) AS n FROM orders",
      "CREATE OR REPLACE MACRO twice(a) AS a * 2 + 1", "DROP TABLE \"old sales\".\"by day\"",
      "CREATE TABLE \"old sales\".\"by day\" AS SELECT 1::BIGINT AS i, 1::BIGINT AS k")
    let wanted = try await lab.picture(of: BranchLab.dev)
    let head = try await lab.lake { try await $0.currentSnapshot() }
    // The lake goes on with what the branch left alone.
    try await lab.run(on: "main", "CREATE TABLE elsewhere AS SELECT 1 AS a")

    let told = try await lab.lake { try await $0.compareBranch(BranchName("dev")) }
    let merged = try await lab.merge()
    #expect(merged.conflicts.isEmpty, "\(merged)")
    #expect(merged.snapshot == head + 2)
    #expect(told.changes == merged.changes)
    let orders = try #require(merged.changes.first { $0.name == "orders" })
    // Rows 1000 to 1089 and four updated ones came; row 7 and the four went.
    #expect(orders.added == 94 && orders.removed == 5, "\(orders)")
    expectSame(try await lab.picture(), wanted)
    try await lab.with("main") { lake in
      let snapshot = try #require(try await lake.snapshots(limit: 1).first)
      #expect(snapshot.message == "Merge branch 'dev'")
      #expect(try await lake.query("SELECT n FROM new.seen").fetchOneScalar(Int.self) == 30)
      #expect(try await lake.query("SELECT a FROM elsewhere").fetchOneScalar(Int.self) == 1)
      try await lake.execute("INSERT INTO new.fresh (b) VALUES (NULL)")
      #expect(try await lake.query("SELECT a FROM new.fresh WHERE b IS NULL").fetchOneScalar(Int.self) == 3)
      let parts = try await lake.readTrusted(
        "SELECT transform FROM \(lake.metadata("ducklake_partition_column")) ORDER BY 1")
      #expect(parts.rows.map { $0[0].text } == ["identity", "year"])
      #expect(try await lake.tables().contains { $0.schema == "new" && $0.name == "fresh" })
    }
    // The branch began anew from there, and a merge has nothing more to do.
    expectSame(try await lab.picture(of: BranchLab.dev), wanted)
    // On a server another process may write to the branch already, so its files are left to its upkeep.
    if lab.configuration.catalog.filePath != nil { #expect(lab.files(branches: true).isEmpty) }
    #expect(try await lab.merge().snapshot == nil)
    #expect(try await lab.lake { try await $0.branches().map(\.base) } == [head + 2])
    try await lab.run("DELETE FROM orders WHERE id = 9")
    #expect(try await lab.merge().snapshot != nil)
    expectSame(try await lab.picture(), try await lab.picture(of: BranchLab.dev))
  }

  @Test(arguments: TestLakes.Kind.installed)
  func neitherSidesUpkeepHarmsTheOther(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    let before = try await lab.picture()
    try await lab.makeBranch()
    // Small inserts and deletes, so that there is something to flush, merge, rewrite and remove.
    for number in 0..<4 {
      try await lab.run(
        on: "main", "INSERT INTO orders SELECT i, \(number), 'more' FROM range(300, 320) t(i)",
        "DELETE FROM orders WHERE id = \(60 + number)")
    }
    try await lab.with("main") { try await $0.doAllUpkeep() }
    expectSame(try await lab.picture(of: BranchLab.dev), before)

    let lakes = try await lab.picture()
    try await lab.run(
      "INSERT INTO orders SELECT i, 1, 'branch' FROM range(1000, 1100) t(i)",
      "DELETE FROM orders WHERE id < 100",
      "INSERT INTO \"old sales\".\"by day\" VALUES (500, 1)", "UPDATE kinds SET a = 2")
    let branchs = try await lab.picture(of: BranchLab.dev)
    try await lab.with(BranchLab.dev) { try await $0.doAllUpkeep() }
    expectSame(try await lab.picture(), lakes)
    expectSame(try await lab.picture(of: BranchLab.dev), branchs)

    // Dropped, it gives up what the lake had kept for it.
    try await lab.lake { try await $0.dropBranch(BranchName("dev"), force: true) }
    let kept = lab.files().count
    try await lab.with("main") { lake in
      #expect(try await lake.protectSharedFiles() == 0)
      try await lake.doAllUpkeep()
    }
    expectSame(try await lab.picture(), lakes)
    if case .folder = lab.configuration.storage {
      #expect(lab.files().count < kept)
      #expect(!lab.folder.exists("lakes/main/data.branches/dev"))
    }
  }

  /// Fails if ``Lake/protectSharedFiles()`` did nothing: DuckLake would remove what the branch reads.
  @Test(arguments: [TestLakes.Kind.sqlite, .duckdb])
  func withoutProtectionTheBranchWouldLoseFiles(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.with("main") { lake in
      try await lake.execute("INSERT INTO orders SELECT i, 1, 'x' FROM range(300, 400) t(i)")
      try await lake.runTrusted("CALL ducklake_flush_inlined_data('dl')")
      try await lake.runTrusted("CALL ducklake_merge_adjacent_files('dl')")
      let waiting = try await lake.readTrusted(
        "SELECT count(*) FROM \(lake.metadata("ducklake_files_scheduled_for_deletion"))")
      #expect((waiting.scalar()?.intValue ?? 0) > 0)
      #expect(try await lake.protectSharedFiles() > 0)
    }
  }

  @Test(arguments: [TestLakes.Kind.sqlite, .duckdb])
  func plainDuckDBReadsABranch(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.run("INSERT INTO orders SELECT i, 1, 'branch' FROM range(1000, 1100) t(i)")
    let path = try #require(try lab.configuration.branch(BranchName("dev")).catalog.filePath)
    let library = try ExtensionLibrary.beside()
    let database = try await Database.open(.memory, configuration: ["autoload_known_extensions": "false"])
    let connection = try await database.connect()
    for name in ["ducklake", "sqlite_scanner"] {
      try await connection.execute(raw: "LOAD '\(library.folder)/\(name).duckdb_extension'")
    }
    try await connection.execute(raw: "ATTACH 'ducklake:\(kind == .sqlite ? "sqlite:" : "")\(path)' AS b")
    let result = try await connection.query(raw: "SELECT count(*) FROM b.orders")
    #expect(result.scalar()?.intValue == 270)
    await connection.close()
    await database.close()
  }

  @Test(arguments: TestLakes.Kind.installed)
  func aBranchFromAnOlderSnapshot(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.lake { lake in
      try await lake.createBranch(BranchName("first"), at: .version(1))
      await #expect(throws: LakeError.self) {
        try await lake.createBranch(BranchName("none"), at: .version(999))
      }
      #expect(try await lake.branches().map(\.name) == ["first"])
    }
    try await lab.with("main@first") { branch in
      #expect(try await branch.query("SELECT count(*) FROM orders").fetchOneScalar(Int.self) == 100)
      #expect(try await branch.tables().map(\.name) == ["orders"])
      try await branch.execute("INSERT INTO orders SELECT i, 1, 'x' FROM range(50) t(i)")
      #expect(try await branch.query("SELECT count(*) FROM orders").fetchOneScalar(Int.self) == 150)
    }
    // Flushing joins rows of several snapshots in one file, from which a branch could not tell its own.
    try await lab.lake { lake in
      try await lake.runTrusted("CALL ducklake_flush_inlined_data('dl')")
      await #expect {
        try await lake.createBranch(BranchName("third"), at: .version(4))
      } throws: { "\($0)".contains("merged or flushed files of snapshot 4") }
      #expect(try await lake.branches().map(\.name) == ["first"])
    }
  }

  @Test(arguments: [TestLakes.Kind.sqlite, .postgresql].filter(TestLakes.Kind.installed.contains))
  func namesAndMistakes(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.run("DELETE FROM orders WHERE id = 1", "DELETE FROM orders WHERE id = 2")
    try await lab.lake { lake in
      let dev = try BranchName("dev")
      await #expect { _ = try await lake.createBranch(dev) } throws: {
        "\($0)".contains("has a branch 'dev' already")
      }
      await #expect { try await lake.dropBranch(BranchName("dew")) } throws: {
        "\($0)".contains("Did you mean 'dev'?")
      }
      await #expect { try await lake.dropBranch(dev) } throws: {
        "\($0)".contains("has 2 snapshots that lake 'main' does not have")
      }
      await #expect { _ = try await lake.mergeBranch(BranchName("other")) } throws: {
        "\($0)".contains("lake 'main' has no branch 'other'")
      }
      for text in ["", "Dev", "a b", "1a", "a-b", "a@b", "list", String(repeating: "a", count: 41)] {
        #expect(throws: LakeSettingsError.self) { _ = try BranchName(text) }
      }
      try await lake.dropBranch(dev, force: true)
      #expect(try await lake.branches().isEmpty)
      _ = try await lake.createBranch(dev)
    }
    #expect(try await lab.picture(of: BranchLab.dev) == lab.picture())
  }

  /// Another session of the same engine sees the branch's tables under its SQL name and under an alias.
  @Test func aBranchHasANameInSQL() async throws {
    let lab = try await BranchLab(.sqlite)
    try await lab.makeBranch()
    try await TestLakes.withEngine([lab.configuration]) { engine in
      let session = try await engine.session()
      try await session.attach(lake: "main@dev", as: "d")
      let joined = "SELECT count(*) FROM orders JOIN main__dev.orders b USING (id) JOIN d.orders c USING (id)"
      let result = try await session.run(SQLStatements.split(joined)[0])
      #expect(result.scalar()?.intValue == 170)
      await #expect(throws: LakeError.self) {
        let place = lab.configuration.storage.branches?.dataPath ?? ""
        let copy = "COPY (SELECT 1) TO '\(place)dev/main/orders/x.parquet'"
        _ = try await session.run(SQLStatements.split(copy)[0])
      }
      await session.close()
    }
  }
}
