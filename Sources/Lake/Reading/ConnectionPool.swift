import DuckDB
import LakeSettings
import SQLText

/// Warm connections to one lake: readers, each with a read transaction that is kept while nothing changes,
/// and one session for single statements that write.
///
/// Half of a point query's time is DuckLake reading its catalog anew at the start of each transaction. A
/// reader whose transaction was begun at the present epoch of the lake (``LakeGate/epoch``) shows the present
/// state, so it is used again; any other is ended first. On a catalog that other processes may change at any
/// time (PostgreSQL) each query has its own transaction.
actor ConnectionPool {
  private let lake: LakeName
  private let engine: Engine
  private let keepsTransactions: Bool
  private let looks: LookLock
  private let places: TurnQueue
  private let readers: Int
  private var idle: [Reader] = []
  private var writer: Task<EngineSession, any Error>?
  private var isClosed = false

  /// - Parameter readers: how many queries run at the same time; more wait. Each has a thread.
  init(lake: LakeName, engine: Engine, keepsTransactions: Bool, looks: LookLock, readers: Int = 16) {
    self.looks = looks
    self.lake = lake
    self.readers = readers
    self.engine = engine
    self.keepsTransactions = keepsTransactions
    places = TurnQueue(holders: readers)
  }

  /// How a query uses a reader.
  struct Use {
    /// The state that a kept transaction must show to be used again; nil for a transaction of the query's own.
    let epoch: UInt64?
    /// Whether it waits while as many as may run at the same time are busy. One that hands rows to others who read, too,
    /// must not wait for them.
    var waits = true
    /// Whether it leaves something behind, so that the connection is not used again.
    var spoils = false
  }

  /// Runs `body` on a connection that shows the lake's present state.
  nonisolated func read<Result: Sendable>(
    _ use: Use, _ body: @Sendable (Connection) async throws -> Result
  ) async throws -> Result {
    if use.waits { try await places.acquire() }
    let outcome: Swift.Result<Result, any Error>
    do { outcome = .success(try await readInPlace(use, body)) } catch { outcome = .failure(error) }
    if use.waits { await places.release() }
    return try outcome.get()
  }

  private nonisolated func readInPlace<Result: Sendable>(
    _ use: Use, _ body: @Sendable (Connection) async throws -> Result
  ) async throws -> Result {
    let epoch = keepsTransactions ? use.epoch : nil
    var reader = try await take(epoch)
    do {
      if reader.epoch == nil || reader.epoch != epoch {
        if reader.epoch != nil { try await reader.connection.command("COMMIT") }
        reader.epoch = epoch ?? 0
        try await begin(reader.connection)
      }
      let result = try await body(reader.connection)
      if epoch == nil || use.spoils {
        try await reader.connection.command("COMMIT")
        reader.epoch = nil
      }
      if use.spoils { await engine.health.close(reader.connection) } else { await give(reader) }
      return result
    } catch {
      if use.spoils { await engine.health.close(reader.connection) } else { await giveFailed(reader) }
      throw error
    }
  }

  /// Begins a transaction and takes its first look at the lake.
  private nonisolated func begin(_ connection: Connection) async throws {
    await looks.lock(alone: false)
    let outcome: Swift.Result<Void, any Error>
    do { outcome = .success(try await connection.command("BEGIN TRANSACTION READ ONLY; " + Self.look)) } catch
    {
      outcome = .failure(error)
    }
    await looks.unlock(alone: false)
    try outcome.get()
  }

  /// Looks a function up, first of all in the current lake: that loads the lake's tables.
  static let look = "SELECT abs(1)"

  /// The session for statements that write.
  func writingSession() async throws -> EngineSession {
    if let writer { return try await writer.value }
    let opening = Task { [engine, lake] in try await engine.session(current: lake) }
    writer = opening
    do { return try await opening.value } catch {
      writer = nil
      throw error
    }
  }

  /// Ends kept transactions of other epochs, so that they do not hold old versions of the catalog.
  func endTransactions(except epoch: UInt64? = nil) async {
    let ending = idle.filter { $0.epoch != nil && $0.epoch != epoch }
    idle.removeAll { $0.epoch != nil && $0.epoch != epoch }
    for reader in ending { await giveFailed(reader) }
  }

  func close() async {
    isClosed = true
    await endTransactions()
    for reader in idle { await engine.health.close(reader.connection) }
    idle = []
    if let writer { await (try? writer.value)?.close() }
    writer = nil
  }

  /// The number of queries that run now.
  nonisolated var busy: Int { get async { await places.heldCount } }

  private func take(_ epoch: UInt64?) async throws -> Reader {
    let index =
      idle.lastIndex { $0.epoch == epoch } ?? idle.lastIndex { $0.epoch == nil } ?? idle.indices.last
    if let index { return idle.remove(at: index) }
    return Reader(connection: try await connect())
  }

  /// A connection whose current lake is this one.
  func connect() async throws -> Connection {
    let connection = try await engine.connect()
    try await connection.command("USE \(SQLIdentifier.quote(lake.catalogAlias)).main")
    return connection
  }

  private func give(_ reader: Reader) async {
    if isClosed || idle.count >= readers {
      await engine.health.close(reader.connection)
    } else {
      idle.append(reader)
    }
  }

  /// A failed statement leaves its transaction unusable.
  private func giveFailed(_ reader: Reader) async {
    var ended = reader
    if reader.epoch != nil {
      // In a cancelled task nothing would run; the transaction must end all the same.
      let end = Task { try await reader.connection.command("ROLLBACK") }
      guard case .success = await end.result else { return await engine.health.close(reader.connection) }
      ended.epoch = nil
    }
    await give(ended)
  }

  private struct Reader: Sendable {
    let connection: Connection
    /// The epoch at which the open transaction was begun; nil when none is open.
    var epoch: UInt64?
  }
}
