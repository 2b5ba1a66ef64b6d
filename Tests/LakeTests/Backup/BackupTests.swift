import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

@Suite struct BackupTests {
  /// Backups go from every kind of catalog to every other.
  static let routes = TestLakes.Kind.installed.filter { !$0.rawValue.hasSuffix("S3") }.flatMap { from in
    TestLakes.Kind.installed.filter { !$0.rawValue.hasSuffix("S3") }.map { (from, $0) }
  }

  @Test(arguments: routes)
  func aLakeIsRecoveredWithAllThatIsInIt(_ from: TestLakes.Kind, _ to: TestLakes.Kind) async throws {
    let folder = try TemporaryFolder("backup")
    let original = try await TestLakes.configuration(from, in: folder)
    var copy = try await TestLakes.configuration(to, in: TemporaryFolder("recovered"))
    copy.storage = original.storage
    let (contents, backup) = try await TestLakes.withEngine([original]) { engine in
      let lake = try await engine.lake()
      try await FullLake.make(in: lake)
      try await lake.changeOwn(.tags) {
        ["INSERT INTO \($0) VALUES ('v1', 3, 'ada', 'it''s', 1700000000000000)"]
      }
      return (try await FullLake.contents(of: lake), try await lake.backup(to: folder["lake.duckdb"]))
    }
    let outcome = try await LakeRecovery.recover(backup.path, into: copy)
    #expect(outcome.setAside == nil)
    #expect(outcome.manifest == backup.manifest)
    try await TestLakes.withEngine([copy]) { engine in
      let lake = try await engine.lake()
      #expect(try await FullLake.contents(of: lake) == contents)
      let tags = try await lake.readOwn(.tags) { "SELECT name, note FROM \($0)" }
      #expect(tags?.rows.map { $0.values.compactMap(\.text) } == [["v1", "it's"]])
      // What was in the catalog can be written and flushed there.
      try await lake.execute("INSERT INTO types SELECT * FROM types")
      try await lake.execute("INSERT INTO t2 (i) VALUES (1), (2)")
      try await lake.runTrusted("CALL ducklake_flush_inlined_data(\(lake.catalogLiteral))")
      let rows: Int? = try await lake.query("SELECT count(*) FROM types WHERE s = 'it''s \"q\"'")
        .fetchOneScalar()
      #expect(rows == 2)
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func plainDuckDBReadsABackup(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, folder in
      try await lake.execute("CREATE TABLE t AS SELECT i, 's' || i AS s FROM range(100) r(i)")
      try await lake.execute("INSERT INTO t VALUES (7000, 'inlined')")
      let backup = try await lake.backup(to: folder["lake.duckdb"])
      #expect(try await Backup.read(backup.path) == Backup(path: backup.path, manifest: backup.manifest))
      #expect(backup.manifest.snapshot == 2)
      #expect(backup.manifest.files == 1)
      let database = try await Database.open(.memory, configuration: ["allow_unsigned_extensions": "true"])
      let connection = try await database.connect()
      try await connection.command("ATTACH \(SQLLiteral.string(backup.path)) AS b (READ_ONLY)")
      let rows = try await connection.ask("SELECT i, s FROM b.ducklake_inlined_data_1_1")
      #expect(rows.rows.map { $0[1].text } == ["inlined"])
      try await connection.command("DETACH b")
      guard case .folder = lake.configuration.storage else { return }
      try await connection.command("LOAD \(SQLLiteral.string(ExtensionLibrary.beside().path("ducklake")))")
      let attach = "ATTACH \(SQLLiteral.string("ducklake:" + backup.path)) AS l (READ_ONLY)"
      try await connection.command(attach)
      #expect(try await connection.ask("SELECT count(*) FROM l.t").scalar()?.integer == 101)
      await connection.close()
      await database.close()
    }
  }

  /// Four writers commit pairs of rows; a backup that is recovered has every pair that was acknowledged before it began,
  /// and no half of one.
  @Test(arguments: TestLakes.Kind.installed.filter { !$0.rawValue.hasSuffix("S3") })
  func nothingAcknowledgedIsMissingWhileWritersRun(_ kind: TestLakes.Kind) async throws {
    let folder = try TemporaryFolder("backup")
    let original = try await TestLakes.configuration(kind, in: folder)
    let acknowledged = Shared<Set<String>>([])
    let attempted = Shared<Set<String>>([])
    let backups: [(before: Set<String>, backup: Backup)] = try await TestLakes.withEngine([original]) {
      engine in
      let lake = try await engine.lake()
      try await lake.execute("CREATE TABLE a (w INTEGER, n INTEGER)")
      try await lake.execute("CREATE TABLE b (w INTEGER, n INTEGER)")
      let running = Flag()
      return try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            var number = 0
            while running.isUp {
              number += 1
              let (w, n) = (writer, number)
              attempted.change { _ = $0.insert("\(w)/\(n)") }
              try await lake.transaction { open in
                // Some rows go to the catalog, others to files.
                let copies = n % 3 == 0 ? 20 : 1
                try await open.execute("INSERT INTO a SELECT \(w), \(n) FROM range(\(copies))")
                try await open.execute("INSERT INTO b SELECT \(w), \(n) FROM range(\(copies))")
              }
              acknowledged.change { _ = $0.insert("\(w)/\(n)") }
            }
          }
        }
        var made: [(Set<String>, Backup)] = []
        while made.count < 3 {
          let enough = acknowledged.value.count >= 8 * (made.count + 1)
          guard enough else {
            try await Task.sleep(for: .milliseconds(5))
            continue
          }
          let before = acknowledged.value
          made.append((before, try await lake.backup(to: folder["backup-\(made.count).duckdb"])))
        }
        running.lower()
        try await group.waitForAll()
        return made
      }
    }
    for (before, backup) in backups {
      _ = try await LakeRecovery.recover(backup.path, into: original, force: true)
      try await TestLakes.withEngine([original]) { engine in
        let lake = try await engine.lake()
        let found = try await lake.query(
          """
          SELECT w || '/' || n, count(*) FILTER (t = 'a'), count(*) FILTER (t = 'b'), CASE WHEN n % 3 = 0 THEN 20 ELSE 1 END
          FROM (SELECT *, 'a' AS t FROM a UNION ALL SELECT *, 'b' FROM b) GROUP BY w, n
          """
        ).result()
        let names = Set(found.rows.compactMap { $0[0].text })
        #expect(before.subtracting(names).isEmpty)
        #expect(names.subtracting(attempted.value).isEmpty)
        #expect(found.rows.allSatisfy { $0[1].integer == $0[3].integer && $0[2].integer == $0[3].integer })
        #expect(try await lake.currentSnapshot() == backup.manifest.snapshot)
        // Nothing of later commits is in it, which the next one would make visible.
        #expect(try await lake.check().findings == [])
      }
    }
  }

  /// A commit that comes between two tables is seen in neither.
  @Test(arguments: TestLakes.Kind.installed.filter { !$0.rawValue.hasSuffix("S3") })
  func allTablesAreReadAsOfOneMoment(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (i INTEGER)")
      let (insert, later) = try await lake.withCatalogAtRest { source in
        let snapshots = lake.metadata("ducklake_snapshot")
        let newest = try await source.ask("SELECT max(snapshot_id) FROM \(snapshots)").scalar()?.integer
        let insert = Task { try await lake.execute("INSERT INTO t SELECT * FROM range(100)") }
        // It commits, or waits for its turn until all is read: whichever comes first.
        let (signs, sign) = AsyncStream.makeStream(of: Void.self)
        Task {
          _ = await insert.result
          sign.yield()
        }
        Task {
          await lake.gate.untilWritersWait(1)
          sign.yield()
        }
        for await _ in signs { break }
        let files = lake.metadata("ducklake_data_file")
        let later = try await source.ask(
          "SELECT count(*) FROM \(files) WHERE begin_snapshot > \(newest ?? 0)"
        ).scalar()?.integer
        return (insert, later)
      }
      #expect(later == 0)
      #expect(try await insert.value == 100)
    }
  }

  @Test(arguments: TestLakes.Kind.installed.filter { !$0.rawValue.hasSuffix("S3") })
  func aHealthyCatalogIsNotReplacedUnasked(_ kind: TestLakes.Kind) async throws {
    let folder = try TemporaryFolder("backup")
    let original = try await TestLakes.configuration(kind, in: folder)
    let path = try await TestLakes.withEngine([original]) { engine in
      let lake = try await engine.lake()
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS i")
      let path = try await lake.backup(to: folder.path).path
      try await lake.execute("INSERT INTO t VALUES (2)")
      return path
    }
    await #expect {
      try await LakeRecovery.recover(path, into: original)
    } throws: { error in
      (error as? LakeError)?.code == .refused && "\(error)".contains("--force")
    }
    #expect(try await Self.rows(in: original) == 2)
    let outcome = try await LakeRecovery.recover(path, into: original, force: true)
    let aside = try #require(outcome.setAside)
    #expect(try await Self.rows(in: original) == 1)
    // The old one is whole, too.
    var old = original
    old.createIfMissing = false
    switch original.catalog {
    case .sqlite: old.catalog = .sqlite(path: aside)
    case .duckdb: old.catalog = .duckdb(path: aside)
    case .postgresql(var catalog):
      catalog.schema = aside
      old.catalog = .postgresql(catalog)
    }
    #expect(try await Self.rows(in: old) == 2)
  }

  private static func rows(in lake: LakeConfiguration) async throws -> Int? {
    try await TestLakes.withEngine([lake]) { engine in
      let open = try await engine.lake()
      return try await open.query("SELECT count(*) FROM t").fetchOneScalar(Int.self)
    }
  }

  @Test func aDamagedBackupIsRefused() async throws {
    let folder = try TemporaryFolder("backup")
    let original = TestLakes.configuration("sqlite", in: folder)
    let path = try await TestLakes.withEngine([original]) { engine in
      let lake = try await engine.lake()
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS i")
      return try await lake.backup(to: folder["lake.duckdb"]).path
    }
    let database = try await Database.open(.file(path))
    let connection = try await database.connect()
    try await connection.command("UPDATE ducklake_table SET table_name = 'u'")
    await connection.close()
    await database.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: original.catalog.filePath ?? ""))
    await #expect {
      try await LakeRecovery.recover(path, into: original, force: true)
    } throws: { "\($0)".contains("ducklake_table is not as it was") }
    await #expect {
      try await LakeRecovery.recover(original.catalog.filePath ?? "", into: original)
    } throws: { "\($0)".contains("no backup") }
    await #expect {
      try await LakeRecovery.recover(folder["none"], into: original)
    } throws: { ($0 as? LakeError)?.code == .notFound }
    let after = try Data(contentsOf: URL(fileURLWithPath: original.catalog.filePath ?? ""))
    #expect(after == before)
  }
}
