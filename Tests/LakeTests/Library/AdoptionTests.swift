import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// Lakes that plain DuckDB made, and lakes of ours that plain DuckDB reads.
@Suite struct AdoptionTests {
  @Test(arguments: ["sqlite", "duckdb"])
  func aForeignLakeIsAdopted(catalog: String) async throws {
    let folder = try TemporaryFolder("foreign")
    try folder.write("", to: "elsewhere/.keep")
    let path = folder["catalog.\(catalog)"]
    let attach =
      "ATTACH 'ducklake:\(catalog == "sqlite" ? "sqlite:" : "")\(path)' AS theirs (DATA_PATH '\(folder["elsewhere"])/')"
    try await Self.plain(
      [
        attach, "CREATE TABLE theirs.t AS SELECT range AS a FROM range(5000)",
        "CREATE VIEW theirs.v AS SELECT count(*) AS n FROM theirs.t",
      ])
    #expect(try CatalogFile.kind(of: path) == catalog)
    let found = try await LakeAdoption.inspect(
      catalog: catalog == "sqlite" ? .sqlite(path: path) : .duckdb(path: path))
    #expect(found.dataPath == folder["elsewhere"] + "/")
    let lake = LakeConfiguration(
      catalog: catalog == "sqlite" ? .sqlite(path: path) : .duckdb(path: path),
      storage: .folder(found.dataPath),
      createIfMissing: false)
    try await TestLakes.withEngine([lake]) { engine in
      let lake = try await engine.lake()
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 5000)
      try await lake.execute("INSERT INTO t VALUES (-1)")
    }
    let rows = try await Self.plain([attach, "SELECT count(*), min(a) FROM theirs.t"])
    #expect(rows[0].values.map(\.integerValue) == [5001, -1])
  }

  /// Views and macros that another program stored may call what our own could not.
  @Test func storedTextsAreHeldToTheSameRules() async throws {
    let folder = try TemporaryFolder("stored")
    try folder.write("", to: "data/.keep")
    let path = folder["catalog.sqlite"]
    try await Self.plain([
      "ATTACH 'ducklake:sqlite:\(path)' AS dl (DATA_PATH '\(folder["data"])/')",
      "CREATE TABLE dl.t AS SELECT 1 AS a",
      "CREATE MACRO dl.main.spy(q) AS TABLE SELECT * FROM query(q)",
      "CREATE VIEW dl.fine AS SELECT a FROM dl.t",
      "CREATE VIEW dl.inner_spy AS SELECT * FROM sqlite_scan('\(path)', 'ducklake_table')",
      "CREATE VIEW dl.outer_spy AS SELECT * FROM dl.main.inner_spy",
    ])
    let lake = LakeConfiguration(catalog: .sqlite(path: path), storage: .folder(folder["data"]))
    try await TestLakes.withEngine([lake]) { engine in
      let lake = try await engine.lake()
      let session = try await engine.session()
      for query in [
        "FROM spy('SELECT 1')", "FROM inner_spy", "SELECT * FROM dl.outer_spy",
        "CREATE TABLE x AS FROM OUTER_SPY",
      ] {
        let direct = await lakeError { try await lake.query(SQL(raw: query)).result() }
        #expect(direct?.code == .refused, "\(query): \(direct.map(String.init(describing:)) ?? "it ran")")
        let inSession = await lakeError { try await session.run(query) }
        #expect(
          inSession?.code == .refused, "\(query): \(inSession.map(String.init(describing:)) ?? "it ran")")
      }
      #expect(try await lake.query("SELECT a FROM t").fetchOneScalar() == 1)
      await session.close()
    }
  }

  @Test func whatIsNoCatalogIsTold() async throws {
    let folder = try TemporaryFolder("nothing")
    try folder.write("some text that is long enough to be read", to: "x")
    #expect(throws: LakeError.self) { try CatalogFile.kind(of: folder["x"]) }
    #expect(throws: LakeError.self) { try CatalogFile.kind(of: folder["y"]) }
    let error = await lakeError { try await LakeAdoption.inspect(catalog: .sqlite(path: folder["x"])) }
    #expect(error?.code == .catalog)
    let missing = await lakeError { try await LakeAdoption.inspect(catalog: .duckdb(path: folder["y"])) }
    #expect(missing?.code == .notFound)
    #expect(!folder.exists("y"))
  }

  /// Two scripts give one alias to different lakes, at the same time and in one engine.
  @Test func oneAliasMeansDifferentLakesInTwoSessions() async throws {
    let folder = try TemporaryFolder("aliases")
    let names = [LakeName.main, try LakeName("a"), try LakeName("b")]
    let lakes = zip(names, ["sqlite", "duckdb", "sqlite"]).map {
      TestLakes.configuration($1, in: folder, name: $0)
    }
    try await TestLakes.withEngine(lakes) { engine in
      for name in names {
        try await engine.lake(name).execute("CREATE TABLE t AS SELECT \(name.text) AS who")
      }
      let first = try await engine.session()
      let second = try await engine.session()
      try await first.attach(lake: "a", as: "x")
      try await second.attach(lake: "b", as: "x")
      try await first.use(alias: "x")
      for _ in 0..<3 {
        async let one = first.value(
          "SELECT t.who || x.t.who || x.main.t.who || (SELECT who FROM dl.t) FROM x.t")
        async let two = second.value("SELECT who || (SELECT max(who) FROM x.t) FROM t")
        #expect(try await one == .varchar("aaamain"))
        #expect(try await two == .varchar("mainb"))
      }
      try await first.run("INSERT INTO x.t VALUES ('more'); CREATE TABLE x.only_a AS FROM x.main.t")
      #expect(try await second.value("SELECT count(*) FROM x.t") == .bigInt(1))
      #expect(await lakeError { try await second.run("FROM x.only_a") } != nil)
      #expect(
        try await first.value("SELECT max(snapshot_id) FROM ducklake_snapshots('x')")
          != second.value("SELECT max(snapshot_id) FROM ducklake_snapshots('x')"))
      // The engine's own name of one lake as the alias of another, and back again.
      try await second.attach(lake: "a", as: "dl")
      #expect(try await second.value("SELECT min(who) FROM dl.t") == .varchar("a"))
      try await second.detach("dl")
      #expect(try await second.value("SELECT min(who) FROM dl.t") == .varchar("main"))
      // An alias that is a table's name, its alias, or a column with fields.
      #expect(try await second.value("SELECT x.who FROM t AS x") == .varchar("main"))
      #expect(try await second.value("SELECT x.y FROM (SELECT {'y': 1} AS x)") == .integer(1))
      #expect(try await second.value("WITH x AS (SELECT 5 AS v) SELECT x.v FROM x") == .integer(5))
      let unclear = await lakeError { try await second.run("SELECT x.who FROM x.t, t AS x") }
      #expect(
        unclear?.description
          == "x is the alias of a lake and of a table or column in one statement. Give one of them another name."
      )
      await first.close()
      await second.close()
    }
  }

  @discardableResult
  private static func plain(_ statements: [String]) async throws -> [Row] {
    let library = try ExtensionLibrary.beside()
    let database = try await Database.open(.memory, configuration: ["autoload_known_extensions": "false"])
    let connection = try await database.connect()
    for name in ["ducklake", "sqlite_scanner"] {
      try await connection.execute(raw: "LOAD '\(library.folder)/\(name).duckdb_extension'")
    }
    var last: QueryResult?
    for statement in statements { last = try await connection.query(raw: statement) }
    await connection.close()
    await database.close()
    return last.map { Array($0.rows) } ?? []
  }
}
