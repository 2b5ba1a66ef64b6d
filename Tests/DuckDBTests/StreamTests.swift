import DuckDB
import Testing

@Suite struct StreamTests {
  @Test func forEachChunkRunsOnTheConnection() async throws {
    let connection = try await Database.open().connect()
    let total = try await connection.run { connection in
      var total = 0
      try connection.forEachChunk("SELECT 1 FROM range(100000)") { total += $0.rowCount }
      return total
    }
    #expect(total == 100_000)
    await #expect(throws: CancellationError.self) {
      try await connection.forEachChunk("SELECT 1 FROM range(100000)") { _ in throw CancellationError() }
    }
    #expect(try await connection.query("SELECT 1").rowCount == 1)
  }

  @Test func droppedStreamFreesTheConnection() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE SEQUENCE s; CREATE TABLE t AS SELECT range AS a FROM range(1000000)")
    var stream: ResultStream? = try await connection.stream("SELECT * FROM t")
    _ = try await stream?.next()
    stream = nil
    // While a statement is open on another connection, its transaction would keep this from going through.
    try await connection.execute("DROP TABLE t")
    #expect(try await connection.query("SELECT count(*) FROM duckdb_tables()").scalar() == .bigInt(0))
  }

  @Test func droppedStreamEndsItsTransaction() async throws {
    let folder = try TemporaryFolder()
    let database = try await Database.open(.file(folder.path("stream.duckdb")))
    let connection = try await database.connect()
    let other = try await database.connect()
    try await connection.execute("CREATE SEQUENCE s")
    var stream: ResultStream? = try await connection.stream("SELECT nextval('s') FROM range(1000000)")
    _ = try await stream?.next()
    // A transaction that has written something is in the way of a checkpoint.
    await #expect(throws: DuckDBError.self) { try await other.execute("CHECKPOINT") }
    stream = nil
    try await connection.run { _ in }
    try await other.execute("CHECKPOINT")
  }

  @Test func streamInATransactionLeavesItAlive() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t (a INT); BEGIN; INSERT INTO t VALUES (1)")
    do {
      let stream = try await connection.stream("SELECT range FROM range(1000000)")
      _ = try await stream.next()
    }
    try await connection.execute("INSERT INTO t VALUES (2); COMMIT")
    #expect(try await connection.query("FROM t").rowCount == 2)
  }

  @Test func anotherStatementEndsTheStreamWithAnError() async throws {
    let connection = try await Database.open().connect()
    let stream = try await connection.stream("SELECT range FROM range(1000000)")
    _ = try await stream.next()
    #expect(try await connection.query("SELECT 1").rowCount == 1)
    let error = try await #require(throws: DuckDBError.self) { try await stream.next() }
    #expect(error.message.contains("another statement"))
  }

  @Test func closedStreamGivesNothingMore() async throws {
    let connection = try await Database.open().connect()
    let stream = try await connection.stream("SELECT range FROM range(1000000)")
    _ = try await stream.next()
    await stream.close()
    #expect(try await stream.next() == nil)
  }

  @Test func errorsWhileStreaming() async throws {
    for threads in ["1", "4"] {
      let connection = try await Database.open(configuration: ["threads": threads]).connect()
      try await connection.execute("CREATE TABLE t AS SELECT range AS a FROM range(1000000)")
      let stream = try await connection.stream(
        "SELECT CASE WHEN a = 900000 THEN error('no more') ELSE a::VARCHAR END FROM t")
      let error = try await #require(throws: DuckDBError.self) { for try await _ in stream {} }
      // DuckDB 1.5.5 forgets the reason when a worker meets it and not the thread that fetches.
      if threads == "1" || error.kind != .reasonLost {
        #expect(error.kind == .invalidInput)
        #expect(error.message.contains("no more"))
      }
      #expect(try await stream.next() == nil)
      #expect(try await connection.query("SELECT 1").rowCount == 1)
    }
  }

  @Test func chunksOutliveTheirDatabase() async throws {
    var streamed: DataChunk?
    var kept: DataChunk?
    do {
      let connection = try await Database.open().connect()
      streamed = try await connection.stream("SELECT 'a long enough string ' || range FROM range(10)").next()
      kept = try await connection.query("SELECT ['a long enough string ' || range] FROM range(10)").chunks
        .first
      await connection.close()
    }
    #expect(streamed?[0].text(at: 9) == "a long enough string 9")
    #expect(kept?[0].value(at: 9) == .list([.varchar("a long enough string 9")]))
  }

  @Test func emptyResults() async throws {
    let connection = try await Database.open().connect()
    let stream = try await connection.stream("SELECT 1 AS a WHERE false")
    #expect(stream.columns.map(\.name) == ["a"])
    #expect(try await stream.next() == nil)
    #expect(try await stream.next() == nil)
    let result = try await connection.query("SELECT 1 AS a, 'x' AS b WHERE false")
    #expect(result.rowCount == 0)
    #expect(result.columns.map(\.type) == [.integer, .varchar])
    #expect(result.scalar() == nil)
  }

  @Test func sixtyFourTasksAtOnce() async throws {
    let database = try await Database.open()
    let sums = try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<64 {
        group.addTask {
          let connection = try await database.connect()
          var sum = 0
          for _ in 0..<5 {
            for try await chunk in try await connection.stream("SELECT \(index)::BIGINT FROM range(5000)") {
              try chunk[0].values(as: Int64.self) { values, _ in sum += Int(values.reduce(0, +)) }
            }
          }
          return sum
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums.sorted() == (0..<64).map { $0 * 25000 })
  }

  @Test func manyTasksShareAConnection() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t (a INT)")
    try await withThrowingTaskGroup { group in
      for index in 0..<64 {
        group.addTask { _ = try await connection.execute("INSERT INTO t VALUES (\(index))") }
      }
      try await group.waitForAll()
    }
    #expect(try await connection.query("SELECT count(DISTINCT a) FROM t").scalar() == .bigInt(64))
  }
}
