internal import CDuckDB
internal import SQLText
internal import Synchronization

/// A DuckDB database instance in this process.
///
/// Opening one file twice gives the same instance: all databases are opened through one instance cache, since two
/// instances that write one file lose each other's commits without a word.
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

    /// A file, made when it is missing. `:memory:name` names an in-memory instance that is shared in this process.
    case file(String)
  }

  /// Where the data is kept.
  public let location: Location

  private let instance: Mutex<Instance?>

  private init(location: Location, instance: Instance) {
    self.location = location
    self.instance = Mutex(instance)
  }

  /// Opens a database, or joins the instance of this process that has it open already.
  ///
  /// - Parameters:
  ///   - location: A file, or memory.
  ///   - configuration: DuckDB's options by name, such as `["threads": "4"]`.
  /// - Returns: The open database. The blocking work is done on a thread made for it.
  /// - Throws: ``DuckDBError``: `.io` when the file cannot be opened or another process has it, `.invalidInput` or
  ///   `.invalidConfiguration` for an unknown option or a wrong value, `.connection` when this process has it open with
  ///   another configuration.
  public static func open(
    _ location: Location = .memory, configuration: [String: String] = [:]
  ) async throws -> Database {
    let instance = try await Thread.run { try Instance(location, configuration: configuration) }
    return Database(location: location, instance: instance)
  }

  /// Opens a connection, with a thread of its own.
  ///
  /// - Throws: ``DuckDBError`` of kind `.connection` when this object was closed or the system has no thread to give.
  public func connect() async throws -> Connection {
    guard let instance = instance.withLock({ $0 }) else {
      throw DuckDBError(kind: .connection, message: "The database has been closed.")
    }
    return try await Connection.open(instance)
  }

  /// Gives up this object's hold on the instance, and waits until that is done.
  ///
  /// The instance itself closes with the last of its connections.
  public func close() async {
    guard let held = instance.withLock({ $0.take() }) else { return }
    // Without a thread the instance closes here: better a blocked thread than a database that stays open.
    try? await Thread.run { withExtendedLifetime(held) {} }
  }

  /// The version of the linked DuckDB library, such as `v1.5.5`.
  public static var libraryVersion: String {
    String(cString: duckdb_library_version())
  }
}

/// An open `duckdb_database`, shared by the `Database` and the connections that need it.
///
/// Sendable, unchecked: the handle is set once; DuckDB lets any thread connect to it.
final class Instance: @unchecked Sendable {
  private let handle: duckdb_database

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
    let state = duckdb_get_or_create_from_cache(InstanceCache.shared.handle, path, &database, config, &message)
    defer { duckdb_free(message) }
    guard state == DuckDBSuccess, let database else {
      let text = message.map { String(cString: $0) } ?? "DuckDB could not open \(path)."
      throw DuckDBError(text: text)
    }
    handle = database
  }

  deinit {
    // Closing may write a checkpoint, and a deinit can run on any thread. A connection's last act is on its own thread;
    // from elsewhere a thread is made.
    let closing = Closing(handle: handle)
    if Thread.isOurs {
      closing.run()
    } else if (try? Thread.start { closing.run() }) == nil {
      closing.run()
    }
  }

  func connect() throws -> duckdb_connection {
    var connection: duckdb_connection?
    guard duckdb_connect(handle, &connection) == DuckDBSuccess, let connection else {
      throw DuckDBError(kind: .connection, message: "DuckDB refused a new connection.")
    }
    return connection
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
        kind: .invalidConfiguration, message: "DuckDB does not accept the value given for the option \"\(name)\".")
    }
    let near = NearestName.suggestion(for: name, among: known)
    return DuckDBError(
      kind: .invalidConfiguration,
      message: "DuckDB has no option \"\(name)\"." + (near.map { " Did you mean \"\($0)\"?" } ?? ""),
      candidates: near.map { [$0] } ?? [])
  }

  /// Sendable, unchecked: made in the deinit of the only owner, so nobody else has the handle any more.
  private struct Closing: @unchecked Sendable {
    let handle: duckdb_database

    func run() {
      var handle: duckdb_database? = handle
      duckdb_close(&handle)
    }
  }
}

/// Sendable, unchecked: made once, never destroyed, and DuckDB guards the cache with a lock of its own.
private struct InstanceCache: @unchecked Sendable {
  static let shared = InstanceCache(handle: duckdb_create_instance_cache())

  let handle: duckdb_instance_cache?
}
