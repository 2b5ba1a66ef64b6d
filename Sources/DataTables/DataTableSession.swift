internal import Dispatch
internal import PostgreSQL
internal import Synchronization
internal import Threads

/// One connection to a data table, with a thread that nobody else uses. The connection ends with it.
final class DataTableSession: Sendable {
  private typealias Work = @Sendable (PostgreSQLConnection, TypeCatalog) -> Void

  private let work: BlockingQueue<Work>
  private let cancellation: PostgreSQLCancellation

  private init(work: BlockingQueue<Work>, cancellation: PostgreSQLCancellation) {
    self.work = work
    self.cancellation = cancellation
  }

  deinit { work.close() }

  /// - Parameter parameters: libpq's.
  /// - Throws: ``DataTableError``, code `unreachable`.
  static func open(parameters: [String: String]) async throws -> DataTableSession {
    let work = BlockingQueue<Work>()
    let opened = Mutex<PostgreSQLCancellation?>(nil)
    do {
      _ = try await WorkThread.start {
        let connection = try PostgreSQLConnection(parameters)
        opened.withLock { $0 = connection.cancellation }
        return connection
      } _: { connection in
        let types = TypeCatalog { try PostgreSQLConnection(parameters) }
        while let next = work.next(upTo: 1).first { next(connection, types) }
      }
    } catch {
      throw DataTableError(.unreachable, "the data table's server cannot be used: \(error)")
    }
    guard let cancellation = opened.withLock({ $0 }) else {
      throw DataTableError(.unreachable, "the data table's server cannot be used")
    }
    return DataTableSession(work: work, cancellation: cancellation)
  }

  /// - Throws: what `body` throws; `CancellationError` when the task was cancelled.
  func run<Result: Sendable>(
    _ body: @escaping @Sendable (PostgreSQLConnection, TypeCatalog) throws -> Result
  ) async throws -> Result {
    try await withTaskCancellationHandler {
      try Task.checkCancellation()
      do { return try await perform(body) } catch {
        try Task.checkCancellation()
        throw error
      }
    } onCancel: { [cancellation] in
      // It asks the server over a connection of its own, which takes a while.
      DispatchQueue.global().async { cancellation.cancel() }
    }
  }

  /// Whether the server still has the connection.
  func isAlive() async -> Bool {
    (try? await perform { connection, _ in connection.isStillThere() }) == true
  }

  /// Forgets all that a script has left.
  ///
  /// - Returns: whether the connection may be used again.
  func forget() async -> Bool {
    let isClean = try? await perform { connection, _ in
      if connection.isInTransaction { try connection.run(script: "ROLLBACK") }
      try connection.run(script: "DISCARD ALL")
      return connection.isOpen
    }
    return isClean == true
  }

  private func perform<Result: Sendable>(
    _ body: @escaping @Sendable (PostgreSQLConnection, TypeCatalog) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let isTaken = work.add { connection, types in
        continuation.resume(with: Swift.Result { try body(connection, types) })
      }
      // The queue is closed with the session only.
      if !isTaken { continuation.resume(throwing: CancellationError()) }
    }
  }
}

/// What can be asked of a data table's server beside its pooled connections.
public enum DataTableServer {
  /// Stops what runs on connections that call themselves so.
  ///
  /// - Parameters:
  ///   - client: their `application_name`.
  ///   - parameters: libpq's, of a user who may: the same as theirs.
  /// - Throws: ``DataTableError`` when the server cannot be reached.
  public static func stop(client: String, _ parameters: [String: String]) async throws {
    let session = try await DataTableSession.open(parameters: parameters)
    _ = try await session.run { connection, _ in
      try connection.stream(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
        [PostgreSQLText(type: 25, text: client)]
      ) { _ in }
    }
  }
}
