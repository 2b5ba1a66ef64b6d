import DuckDB
import Synchronization

/// Remembers whether DuckDB has failed inside: the instance then answers nothing any more.
///
/// Closing a connection of a failed instance while DuckLake has a transaction on it ends the whole process
/// (observed with 1.5.5: its roll-back throws where nothing may). So after a failure nothing is closed, and what
/// was open stays in memory until the process ends.
final class EngineHealth: Sendable {
  private struct State {
    var hasFailed = false
    var connections: [WeakConnection] = []
  }

  private struct WeakConnection: Sendable {
    weak let connection: Connection?
  }

  private let state = Mutex(State())
  private static let graveyard = Mutex<[Connection]>([])

  var hasFailed: Bool { state.withLock { $0.hasFailed } }

  /// Notes a connection of the engine.
  func watch(_ connection: Connection) {
    state.withLock { state in
      state.connections.removeAll { $0.connection == nil }
      state.connections.append(WeakConnection(connection: connection))
    }
  }

  func note(_ error: DuckDBError) {
    guard error.kind == .internal || error.kind == .fatal else { return }
    let alive = state.withLock { state in
      state.hasFailed = true
      return state.connections.compactMap(\.connection)
    }
    Self.graveyard.withLock { $0 += alive }
  }

  /// Closes a connection, unless that would end the process.
  func close(_ connection: Connection) async {
    guard !hasFailed else { return }
    await connection.close()
  }

  /// - Throws: ``LakeError`` with code `engine` after a failure.
  func check() throws(LakeError) {
    guard hasFailed else { return }
    throw LakeError(
      .engine, "the engine has failed and must be replaced",
      hint: "Start again; what was committed before is there.")
  }
}
