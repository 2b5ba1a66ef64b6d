import LakeSettings

/// The door to one lake in this process: who may use its catalog, whose turn it is to write, and whether
/// anything has changed since a reader last looked.
actor LakeGate {
  /// Counts what may have changed the lake: commits of this process and every time it was let in anew.
  /// A read transaction begun at the present epoch shows the present state of the lake.
  private(set) var epoch: UInt64 = 1

  /// Whether ``epoch`` tells of all commits: true where this process owns the catalog.
  nonisolated let knowsAllCommits: Bool

  private let owner: OwnerLock?
  /// A SQLite catalog is let go while nobody uses it, so that other processes get their turn. A DuckDB file
  /// stays open as long as it is attached.
  private let letsGoWhenIdle: Bool
  private let patience: Duration
  private let turns = TurnQueue()
  private var users = 0
  private var owned = false
  private var idleTask: Task<Void, Never>?
  private var beforeLettingGo: (@Sendable () async -> Void)?
  private var afterCommit: (@Sendable (UInt64) async -> Void)?

  static let idleTime = Duration.milliseconds(500)

  init(_ configuration: LakeConfiguration, patience: Duration) {
    owner = configuration.catalog.filePath.map(OwnerLock.init(catalogPath:))
    knowsAllCommits = owner != nil
    letsGoWhenIdle = configuration.catalog.kind == "sqlite"
    self.patience = patience
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

  /// Runs `body` while this process may use the catalog. `body` gets the epoch at which it starts.
  ///
  /// - Throws: ``LakeError`` when another process holds the catalog too long; what `body` throws.
  nonisolated func use<Value: Sendable>(
    _ body: sending (_ epoch: UInt64) async throws -> sending Value
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
  func enter() async throws -> UInt64 {
    users += 1
    idleTask?.cancel()
    idleTask = nil
    do {
      if !owned {
        try await owner?.acquire(patience: patience)
        if !owned {
          owned = true
          epoch += 1
        }
      }
    } catch {
      users -= 1
      throw error
    }
    return epoch
  }

  func leave() {
    users -= 1
    guard users == 0, letsGoWhenIdle else { return }
    idleTask = Task { [weak self] in
      do { try await Task.sleep(for: Self.idleTime) } catch { return }
      await self?.letGo()
    }
  }

  /// Waits for the turn to write. Must be followed by one ``endTurn(committed:)``.
  func takeTurn() async throws { try await turns.acquire() }

  /// - Parameter committed: whether the lake may have changed.
  func endTurn(committed: Bool) async {
    if committed {
      epoch += 1
      await afterCommit?(epoch)
    }
    await turns.release()
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
}
