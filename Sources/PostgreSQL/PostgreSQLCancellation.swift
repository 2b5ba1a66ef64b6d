internal import CPostgreSQL

/// Cancels what a connection runs.
///
/// Unchecked: the handle is written once and freed when nobody has it any more; PQcancel may be called from any thread.
public final class PostgreSQLCancellation: @unchecked Sendable {
  private let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }

  deinit { PQfreeCancel(handle) }

  /// Asks the server to end the statement that is under way, if there is one. Blocks until the server has been told.
  public func cancel() {
    var reason = [CChar](repeating: 0, count: 256)
    // Nothing can be done when the server cannot be reached: then there is nothing to cancel either.
    _ = PQcancel(handle, &reason, Int32(reason.count))
  }
}
