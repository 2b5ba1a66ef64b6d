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
      guard !Task.isCancelled else {
        // Who was woken and does not go on wakes the next.
        wakeOne()
        throw CancellationError()
      }
      while let (session, since) = idle.popLast() {
        // A server that was started anew has closed it.
        if since.duration(to: .now) < Self.longestIdle, await session.isAlive() { return session }
        open -= 1
      }
      if open < Self.most {
        open += 1
        do {
          return try await DataTableSession.open(parameters: try parameters())
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
    // A cancellation that comes late would stop what the next one runs on it.
    if !Task.isCancelled, await session.forget() { idle.append((session, .now)) } else { open -= 1 }
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
    parameters["sslrootcert"] = try settings.certificateFile(in: folder)
    return parameters
  }
}
