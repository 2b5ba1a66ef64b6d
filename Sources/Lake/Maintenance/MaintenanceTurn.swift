import DuckDB
import LakeSettings
import Synchronization

extension EngineSession {
  /// Runs statements of maintenance as one transaction with the lake's turn.
  ///
  /// - Parameter body: gets the connection, inside the transaction.
  /// - Returns: what `body` returns, and how long the turn was held: from before `body` until COMMIT was through.
  /// - Throws: ``LakeError``; `CancellationError`, and nothing has changed then.
  func maintain<Result: Sendable>(
    _ lake: Lake, definitions: Bool = false,
    _ body: @escaping @Sendable (Connection) async throws -> Result
  ) async throws -> (result: Result, held: Duration) {
    try engine.health.check()
    let clock = ContinuousClock()
    let start = Mutex<ContinuousClock.Instant?>(nil)
    do {
      let connection = try await connection()
      let result = try await alone([lake], changing: [lake], definitions: definitions) {
        start.withLock { $0 = clock.now }
        return try await body(connection)
      }
      let began = start.withLock { $0 } ?? clock.now
      return (result, clock.now - began)
    } catch let error as DuckDBError {
      throw engine.translate(error)
    }
  }
}
