internal import SQLText

/// What a server keeps: workspaces, tokens, jobs, schedules. In a SQLite file, or in a PostgreSQL database that several
/// servers share.
///
/// ```swift
/// let store = try await Store.open(.sqlite(path: path), migrations: Jobs.migrations)
/// let count = try await store.read { try $0.query("SELECT count(*) AS n FROM job")[0].integer("n") }
/// ```
///
/// Closures run on the store's own threads, one at a time on each connection; they only talk to the database and compute.
public final class Store: Sendable {
  private let driver: any StoreDriver
  private let hub: NoticeHub

  private init(_ driver: any StoreDriver, _ hub: NoticeHub) {
    self.driver = driver
    self.hub = hub
  }

  /// Opens a store, makes it when there is none, and brings its tables up to date. A SQLite store is copied first, beside
  /// itself, when it has to change.
  ///
  /// - Parameters:
  ///   - location: where it is.
  ///   - migrations: of all parts, each in its order.
  /// - Throws: ``StoreError``.
  public static func open(_ location: StoreLocation, migrations: [Migration]) async throws -> Store {
    let hub = NoticeHub()
    let driver: any StoreDriver =
      switch location {
      case .sqlite(let path): try await SQLiteStore.open(path: path) { hub.tell($0) }
      case .postgresql(let url): try await PostgreSQLStore(url: url) { hub.tell($0) }
      }
    let store = Store(driver, hub)
    do {
      try await Migrator(driver: driver, location: location).bringUpToDate(migrations)
    } catch {
      await store.close()
      throw error
    }
    return store
  }

  /// Runs a closure that only reads, and sees one state of the store.
  ///
  /// - Throws: ``StoreError``; what the closure throws.
  public func read<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result { try await driver.read(body) }

  /// Runs a closure in a transaction and returns when it is committed and on disk. When it throws, it has had no effect.
  ///
  /// On PostgreSQL others may change rows between two statements of a closure: what depends on a row says so in its
  /// UPDATE's WHERE, or takes the row's lock. A closure may run again when others were in the way.
  ///
  /// - Throws: ``StoreError``; what the closure throws.
  public func write<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result
  ) async throws -> Result { try await driver.write(body) }

  /// What is told on a channel from now on, by any process (``StoreTransaction/notify(_:_:)``). Words may be lost while a
  /// PostgreSQL server is not reached: look for yourself now and then. Ends with the store.
  public func notices(on channel: String) -> AsyncStream<String> { hub.listen(to: channel) }

  /// Copies the whole store into a new file of SQLite, as it is at one moment, while it is in use.
  ///
  /// - Throws: ``StoreError``; of PostgreSQL, which has its own programs for that.
  public func copy(to path: String) async throws {
    guard try await driver.backUp(to: path) else {
      throw StoreError(
        .unavailable, "a PostgreSQL store is not copied by Tarn",
        hint: "Use pg_dump, and keep the secret key with it.")
    }
  }

  /// Whether a file is a store in SQLite, without damage.
  public static func isSound(sqlite path: String) async -> Bool { await SQLiteStore.isSound(path) }

  /// Ends all connections, when what was begun has ended.
  public func close() async {
    await driver.close()
    hub.close()
  }
}
