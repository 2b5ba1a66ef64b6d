import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// What every lake does, whatever its catalog and storage are.
@Suite struct LakeConformanceTests {
  struct Friend: Codable, Sendable, Hashable {
    var id: Int64
    var name: String?
  }

  @Test(arguments: TestLakes.Kind.installed)
  func writesReadsAndRemembers(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE friend (id BIGINT, name VARCHAR)")
      let name = "O'Hara; DROP TABLE friend"
      #expect(try await lake.execute("INSERT INTO friend VALUES (\(1), \(name)), (\(2), NULL)") == 2)
      let friends: [Friend] = try await lake.query("SELECT * FROM friend ORDER BY id").fetch()
      #expect(friends == [Friend(id: 1, name: name), Friend(id: 2, name: nil)])
      let found: Friend? = try await lake.query("SELECT * FROM friend WHERE id = \(2)").fetchOne()
      #expect(found == friends[1])
      let none: Friend? = try await lake.query("SELECT * FROM friend WHERE id = \(3)").fetchOne()
      #expect(none == nil)
      let null: String? = try await lake.query("SELECT name FROM friend WHERE id = 2").fetchOneScalar()
      #expect(null == nil)
      #expect(try await lake.query("SELECT count(*) FROM friend").fetchOneScalar() == 2)
      let inserted = try await lake.currentSnapshot()

      #expect(try await lake.execute("UPDATE friend SET name = 'Ann' WHERE id = \(2)") == 1)
      #expect(try await lake.execute("DELETE FROM friend WHERE id = \(1)") == 1)
      let before: [Friend] = try await lake.query(table: "friend", at: .version(inserted)).fetch()
      #expect(Set(before) == Set(friends))
      let times = try await lake.snapshots()
      let then = try #require(times.first { $0.id == inserted })
      let atTime: [Friend] = try await lake.query(table: "friend", at: .time(then.time)).fetch()
      #expect(Set(atTime) == Set(friends))

      let changes = try await lake.changes(
        in: "friend", from: inserted, through: try await lake.currentSnapshot()
      ).result()
      #expect(Array(changes.columns.map(\.name).prefix(3)) == ChangeFeed.leadingColumns)
      #expect(
        changes.rows.compactMap { $0[2].stringValue }.sorted()
          == ["delete", "insert", "insert", "update_postimage", "update_preimage"])
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func describesItself(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE SCHEMA sales")
      try await lake.execute("CREATE TABLE sales.orders AS SELECT range AS id, 'x' AS note FROM range(5000)")
      try await lake.execute("CREATE VIEW recent AS SELECT * FROM sales.orders WHERE id > 10")
      let tables = try await lake.tables()
      #expect(
        tables.map { "\($0.schema).\($0.name) \($0.kind)" } == ["main.recent view", "sales.orders table"])
      #expect(
        tables[1].rows != nil && tables[1].columnCount == 2 && tables[1].files == 1
          && (tables[1].bytes ?? 0) > 0)
      let columns = try await lake.columns(of: "ORDERS", schema: "Sales")
      #expect(columns.map { "\($0.name) \($0.type)" } == ["id BIGINT", "note VARCHAR"])
      #expect(try await lake.columns().count == 4)
      let files = try await lake.files(of: "orders", schema: "sales")
      #expect(
        files.count == 1 && files[0].path.hasPrefix(lake.configuration.storage.dataPath) && files[0].bytes > 0
      )
      let error = await lakeError { try await lake.files(of: "ordes", schema: "sales") }
      #expect(error?.description == "lake 'main' has no table 'sales.ordes'. Did you mean 'sales.orders'?")

      try await lake.execute("DELETE FROM sales.orders WHERE id < 100")
      let versions = try await lake.tableVersions()
      #expect(versions.current == (try await lake.currentSnapshot()))
      #expect(versions.lastChange["sales.orders"] == versions.current)
      #expect(versions.lastChange["main.recent"] == 3)
      #expect(!versions.lakeID.isEmpty)
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func transactionsAreWhole(kind: TestLakes.Kind) async throws {
    struct Stop: Error {}
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (a INT)")
      await #expect(throws: Stop.self) {
        try await lake.transaction {
          try await $0.execute("INSERT INTO t VALUES (1)")
          throw Stop()
        }
      }
      try await lake.transaction(CommitMessage(author: "ann", text: "two")) {
        try await $0.execute("INSERT INTO t VALUES (\(1))")
        try await $0.execute("INSERT INTO t SELECT a + 1 FROM t")
      }
      #expect(try await lake.query("SELECT sum(a) FROM t").fetchOneScalar() == 3)
      let newest = try await lake.snapshots(limit: 1)[0]
      #expect(newest.author == "ann" && newest.message == "two")
      let info = try #require(newest.extraInfo)
      #expect(try /\{"commit":"[0-9a-f-]{36}","tarn":1\}/.wholeMatch(in: info) != nil, "\(info)")
      #expect(newest.changes.values.joined().contains("main.t") || !newest.changes.isEmpty)
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func manyWritersLoseNothing(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (writer INT, n INT)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            for n in 0..<5 { try await lake.execute("INSERT INTO t VALUES (\(writer), \(n))") }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await lake.query("SELECT count(DISTINCT (writer, n)) FROM t").fetchOneScalar() == 20)
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func rowsCanBeStreamed(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT range AS a FROM range(10000)")
      let sum = Shared<Int64>(0)
      try await lake.query("SELECT a FROM t WHERE a < \(9000)").forEachChunk { chunk in
        let part = chunk.rows.reduce(Int64(0)) { $0 + Int64($1[0].integerValue) }
        sum.change { $0 += part }
      }
      #expect(sum.value == 9000 * 8999 / 2)
    }
  }

  /// Reopened, a lake has what was written; another engine reads it after the first has let go.
  @Test(arguments: TestLakes.Kind.installed)
  func staysWhenTheEngineGoes(kind: TestLakes.Kind) async throws {
    let folder = try TemporaryFolder("reopened")
    let configuration = try await TestLakes.configuration(kind, in: folder)
    try await TestLakes.withEngine([configuration]) {
      _ = try await $0.lake().execute("CREATE TABLE t AS SELECT 1 AS a")
    }
    try await TestLakes.withEngine([configuration], patience: .seconds(1)) { engine in
      let lake = try await engine.lake()
      #expect(try await lake.query("SELECT a FROM t").fetchOneScalar() == 1)
    }
  }

  /// No credential shows in anything that SQL can ask for, nor in errors.
  @Test(arguments: TestLakes.Kind.installed)
  func credentialsAreHidden(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      let session = try await lake.engine.session()
      let queries = [
        "FROM duckdb_databases()", "PRAGMA database_list", "SHOW DATABASES", "SHOW ALL TABLES",
        "FROM duckdb_settings()",
        "FROM duckdb_tables()", "FROM dl.options()", "FROM dl.settings()", "FROM duckdb_variables()",
        "EXPLAIN ANALYZE FROM dl.snapshots()",
        "FROM duckdb_views()", "FROM pg_catalog.pg_database", "FROM information_schema.schemata",
        "PRAGMA database_size",
      ]
      for query in queries {
        var texts: [String] = []
        do {
          for row in try await session.run(query).rows {
            texts.append(row.values.map(\.description).joined(separator: " "))
          }
        } catch { texts.append(String(reflecting: error)) }
        for text in texts { Self.expectNoCredential(text, query) }
      }
      for statement in [
        "FROM duckdb_secrets()", "FROM which_secret('s3://lakes/x', 's3')", "FROM 's3://lakes/other.parquet'",
      ] {
        let error = await lakeError { try await session.run(statement) }
        #expect(error?.code == .refused)
        Self.expectNoCredential(error.map { String(reflecting: $0) } ?? "", statement)
      }
      Self.expectNoCredential(String(reflecting: lake.configuration), "configuration")
      await session.close()
    }
  }

  private static func expectNoCredential(_ text: String, _ query: String) {
    for word in [TestPostgreSQL.password, TestS3.secret, TestS3.keyID] {
      #expect(!text.contains(word), "\(query) shows \(word)")
    }
  }

  @Test(.enabled(if: TestPostgreSQL.isInstalled, "scripts/setup-tests installs PostgreSQL"))
  func unreachableServersAreTold() async throws {
    let folder = try TemporaryFolder("unreachable")
    var lake = try await TestLakes.configuration(.postgresql, in: folder)
    guard case .postgresql(var catalog) = lake.catalog else { return }
    catalog.password = .value("wrong-word")
    lake.catalog = .postgresql(catalog)
    let refused = await Self.failure(lake)
    #expect(refused?.code == .catalog)
    #expect(refused?.description.contains("password authentication failed") == true)
    catalog.port = 1
    lake.catalog = .postgresql(catalog)
    let nobody = await Self.failure(lake)
    #expect(nobody?.code == .catalog)
    for error in [refused, nobody] {
      #expect(
        error?.description.contains("wrong-word") == false && error?.description.contains("\n") == false)
    }
    catalog.password = .environment("TARN_NO_SUCH_VARIABLE")
    lake.catalog = .postgresql(catalog)
    let unset = await Self.failure(lake)
    #expect(
      unset?.description
        == "environment variable TARN_NO_SUCH_VARIABLE is not set. It holds a lake's credential.")
  }

  private static func failure(_ lake: LakeConfiguration) async -> LakeError? {
    await lakeError {
      try await TestLakes.withEngine([lake]) { _ = try await $0.lake().query("SHOW TABLES").result() }
    }
  }
}
