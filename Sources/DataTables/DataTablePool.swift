internal import Foundation
internal import PostgreSQL
public import Scripts

/// Connections to one data table. What a script leaves in one, its settings, role, temporary tables and locks, is gone
/// before another gets it.
public actor DataTablePool {
  private let settings: DataTableSettings
  /// For the server's certificate, where one is given.
  private let folder: String
  private var idle: [(session: DataTableSession, since: ContinuousClock.Instant)] = []
  private var open = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// How many connections there are at the same time.
  private static let most = 8
  private static let longestIdle = Duration.seconds(60)

  /// - Parameters:
  ///   - settings: which database, and who uses it.
  ///   - folder: for passing files.
  public init(_ settings: DataTableSettings, folder: String) {
    self.settings = settings
    self.folder = folder
  }

  /// Runs a script. It is stopped when the task is cancelled.
  ///
  /// - Parameters:
  ///   - arguments: by name.
  ///   - limit: how many bytes the result may have.
  /// - Returns: the result as JSON text, in the shape that the script asks for.
  /// - Throws: ``DataTableError``; `ScriptArgumentError`; `CancellationError`.
  public func run(
    _ script: PostgreSQLScript, arguments: [String: ScriptValue], limit: Int
  ) async throws -> String {
    let values = try script.bind(arguments: arguments)
    let session = try await take()
    do {
      let result = try await session.run { connection, types in
        try ScriptOnPostgreSQL(script: script, values: values, limit: limit).run(on: connection, types)
      }
      await giveBack(session)
      return result
    } catch {
      await giveBack(session)
      throw error
    }
  }

  /// Closes what nobody uses.
  public func close() {
    open -= idle.count
    idle = []
  }

  // MARK: Connections

  private func take() async throws -> DataTableSession {
    while true {
      try Task.checkCancellation()
      let now = ContinuousClock.now
      while let (session, since) = idle.popLast() {
        if session.isOpen, since.duration(to: now) < Self.longestIdle { return session }
        open -= 1
      }
      if open < Self.most {
        open += 1
        do {
          return try await DataTableSession(parameters: try parameters())
        } catch {
          open -= 1
          wakeOne()
          throw error
        }
      }
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func giveBack(_ session: DataTableSession) async {
    if await session.forget() { idle.append((session, .now)) } else { open -= 1 }
    wakeOne()
  }

  private func wakeOne() { if !waiting.isEmpty { waiting.removeFirst().resume() } }

  private func parameters() throws(DataTableError) -> [String: String] {
    var parameters = [
      "host": settings.host, "port": String(settings.port), "dbname": settings.database,
      "user": settings.user,
      "password": settings.password, "sslmode": settings.sslMode,
      // The session's own defaults, so that RESET comes back to them.
      "options":
        "-c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c intervalstyle=postgres -c extra_float_digits=1",
    ]
    if let certificate = settings.rootCertificate {
      let path = folder + "/authorities-\(settings.host)-\(settings.port).pem"
      do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try certificate.write(toFile: path, atomically: true, encoding: .utf8)
      } catch {
        throw DataTableError(.badSettings, "the certificate cannot be written: \(error.localizedDescription)")
      }
      parameters["sslrootcert"] = path
    }
    return parameters
  }
}

/// One connection, with a thread of its own while it works.
final class DataTableSession: Sendable {
  /// Used by one piece of work at a time, each on this queue.
  private nonisolated(unsafe) let connection: PostgreSQLConnection
  private nonisolated(unsafe) let types: TypeCatalog
  private let queue = DispatchQueue(label: "tarn.data-table")

  /// - Throws: ``DataTableError``, code `unreachable`.
  init(parameters: [String: String]) async throws {
    let opening = DispatchQueue(label: "tarn.data-table.opening")
    let opened: Result<Opened, any Error> = await withCheckedContinuation { continuation in
      opening.async {
        continuation.resume(returning: Result { Opened(connection: try PostgreSQLConnection(parameters)) })
      }
    }
    do {
      connection = try opened.get().connection
      types = TypeCatalog { try PostgreSQLConnection(parameters) }
    } catch {
      throw DataTableError(.unreachable, "the data table's server cannot be used: \(error)")
    }
  }

  /// A connection on its way from the thread that opened it.
  private struct Opened: @unchecked Sendable {
    let connection: PostgreSQLConnection
  }

  var isOpen: Bool { queue.sync { connection.isOpen } }

  /// - Throws: what `work` throws; `CancellationError` when the task was cancelled.
  func run<Result: Sendable>(
    _ work: @escaping @Sendable (PostgreSQLConnection, TypeCatalog) throws -> Result
  ) async throws -> Result {
    let cancellation = connection.cancellation
    return try await withTaskCancellationHandler {
      try Task.checkCancellation()
      do {
        return try await withCheckedThrowingContinuation { continuation in
          queue.async { [self] in
            continuation.resume(with: Swift.Result { try work(connection, types) })
          }
        }
      } catch {
        try Task.checkCancellation()
        throw error
      }
    } onCancel: {
      // It asks the server over a connection of its own, which takes a while.
      DispatchQueue.global().async { cancellation.cancel() }
    }
  }

  /// Forgets all that a script has left.
  ///
  /// - Returns: whether the connection may be used again.
  func forget() async -> Bool {
    await withCheckedContinuation { continuation in
      queue.async { [self] in
        do {
          if connection.isInTransaction { try connection.run(script: "ROLLBACK") }
          try connection.run(script: "DISCARD ALL")
          continuation.resume(returning: connection.isOpen)
        } catch { continuation.resume(returning: false) }
      }
    }
  }
}
