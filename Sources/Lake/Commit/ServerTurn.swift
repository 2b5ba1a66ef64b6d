import DuckDB
import LakeSettings
import SQLText

/// The turn to write a lake whose catalog is on a PostgreSQL server, among all processes on all machines.
///
/// An advisory lock of the server, held by a connection of its own for the length of a transaction there. The server
/// gives it in the order in which it was asked for, and takes it back when the connection ends, as when the process is
/// killed. Asking for it and giving it back are several round trips, so it stays here between turns that follow each other closely,
/// unless another process waits. To be used by the holder of the lake's turn in this process, one at a time.
actor ServerTurn {
  private let lake: LakeName
  private let engine: Engine
  private let database: String
  private let name: String
  private let condition: String
  private let patience: Duration
  private let clock = ContinuousClock()
  private var connection: Connection?
  /// Since when the server's lock is held; nil when it is not.
  private var heldSince: ContinuousClock.Instant?
  private var nextCourtesy: ContinuousClock.Instant
  private var lingering: Task<Void, Never>?
  private var tenure: UInt64 = 0

  /// How long the lock waits for this process's next writer.
  static let lingerTime = Duration.milliseconds(5)
  /// How long others wait at most for a process that writes all the time.
  static let fairShare = Duration.milliseconds(50)
  /// How long it is held in all: its transaction keeps the server from cleaning up.
  static let longest = Duration.seconds(1)

  /// - Parameters:
  ///   - database: the engine's name of the catalog's database.
  ///   - schema: the catalog's schema, which tells the lake from others in the same database.
  ///   - patience: how long to wait for other processes.
  init(lake: LakeName, engine: Engine, database: String, schema: String, patience: Duration) {
    self.lake = lake
    self.engine = engine
    self.database = database
    self.patience = patience
    nextCourtesy = clock.now
    name = Self.lockName(schema)
    condition = Self.condition(schema: schema)
  }

  /// The lock's number, as the server works it out.
  private static func lockName(_ schema: String) -> String {
    "hashtextextended(\(SQLLiteral.string("tarn turn " + schema)), 0)"
  }

  /// What picks the turn of a lake from the server's `pg_locks`.
  static func condition(schema: String) -> String {
    "locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint = \(lockName(schema))"
  }

  /// Waits for the turn. Every successful call must be followed by one ``release()``.
  ///
  /// - Returns: a number that is the same as the last time when nobody else has had the turn since.
  /// - Throws: ``LakeError`` with code `busy` that names the holder, `catalog` when the server cannot be reached;
  ///   `CancellationError`.
  func acquire() async throws -> UInt64 {
    await endLingering()
    if await mayStay() { return tenure }
    await handOver()
    let connection = try await opened()
    do {
      try await connection.command("BEGIN TRANSACTION")
      let tried = try await connection.query(
        on("SELECT pg_try_advisory_xact_lock(\(name)), pg_backend_pid()"), parameters: .none)
      if tried[0][0].boolean != true { try await wait(connection, process: tried[0][1].integer ?? 0) }
    } catch {
      await forget()
      if Task.isCancelled { throw CancellationError() }
      guard let error = error as? DuckDBError else { throw error }
      throw error.message.contains("lock timeout") ? await busy() : engine.translate(error)
    }
    heldSince = clock.now
    nextCourtesy = clock.now + Self.fairShare
    tenure += 1
    return tenure
  }

  /// Hands the turn on, to this process's next writer for a moment, then to others.
  func release() {
    lingering = Task {
      do { try await Task.sleep(for: Self.lingerTime) } catch { return }
      await handOver()
    }
  }

  private func endLingering() async {
    lingering?.cancel()
    await lingering?.value
    lingering = nil
  }

  private func mayStay() async -> Bool {
    guard let heldSince, let connection, clock.now < heldSince + Self.longest else { return false }
    if clock.now < nextCourtesy { return true }
    let waiting = try? await connection.query(
      on("SELECT count(*) FROM pg_locks WHERE NOT granted AND \(condition)"), parameters: .none)
    guard waiting?.scalar()?.integer == 0 else { return false }
    nextCourtesy = clock.now + Self.fairShare
    return true
  }

  /// When the server has gone, so has the turn.
  private func handOver() async {
    guard heldSince != nil, let connection else { return }
    heldSince = nil
    let end = await Task { try await connection.command("COMMIT") }.result
    if case .failure = end { await forget() }
  }

  func close() async {
    await endLingering()
    await forget()
  }

  private func opened() async throws -> Connection {
    if let connection { return connection }
    let opened = try await engine.connect()
    connection = opened
    return opened
  }

  private func forget() async {
    guard let forgotten = connection else { return }
    connection = nil
    heldSince = nil
    _ = await Task { try await forgotten.command("ROLLBACK") }.result
    await engine.health.close(forgotten)
  }

  /// Waits in the server's own queue. A task that is cancelled has its query cancelled there, since the engine cannot
  /// interrupt a connection that waits for a server.
  private func wait(_ connection: Connection, process: Int64) async throws {
    let milliseconds = Int64(patience / .milliseconds(1))
    try await connection.command(execute("SET LOCAL lock_timeout = \(max(milliseconds, 1))"))
    let query = on("SELECT pg_advisory_xact_lock(\(name))::text")
    try await withTaskCancellationHandler {
      // Not this task's own: its cancellation must reach the server first.
      _ = try await Task { try await connection.query(query, parameters: .none) }.value
    } onCancel: {
      Task {
        let helper = try await engine.connect()
        _ = try? await helper.query(on("SELECT pg_cancel_backend(\(process))"), parameters: .none)
        await engine.health.close(helper)
      }
    }
    try Task.checkCancellation()
  }

  private func busy() async -> LakeError {
    var holder = "another process"
    if let helper = try? await engine.connect() {
      let query = """
        SELECT a.pid, coalesce(host(a.client_addr), 'this machine'), a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.granted AND \(condition)
        """
      let rows = try? await helper.query(on(query), parameters: .none).rows
      if let row = rows?.first(where: { _ in true }) {
        holder = "a connection from \(row[1].text ?? "?") (server process \(row[0].integer ?? 0))"
      }
      await engine.health.close(helper)
    }
    return LakeError(
      .busy, "lake '\(lake)': the turn to write is held by \(holder); waited \(patience.formattedSeconds)",
      hint: "Wait until it is done, or end it; see tarn lake transactions.")
  }

  private nonisolated func on(_ sql: String) -> String {
    "FROM postgres_query(\(SQLLiteral.string(database)), \(SQLLiteral.string(sql)))"
  }

  private nonisolated func execute(_ sql: String) -> String {
    "CALL postgres_execute(\(SQLLiteral.string(database)), \(SQLLiteral.string(sql)))"
  }
}
