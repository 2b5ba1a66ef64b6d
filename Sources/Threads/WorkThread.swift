import Foundation
import Synchronization

/// A thread with a connection that nobody else has.
package final class WorkThread: Sendable {
  private struct State {
    var hasEnded = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  private init() {}

  /// Starts a thread.
  package init(_ work: @escaping @Sendable () -> Void) {
    Thread.detachNewThread { [self] in
      work()
      end()
    }
  }

  /// Starts a thread and waits until its connection is open.
  ///
  /// - Parameters:
  ///   - open: opens the connection.
  ///   - work: uses it until there is nothing more to do. The connection is closed afterwards.
  /// - Throws: what `open` throws; the thread has ended then.
  package static func start<Connection>(
    _ open: @escaping @Sendable () throws -> Connection, _ work: @escaping @Sendable (Connection) -> Void
  ) async throws -> WorkThread {
    let thread = WorkThread()
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      Thread.detachNewThread {
        defer { thread.end() }
        do {
          let connection = try open()
          continuation.resume()
          work(connection)
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
    return thread
  }

  /// Runs one closure on a thread made for it.
  package static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws
    -> Result
  {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  /// Waits until the thread has ended.
  package func wait() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.waiting.append(continuation) }
        return state.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }

  private func end() {
    let waiting = state.withLock { state in
      state.hasEnded = true
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
