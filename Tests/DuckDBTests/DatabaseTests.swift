import DuckDB
import Foundation
import Testing

@Suite struct DatabaseTests {
  @Test func version() {
    #expect(Database.libraryVersion == "v1.5.5")
  }

  @Test func memoryDatabasesAreApart() async throws {
    let first = try await Database.open().connect()
    let second = try await Database.open(.memory).connect()
    try await first.execute("CREATE TABLE t (a INT)")
    let error = try await #require(throws: DuckDBError.self) { try await second.query("FROM t") }
    #expect(error.kind == .catalog)
  }

  @Test func twoOpensOfAFileAreOneInstance() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("one.duckdb")
    let first = try await Database.open(.file(path))
    let second = try await Database.open(.file(folder.path("./one.duckdb")))
    let writers = [try await first.connect(), try await second.connect()]
    try await writers[0].execute("CREATE TABLE t (id INT)")
    // Both write in turn; without the cache, half of the commits would be gone after reopening.
    for id in 0..<200 { try await writers[id % 2].execute("INSERT INTO t VALUES (\(id))") }
    for writer in writers { await writer.close() }
    await first.close()
    await second.close()

    let reader = try await Database.open(.file(path)).connect()
    #expect(try await reader.query("SELECT count(DISTINCT id) FROM t").scalar() == .bigInt(200))
  }

  @Test func connectionKeepsTheInstance() async throws {
    let folder = try TemporaryFolder()
    let connection = try await Database.open(.file(folder.path("kept.duckdb"))).connect()
    try await connection.execute("CREATE TABLE t AS SELECT 1 AS a")
    #expect(try await connection.query("FROM t").scalar() == .integer(1))
    await connection.close()
    let error = try await #require(throws: DuckDBError.self) { try await connection.query("FROM t") }
    #expect(error.kind == .connection)
  }

  @Test func configuration() async throws {
    let connection = try await Database.open(configuration: ["threads": "1", "access_mode": "AUTOMATIC"])
      .connect()
    #expect(try await connection.query("SELECT current_setting('threads')").scalar() == .bigInt(1))
    let unknown = try await #require(throws: DuckDBError.self) {
      try await Database.open(configuration: ["memory_limits": "1GB"])
    }
    #expect(unknown.kind == .invalidInput)
    #expect(unknown.message.contains("memory_limit"))
    let value = try await #require(throws: DuckDBError.self) {
      try await Database.open(configuration: ["threads": "many"])
    }
    #expect(value.message.contains("threads"))
  }

  @Test func otherConfigurationOfAnOpenFileIsRefused() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("one.duckdb")
    let first = try await Database.open(.file(path), configuration: ["threads": "1"])
    await #expect(throws: DuckDBError.self) {
      try await Database.open(.file(path), configuration: ["threads": "2"])
    }
    await first.close()
  }

  @Test func closedDatabaseIsFreeAtOnce() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("one.duckdb")
    // Another configuration is only possible once the instance before is gone.
    for round in 1...20 {
      let database = try await Database.open(.file(path), configuration: ["threads": "\(round)"])
      let connection = try await database.connect()
      let statement = try await connection.prepare("SELECT 1")
      let stream = try await connection.stream("SELECT range FROM range(100000)")
      _ = try await stream.next()
      await connection.close()
      await database.close()
      await database.close()
      await #expect(throws: DuckDBError.self) { try await database.connect() }
      _ = (statement, stream)
    }
  }

  @Test(arguments: ["", "a\0b", "/nowhere/at/all.duckdb"])
  func badPaths(_ path: String) async throws {
    let error = try await #require(throws: DuckDBError.self) { try await Database.open(.file(path)) }
    #expect([.io, .invalidInput].contains(error.kind))
  }

  @Test func fileThatIsNoDatabase() async throws {
    let folder = try TemporaryFolder()
    try Data("not a database at all, and longer than a header".utf8).write(
      to: folder.url.appending(path: "x.duckdb"))
    let error = try await #require(throws: DuckDBError.self) {
      try await Database.open(.file(folder.path("x.duckdb")))
    }
    #expect(error.kind == .io)
  }
}
