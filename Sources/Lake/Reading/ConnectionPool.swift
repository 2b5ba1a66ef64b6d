import DuckDB
import LakeSettings
import SQLText

/// Warm connections to one lake: readers, each with a read transaction that is kept while nothing changes,
/// and one for single statements that write.
///
/// Half of a point query's time is DuckLake reading its catalog anew at the start of each transaction. A
/// reader whose transaction was begun at the present epoch of the lake (``LakeGate/epoch``) shows the present
/// state, so it is used again; any other is ended first. On a catalog that other processes may change at any
/// time (PostgreSQL) each query has its own transaction.
actor ConnectionPool {
  private let lake: LakeName
  private let engine: Engine
  private let keepsTransactions: Bool
  private var idle: [Reader] = []
  private var writer: Connection?
  private var isClosed = false

  init(lake: LakeName, engine: Engine, keepsTransactions: Bool) {
    self.lake = lake
    self.engine = engine
    self.keepsTransactions = keepsTransactions
  }

  /// Runs `body` on a connection that shows the lake as of `epoch` or later.
  nonisolated func read<Result: Sendable>(
    epoch: UInt64, _ body: @Sendable (Connection) async throws -> Result
  ) async throws -> Result {
    var reader = try await take()
    do {
      if keepsTransactions, reader.epoch != epoch {
        try await reader.connection.command(reader.epoch == nil ? "BEGIN TRANSACTION READ ONLY" : "COMMIT; BEGIN TRANSACTION READ ONLY")
        reader.epoch = epoch
      }
      let result = try await body(reader.connection)
      await give(reader)
      return result
    } catch {
      // A failed statement leaves its transaction unusable.
      if reader.epoch != nil { try? await reader.connection.command("ROLLBACK") }
      reader.epoch = nil
      await give(reader)
      throw error
    }
  }

  /// Runs `body` on the connection for writing. Only whoever has the lake's turn may call this.
  nonisolated func write<Result: Sendable>(
    _ body: @Sendable (Connection) async throws -> Result
  ) async throws -> Result {
    try await body(try await writingConnection())
  }

  private func writingConnection() async throws -> Connection {
    if let writer { return writer }
    let connection = try await connect()
    writer = connection
    return connection
  }

  /// Ends kept transactions of other epochs, so that they do not hold old versions of the catalog.
  func endTransactions(except epoch: UInt64? = nil) async {
    let ending = idle.filter { $0.epoch != nil && $0.epoch != epoch }
    idle.removeAll { $0.epoch != nil && $0.epoch != epoch }
    for var reader in ending {
      try? await reader.connection.command("COMMIT")
      reader.epoch = nil
      await give(reader)
    }
  }

  func close() async {
    isClosed = true
    await endTransactions()
    for reader in idle { await reader.connection.close() }
    idle = []
    await writer?.close()
    writer = nil
  }

  private func take() async throws -> Reader {
    if let reader = idle.popLast() { return reader }
    return Reader(connection: try await connect())
  }

  private func connect() async throws -> Connection {
    let connection = try await engine.connect()
    try await connection.command("USE \(SQLIdentifier.quote(lake.catalogAlias)).main")
    return connection
  }

  private func give(_ reader: Reader) async {
    if isClosed { await reader.connection.close() } else { idle.append(reader) }
  }

  private struct Reader: Sendable {
    let connection: Connection
    /// The epoch at which the open transaction was begun; nil when none is open.
    var epoch: UInt64?
  }
}
