import LakeSettings
import Threads

/// The door to one lake in this process: who may use its catalog, whose turn it is to write, and whether
/// anything has changed since a reader last looked.
actor LakeGate {
  /// Counts what may have changed the lake: commits of this process and every time it was let in anew.
  /// A read transaction begun at the present epoch shows the present state of the lake.
  private(set) var epoch: UInt64 = 1
  /// Counts what may have changed the lake's views and macros.
  private(set) var definitionsEpoch: UInt64 = 1

  /// Whether ``epoch`` tells of all commits: true where this process owns the catalog.
  nonisolated let knowsAllCommits: Bool

  /// Counts how often this process got the catalog: as long as it stays the same, nobody else has committed.
  private(set) var ownership: UInt64 = 0

  /// Orders the first looks of transactions at the catalog.
  nonisolated let looks = LookLock()
  /// The lake's files, where they are local.
  nonisolated let folder: DataFolder?

  /// The transactions that sessions of this process have open.
  nonisolated let transactions = TransactionRegistry()

  private let owner: OwnerLock?
  /// A SQLite catalog is let go while nobody uses it, so that other processes get their turn. A DuckDB file
  /// stays open as long as it is attached.
  private let letsGoWhenIdle: Bool
  /// How long others are waited for, and a catalog that does not answer is asked.
  nonisolated let patience: Duration
  private let turns = TurnQueue()
  private var serverTurn: ServerTurn?
  private let clock = ContinuousClock()
  private var users = 0
  private var commitsUnderWay = 0
  private var owned = false
  private var nextCourtesy: ContinuousClock.Instant
  private var courtesy: Task<Void, Never>?
  private var idleTask: Task<Void, Never>?
  private var beforeLettingGo: (@Sendable () async -> Void)?
  private var afterCommit: (@Sendable (UInt64) async -> Void)?

  static let idleTime = Duration.milliseconds(500)
  /// How long a busy process keeps a catalog that another one waits for.
  static let fairShare = Duration.seconds(2)

  init(_ configuration: LakeConfiguration, patience: Duration) {
    owner = configuration.catalog.filePath.map { OwnerLock(catalogPath: $0, lake: configuration.name) }
    knowsAllCommits = owner != nil
    letsGoWhenIdle = configuration.catalog.kind == "sqlite"
    if case .folder(let path) = configuration.storage {
      folder = DataFolder(root: path)
    } else {
      folder = nil
    }
    self.patience = patience
    nextCourtesy = clock.now
  }

  /// - Parameters:
  ///   - lettingGo: ends everything that rests on owning the catalog, such as cached read transactions.
  ///   - commit: told the new epoch after each commit.
  func setHooks(
    lettingGo: @escaping @Sendable () async -> Void, commit: @escaping @Sendable (UInt64) async -> Void
  ) {
    beforeLettingGo = lettingGo
    afterCommit = commit
  }

  // MARK: Use

  /// Runs `body` while this process may use the catalog. `body` gets the epoch at which it starts; nil means that
  /// a commit is under way, so that what was read before may be behind what others have seen already.
  ///
  /// - Throws: ``LakeError`` when another process holds the catalog too long; what `body` throws.
  nonisolated func use<Value: Sendable>(
    _ body: sending (_ epoch: UInt64?) async throws -> sending Value
  ) async throws -> sending Value {
    let epoch = try await enter()
    do {
      let value = try await body(epoch)
      await leave()
      return value
    } catch {
      await leave()
      throw error
    }
  }

  /// Lets a user in. Every successful call must be followed by one ``leave()``.
  @discardableResult
  func enter() async throws -> UInt64? {
    await beCourteous()
    users += 1
    idleTask?.cancel()
    idleTask = nil
    do {
      if !owned {
        try await owner?.acquire(patience: patience)
        if !owned {
          owned = true
          ownership += 1
          epoch += 1
          definitionsEpoch += 1
          nextCourtesy = clock.now + Self.fairShare
        }
      }
    } catch {
      users -= 1
      throw error
    }
    return commitsUnderWay == 0 ? epoch : nil
  }

  func leave() {
    users -= 1
    guard users == 0, letsGoWhenIdle else { return }
    idleTask = Task { [weak self] in
      do { try await Pause.wait(for: Self.idleTime) } catch { return }
      await self?.letGo()
    }
  }

  /// Ends idle use now, as when the engine is closed.
  func letGo() async {
    guard users == 0, owned else { return }
    // A user may come in while cached transactions end; then the catalog is kept.
    await beforeLettingGo?()
    guard users == 0, owned, !Task.isCancelled else { return }
    if let owner {
      owned = false
      owner.release()
    }
  }

  /// Lets another process have the catalog now and then when it waits and this one is always busy. Those who
  /// come meanwhile wait a moment, never long: one of them may be what a present user waits for.
  private func beCourteous() async {
    if let courtesy { return await courtesy.value }
    guard letsGoWhenIdle, owned, clock.now >= nextCourtesy, let owner else { return }
    guard owner.isAwaited else {
      nextCourtesy = clock.now + .milliseconds(100)
      return
    }
    let task = Task {
      let deadline = clock.now + .milliseconds(250)
      while users > 0, clock.now < deadline { try? await Task.sleep(for: .milliseconds(2)) }
      if users == 0 {
        await letGo()
        // The one who waits looks every 50 ms.
        try? await Task.sleep(for: .milliseconds(100))
      }
      nextCourtesy = clock.now + .seconds(1)
      courtesy = nil
    }
    courtesy = task
    await task.value
  }

  // MARK: Turns

  /// Shares the turn with other processes through the server of the catalog.
  func share(_ turn: ServerTurn) { serverTurn = turn }

  /// Waits for the turn to write, first among the tasks of this process, then among processes. Must be followed by one
  /// ``endTurn()``.
  ///
  /// - Returns: the moment from which on new files may be this turn's; its tenure, a number that stays the same from turn
  ///   to turn as long as nobody else can have changed the lake.
  @discardableResult
  func takeTurn() async throws -> (since: Moment, tenure: UInt64) {
    try await turns.acquire()
    do {
      let tenure = try await serverTurn?.acquire() ?? ownership
      return (.now, tenure)
    } catch {
      await turns.release()
      throw error
    }
  }

  /// Hands the turn on.
  func endTurn() async {
    await serverTurn?.release()
    await turns.release()
  }

  /// Ends the connection that shares the turn.
  func close() async { await serverTurn?.close() }

  /// From here to ``commitEnds(changesDefinitions:)`` nobody knows whether the commit has happened yet, so nothing
  /// that was read before is used again.
  func commitBegins() { commitsUnderWay += 1 }

  /// - Parameter changesDefinitions: whether views or macros may have changed.
  func commitEnds(changesDefinitions: Bool) async {
    epoch += 1
    if changesDefinitions { definitionsEpoch += 1 }
    commitsUnderWay -= 1
    await afterCommit?(epoch)
  }

  /// Waits until so many writers wait for their turn.
  func untilWritersWait(_ count: Int) async { await turns.untilWaiting(count) }

  /// Waits until a writer has the turn.
  func untilHeld() async { await turns.untilHeld() }
}
