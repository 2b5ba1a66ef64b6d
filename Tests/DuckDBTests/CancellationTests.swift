import Dispatch
import DuckDB
import Testing

/// A query that does not end by itself in any test's time.
private let endless = "SELECT count(*) FROM range(1000000000000) a(i) WHERE (i * 7919) % 104729 = -1"

@Suite struct CancellationTests {
  @Test func cancelledTaskInterruptsItsQuery() async throws {
    let connection = try await Database.open().connect()
    let started = Signal()
    let task = Task {
      try await connection.run { connection in
        started.send()
        return try connection.query(endless).rowCount
      }
    }
    await started.wait()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await connection.query("SELECT 1").scalar() == .integer(1))
  }

  /// The cancellation comes at any moment between before the query is handed over and after it began.
  @Test func cancellationIsNeverLost() async throws {
    let connection = try await Database.open().connect()
    for round in 0..<300 {
      let started = Signal()
      let task = Task {
        try await connection.run { connection in
          started.send()
          // A little work of varying length moves the moment.
          for _ in 0..<(round % 7) { _ = try connection.query("SELECT 1") }
          return try connection.query(endless).rowCount
        }
      }
      await started.wait()
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  /// The cancellation comes about when the query ends, and another one of another task follows at once.
  @Test func cancellationNeverHitsTheNextQuery() async throws {
    let connection = try await Database.open().connect()
    for round in 0..<100 {
      let started = Signal()
      let task = Task {
        try await connection.run { connection in
          started.send()
          return try connection.query("SELECT count(*) FROM range(\(raw: "\(round * 100)"))").rowCount
        }
      }
      await started.wait()
      let next = Task {
        try await connection.query("SELECT sum(hash(range) % 2) FROM range(500000)").rowCount
      }
      task.cancel()
      // The cancelled one either came through or not; the other always does.
      _ = try? await task.value
      #expect(try await next.value == 1)
    }
  }

  @Test func cancelledBodyBeginsNothingNew() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t (a INT)")
    let started = Signal()
    let cancelled = DispatchSemaphore(value: 0)
    let task = Task {
      try await connection.run { connection in
        started.send()
        cancelled.wait()
        try connection.execute("INSERT INTO t VALUES (1)")
      }
    }
    await started.wait()
    task.cancel()
    cancelled.signal()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await connection.query("FROM t").rowCount == 0)
  }

  @Test func cancelledBodyCanRollBack() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t (a INT)")
    let started = Signal()
    let task = Task {
      try await connection.run { connection in
        try connection.execute("BEGIN; INSERT INTO t VALUES (1)")
        started.send()
        do {
          _ = try connection.query(endless)
          try connection.execute("COMMIT")
        } catch {
          try connection.execute("ROLLBACK")
          throw error
        }
      }
    }
    await started.wait()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await connection.query("FROM t").rowCount == 0)
    // No transaction is left open.
    try await connection.execute("BEGIN; COMMIT")
  }

  @Test func waitingTaskThatIsCancelledNeverRuns() async throws {
    let connection = try await Database.open().connect()
    try await connection.execute("CREATE TABLE t (a INT)")
    let started = Signal()
    let running = Task {
      try await connection.run { connection in
        started.send()
        return try connection.query(endless).rowCount
      }
    }
    await started.wait()
    let waiting = Task { try await connection.execute("INSERT INTO t VALUES (1)") }
    waiting.cancel()
    connection.interrupt()
    let interrupted = try await #require(throws: DuckDBError.self) { try await running.value }
    #expect(interrupted.kind == .interrupt)
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(try await connection.query("FROM t").rowCount == 0)
  }

  @Test func interruptOfAnIdleConnectionDoesNothing() async throws {
    let connection = try await Database.open().connect()
    connection.interrupt()
    #expect(try await connection.query("SELECT 1").scalar() == .integer(1))
  }

  @Test func cancelledStreamStops() async throws {
    let connection = try await Database.open().connect()
    let first = Signal()
    let task = Task {
      var rows = 0
      for try await chunk in try await connection.stream("SELECT range FROM range(1000000000000)") {
        rows += chunk.rowCount
        first.send()
      }
      return rows
    }
    await first.wait()
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await connection.query("SELECT 1").scalar() == .integer(1))
  }

  @Test func progressOfAnIdleConnectionIsNone() async throws {
    let connection = try await Database.open().connect()
    #expect(connection.progress == .none)
  }

  @Test func progressGrows() async throws {
    let database = try await Database.open(configuration: ["threads": "1"])
    try await database.connect().execute("SET lock_configuration = true")
    let connection = try await database.connect(reportsProgress: true)
    try await connection.execute("CREATE TABLE t AS SELECT range AS a FROM range(3000000)")
    let task = Task { try await connection.query("SELECT count(*) FROM t a, t b WHERE a.a * b.a = -1") }
    // Yields until the engine reports; the query runs for far longer than that takes.
    while connection.progress.percentage == nil || connection.progress.totalRows == 0 { await Task.yield() }
    #expect((0...100).contains(try #require(connection.progress.percentage)))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    try await connection.run { try $0.reportProgress(false) }
    #expect(try await connection.query("SELECT 1").rowCount == 1)
  }
}
