internal import CDuckDB
internal import SQLText
internal import Synchronization

/// A DuckDB database instance in this process.
///
/// Opening one file twice gives the same instance: all databases are opened through one instance cache, since
/// two instances that write one file lose each other's commits without a word.
///
/// ```swift
/// let database = try await Database.open(.file("sales.duckdb"))
/// let connection = try await database.connect()
/// let total: Value? = try await connection.query("SELECT sum(amount) FROM sales").scalar()
/// ```
///
/// A database stays open as long as this object or one of its connections lives.
public final class Database: Sendable {
  /// Where the data of a database is kept.
  public enum Location: Sendable, Hashable {
    /// Nowhere: a fresh, private instance that vanishes when it is closed.
    case memory

    /// A file, made when it is missing. `:memory:name` names an in-memory instance that is shared in this
    /// process.
    case file(String)
  }

  /// Where the data is kept.
  public let location: Location

  private let instance: Instance
  private let isClosed = Mutex(false)

  private init(location: Location, instance: Instance) {
    self.location = location
    self.instance = instance
  }

  deinit {
    // Closing may write a checkpoint, and a deinit can run on any thread.
    guard markClosed() else { return }
    let instance = instance
    if (try? Thread.start { instance.relinquish() }) == nil { instance.relinquish() }
  }

  /// Opens a database, or joins the instance of this process that has it open already.
  ///
  /// - Parameters:
  ///   - location: A file, or memory.
  ///   - configuration: DuckDB's options by name, such as `["threads": "4"]`.
  /// - Returns: The open database. The blocking work is done on a thread made for it.
  /// - Throws: ``DuckDBError``: `.io` when the file cannot be opened or another process has it,
  ///   `.invalidInput` or `.invalidConfiguration` for an unknown option or a wrong value, `.connection` when
  ///   this process has it open with another configuration.
  public static func open(
    _ location: Location = .memory, configuration: [String: String] = [:]
  ) async throws -> Database {
    let instance = try await Thread.run { try Instance(location, configuration: configuration) }
    return Database(location: location, instance: instance)
  }

  /// Opens a connection, with a thread of its own.
  ///
  /// - Parameter reportsProgress: Whether ``Connection/progress`` is kept up to date. DuckDB works noticeably
  ///   more for it, above all while results are streamed.
  /// - Throws: ``DuckDBError`` of kind `.connection` when this object was closed or the system has no thread
  ///   to give.
  public func connect(reportsProgress: Bool = false) async throws -> Connection {
    guard !isClosed.withLock({ $0 }) else {
      throw DuckDBError(kind: .connection, message: "The database has been closed.")
    }
    return try await Connection.open(instance, reportsProgress: reportsProgress)
  }

  /// Gives up this object's hold on the instance, and waits until that is done. A second call does nothing.
  ///
  /// The instance itself closes with the last of its connections: with ``Connection/close()`` on each of them
  /// before, the file is free when this returns.
  public func close() async {
    guard markClosed() else { return }
    let instance = instance
    // Without a thread the instance closes here: better a blocked thread than a database that stays open.
    if (try? await Thread.run { instance.relinquish() }) == nil { instance.relinquish() }
  }

  /// True for the first call.
  private func markClosed() -> Bool {
    isClosed.withLock { isClosed in
      defer { isClosed = true }
      return !isClosed
    }
  }

  /// The version of the linked DuckDB library, such as `v1.5.5`.
  public static var libraryVersion: String {
    String(cString: duckdb_library_version())
  }
}

/// An open `duckdb_database`, held by a `Database` and by connections.
///
/// The holders are counted here, and not by references, so that it is known when the file is free again.
///
/// Sendable, unchecked: the handle is only used under `holders`' lock.
final class Instance: @unchecked Sendable {
  private var handle: duckdb_database?
  private let holders = Mutex(1)

  fileprivate init(_ location: Database.Location, configuration: [String: String]) throws {
    let path =
      switch location {
      case .memory: ":memory:"
      case .file(let path): path
      }
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw DuckDBError(kind: .invalidInput, message: "A database file needs a path without NUL bytes.")
    }

    var config: duckdb_config?
    guard duckdb_create_config(&config) == DuckDBSuccess else {
      duckdb_destroy_config(&config)
      throw DuckDBError(kind: .outOfMemory, message: "DuckDB could not make a configuration.")
    }
    defer { duckdb_destroy_config(&config) }
    for (name, value) in configuration.sorted(by: { $0.key < $1.key }) {
      guard duckdb_set_config(config, name, value) == DuckDBSuccess else {
        throw Instance.refusal(of: name, value: value)
      }
    }

    var database: duckdb_database?
    var message: UnsafeMutablePointer<CChar>?
    let state = duckdb_get_or_create_from_cache(
      InstanceCache.shared.handle, path, &database, config, &message)
    defer { duckdb_free(message) }
    guard state == DuckDBSuccess, let database else {
      let text = message.map { String(cString: $0) } ?? "DuckDB could not open \(path)."
      throw DuckDBError(text: text)
    }
    handle = database
  }

  /// Opens a connection, which is one more holder.
  func connect() throws -> duckdb_connection {
    try holders.withLock { holders in
      guard handle != nil else {
        throw DuckDBError(kind: .connection, message: "The database has been closed.")
      }
      var connection: duckdb_connection?
      guard duckdb_connect(handle, &connection) == DuckDBSuccess, let connection else {
        throw DuckDBError(kind: .connection, message: "DuckDB refused a new connection.")
      }
      holders += 1
      return connection
    }
  }

  /// One holder less; the last one closes the database, which may block.
  func relinquish() {
    holders.withLock { holders in
      holders -= 1
      if holders == 0 { duckdb_close(&handle) }
    }
  }

  private static func refusal(of name: String, value: String) -> DuckDBError {
    var known: [String] = []
    for index in 0..<duckdb_config_count() {
      var option: UnsafePointer<CChar>?
      guard duckdb_get_config_flag(index, &option, nil) == DuckDBSuccess, let option else { continue }
      known.append(String(cString: option))
    }
    if known.contains(name.lowercased()) {
      return DuckDBError(
        kind: .invalidConfiguration,
        message: "DuckDB does not accept the value given for the option \"\(name)\".")
    }
    let near = NearestName.suggestion(for: name, among: known)
    return DuckDBError(
      kind: .invalidConfiguration,
      message: "DuckDB has no option \"\(name)\"." + (near.map { " Did you mean \"\($0)\"?" } ?? ""),
      candidates: near.map { [$0] } ?? [])
  }
}

/// Sendable, unchecked: made once, never destroyed, and DuckDB guards the cache with a lock of its own.
private struct InstanceCache: @unchecked Sendable {
  static let shared = InstanceCache(handle: duckdb_create_instance_cache())

  let handle: duckdb_instance_cache?
}
