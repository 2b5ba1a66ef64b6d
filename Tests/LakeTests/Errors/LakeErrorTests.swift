import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

@Suite(.serialized) struct LakeErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let sql: String
    let code: LakeError.Code
    let text: String
    var place: String?
    var testDescription: String { sql }
  }

  static let cases = [
    Case(
      sql: "SELECT nmae FROM friend", code: .query,
      text: "Referenced column \"nmae\" not found in FROM clause. Did you mean name?", place: "1:8"),
    Case(
      sql: "SELECT *\nFROM freind", code: .query,
      text: "Table with name freind does not exist. Did you mean friend?", place: "2:6"),
    Case(
      sql: "FROM dl.sals.friend", code: .query,
      text: "Table with name \"sals.friend\" does not exist because schema \"sals\" does not exist"),
    Case(
      sql: "SELECT uper(name) FROM friend", code: .query,
      text: "Scalar Function with name uper does not exist. Did you mean upper?", place: "1:8"),
    Case(sql: "SELEC 1", code: .refused, text: "SELEC is not for scripts", place: "1:1"),
    Case(sql: "SELECT FROM friend WHERE", code: .query, text: "syntax error at end of input"),
    Case(
      sql: "SELECT 'a", code: .query, text: "the string that starts here is never closed by '", place: "1:8"),
    Case(
      sql: "INSERT INTO friend VALUES (1, 'a', 3)", code: .query,
      text: "table friend has 2 columns but 3 values were supplied"),
    Case(
      sql: "INSERT INTO friend VALUES (NULL, 'a')", code: .query,
      text: "NOT NULL constraint failed: friend.id"),
    Case(
      sql: "INSERT INTO friend VALUES ('x', 'a')", code: .query, text: "Could not convert string 'x' to INT32"
    ),
    Case(
      sql: "SELECT CAST('x' AS INT)", code: .query, text: "Could not convert string 'x' to INT32",
      place: "1:8"),
    Case(sql: "FROM friend AT (VERSION => 99)", code: .query, text: "No snapshot found at version 99"),
    Case(sql: "FROM 'raw/no.parquet'", code: .query, text: "No files found that match the pattern"),
    Case(sql: "FROM 'raw/bad.parquet'", code: .query, text: "No magic bytes found at end of file"),
    Case(sql: "FROM 'raw/cut.parquet'", code: .query, text: "cut.parquet"),
    Case(sql: "CREATE TABLE friend (a INT)", code: .query, text: "Table with name \"friend\" already exists"),
    Case(
      sql: "CREATE TABLE f (a INT PRIMARY KEY)", code: .query,
      text: "PRIMARY KEY/UNIQUE constraints are not supported in DuckLake"),
    Case(sql: "CREATE TABLE f (a BIT)", code: .query, text: "unsupported type BIT"),
    Case(
      sql: "SELECT count(*) FROM range(100000000) a, range(100000000) b", code: .timeout,
      text: "the query was stopped after its limit of 1.5 s. Raise limits.timeout in tarn.yaml or --timeout."),
    Case(
      sql: "SELECT list(a.range || repeat('x', 1000000)) FROM range(300) a", code: .memory,
      text: "the query needs more memory than its limit allows"),
    Case(
      sql: "SELECT 1; SELECT 2", code: .query,
      text: "one statement at a time. Use lake.transaction for several."),
    Case(sql: "", code: .query, text: "the query is empty"),
    Case(sql: "SELECT $1", code: .query, text: "parameter"),
    Case(sql: "SELECT error('no')", code: .query, text: "no"),
  ]

  @Test(arguments: cases)
  func isOneClearLine(_ wanted: Case) async throws {
    let lake = try await Self.lake.value
    let before = try await lake.currentSnapshot()
    let error = await lakeError { try await lake.query(SQL(raw: wanted.sql)).result() }
    #expect(error?.code == wanted.code, "\(error.map(String.init(describing:)) ?? "no error")")
    let text = error?.description ?? ""
    #expect(text.contains(wanted.text), "\(text)")
    #expect(!text.contains("\n") && !text.contains("!.") && !text.contains("..."), "\(text)")
    if let place = wanted.place { #expect(error?.position.map(String.init(describing:)) == place) }
    #expect(try await lake.currentSnapshot() == before)
    #expect(try await lake.query("SELECT count(*) FROM friend").fetchOneScalar() == 1)
  }

  private static let folder = try! TemporaryFolder("errors")
  private static let lake = Task {
    try folder.write("this is no Parquet file at all", to: "raw/bad.parquet")
    let settings = EngineSettings(
      memoryLimit: 100_000_000, temporaryDiskLimit: 1_000_000_000, queryTimeout: .milliseconds(1500),
      baseFolder: folder.path,
      reachableFiles: ["raw/"], temporaryFolder: folder["tmp"])
    let engine = try await Engine(lakes: [TestLakes.configuration("sqlite", in: folder)], settings: settings)
    let lake = try await engine.lake()
    try await lake.execute("CREATE TABLE friend (id INT NOT NULL, name VARCHAR)")
    try await lake.execute("INSERT INTO friend VALUES (1, 'Ann')")
    try await lake.execute("COPY (FROM range(100000)) TO 'raw/cut.parquet'")
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder["raw/cut.parquet"]))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: folder["raw/cut.parquet"]))
    return lake
  }

  @Test func positionsAreThoseOfTheScript() async throws {
    let lake = try await Self.lake.value
    let session = try await lake.engine.session()
    let error = await lakeError {
      try await session.run("SELECT 1;\n\n  SELECT nmae\n  FROM friend; SELECT 2")
    }
    #expect(error?.position.map(String.init(describing:)) == "3:10")
    await session.close()
  }

  @Test func unknownLakesAreTold() async throws {
    let lake = try await Self.lake.value
    let error = await lakeError { try await lake.engine.lake(try LakeName("mian")) }
    #expect(error?.description == "there is no lake 'mian'. Did you mean 'main'?")
    let session = try await lake.engine.session()
    let attached = await lakeError { try await session.attach(lake: "sales", as: "s") }
    #expect(attached?.code == .notFound)
    let used = await lakeError { try await session.use(alias: "dll", schema: "main") }
    #expect(used?.description == "no lake is attached as 'dll'. Did you mean 'dl'?")
    let detached = await lakeError { try await session.detach("x") }
    #expect(detached?.code == .notFound)
    await session.close()
  }

  /// DuckDB fails inside when it has to write a TIME_NS column: the engine says so from then on, and its replacement works.
  @Test func aFailedEngineIsReplaced() async throws {
    let folder = try TemporaryFolder("failed")
    let engine = try await Engine(lakes: [TestLakes.configuration("sqlite", in: folder)])
    let lake = try await engine.lake()
    try await lake.execute("CREATE TABLE kept AS SELECT 1 AS a")
    try await lake.runTrusted("CREATE TABLE bad (a TIME_NS)")
    try await lake.runTrusted("INSERT INTO bad VALUES ('12:00:00')")
    let error = await lakeError { try await lake.execute("CALL ducklake_flush_inlined_data('dl')") }
    #expect(error?.code == .engine, "\(error.map(String.init(describing:)) ?? "no error")")
    #expect(!engine.isUsable)
    let queried = await lakeError { try await lake.query("FROM kept").result() }
    #expect(queried?.code == .engine)
    let opened = await lakeError { try await engine.session() }
    #expect(opened?.code == .engine)
    let next = try await engine.replacement()
    let again = try await next.lake()
    #expect(try await again.query("SELECT a FROM kept").fetchOneScalar() == 1)
    await next.close()
  }
}
