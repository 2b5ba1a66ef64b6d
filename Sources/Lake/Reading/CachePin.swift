import DuckDB

/// Keeps what DuckLake has cached of a lake's present tables from being freed while a writer points into it, as may
/// happen when memory runs low.
///
/// DuckLake holds the entry for a query that is under way: so one is begun here, and left unread. Beginning it costs
/// another look at the catalog, so it stays from turn to turn while the tables stay as they are: to be used by the holder
/// of the lake's turn alone.
actor CachePin {
  private let connect: @Sendable () async throws -> Connection
  private let health: EngineHealth
  private let use = TurnQueue()
  private let clock = ContinuousClock()
  private var connection: Connection?
  private var stream: ResultStream?
  /// Whether its transaction may have begun.
  private var isOpen = false
  private var kept: (tenure: UInt64, since: ContinuousClock.Instant)?
  private var lastUse: ContinuousClock.Instant
  private var isHeld = false
  private var watch: Task<Void, Never>?

  /// How long it is kept for the next turn.
  static let idleTime = Duration.milliseconds(100)
  /// How long it is kept in all: its transaction holds an old version of the catalog.
  static let longest = Duration.seconds(1)

  /// - Parameter connect: opens a connection whose current lake is the one to look at.
  init(health: EngineHealth, connect: @escaping @Sendable () async throws -> Connection) {
    self.connect = connect
    self.health = health
    lastUse = clock.now
  }

  /// Holds it if it is still there from the turn before: then the present tables are in the cache, and nobody has to look
  /// first. To be followed by ``letGo(keeping:)``, too.
  func holdKept(tenure: UInt64) -> Bool {
    guard let kept, kept.tenure == tenure, clock.now < kept.since + Self.longest else { return false }
    isHeld = true
    return true
  }

  /// Begins it. Must be followed by one ``letGo(keeping:)``, also when it throws.
  ///
  /// - Parameter tenure: stays the same as long as nobody else can have changed the lake (``LakeGate/takeTurn()``).
  func hold(tenure: UInt64) async throws {
    isHeld = true
    try await serially {
      await end()
      let connection: Connection
      if let known = self.connection {
        connection = known
      } else {
        connection = try await connect()
        self.connection = connection
      }
      isOpen = true
      try await connection.command("BEGIN TRANSACTION READ ONLY")
      stream = try await connection.stream("SELECT abs(range) FROM range(1000000)", parameters: .none)
      kept = (tenure, clock.now)
    }
  }

  /// - Parameter keeping: whether the tables are still those that it was begun with.
  func letGo(keeping: Bool) async {
    isHeld = false
    lastUse = clock.now
    guard keeping, kept != nil else { return await finish() }
    guard watch == nil else { return }
    watch = Task { await endWhenIdle() }
  }

  /// Ends it now, unless it is held.
  func finish() async {
    try? await serially { if !isHeld { await end() } }
  }

  func close() async {
    isHeld = false
    watch?.cancel()
    await finish()
    if let connection { await health.close(connection) }
    connection = nil
  }

  private func endWhenIdle() async {
    while kept != nil, !Task.isCancelled {
      try? await Task.sleep(for: Self.idleTime)
      if !isHeld, clock.now >= lastUse + Self.idleTime { await finish() }
    }
    watch = nil
  }

  private func end() async {
    kept = nil
    await stream?.close()
    stream = nil
    guard isOpen, let connection else { return }
    isOpen = false
    // In a cancelled task nothing would run, and the next writer could not begin.
    _ = await Task { try await connection.command("COMMIT") }.result
  }

  private func serially(_ body: () async throws -> Void) async throws {
    // Not this task's own: what ends the pin runs in cancelled tasks, too.
    try await Task { try await use.acquire() }.value
    do { try await body() } catch {
      await use.release()
      throw error
    }
    await use.release()
  }
}
