@preconcurrency import Dispatch
import Synchronization

/// A wait that leaves nothing behind when its task is cancelled.
///
/// Swift 6.3's `Task.sleep` keeps a cancelled sleeper's task and timer, some 300 bytes, until its time has come: limits of
/// time that are hardly ever reached (one for each query) would gather by the thousand.
package enum Pause {
  /// Waits for a time.
  ///
  /// - Throws: `CancellationError`, at once, when the task is cancelled.
  package static func wait(for time: Duration) async throws {
    let sleeper = Sleeper()
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { sleeper.begin($0, for: time) }
    } onCancel: {
      sleeper.end(.failure(CancellationError()))
    }
  }

  /// Waits until a moment; not at all when it has passed.
  ///
  /// - Throws: `CancellationError`, at once, when the task is cancelled.
  package static func wait(until moment: ContinuousClock.Instant) async throws {
    try await wait(for: moment - .now)
  }
}

private final class Sleeper: Sendable {
  private enum State {
    case new
    case waiting(CheckedContinuation<Void, any Error>, any DispatchSourceTimer)
    case over
  }

  private let state = Mutex(State.new)
  private static let queue = DispatchQueue(label: "tarn.pause", attributes: .concurrent)

  func begin(_ continuation: CheckedContinuation<Void, any Error>, for time: Duration) {
    let isOver = state.withLock { state in
      guard case .new = state else { return true }
      let timer = DispatchSource.makeTimerSource(queue: Self.queue)
      timer.setEventHandler { self.end(.success(())) }
      timer.schedule(deadline: .now() + Self.interval(time))
      // Whoever ends it needs the lock first.
      timer.activate()
      state = .waiting(continuation, timer)
      return false
    }
    if isOver { continuation.resume(throwing: CancellationError()) }
  }

  func end(_ result: Result<Void, any Error>) {
    let before = state.withLock { state in
      defer { state = .over }
      return state
    }
    guard case .waiting(let continuation, let timer) = before else { return }
    timer.cancel()
    continuation.resume(with: result)
  }

  private static func interval(_ time: Duration) -> DispatchTimeInterval {
    let (seconds, attoseconds) = time.components
    // A year is as good as any longer time.
    guard seconds < 31_536_000 else { return .seconds(31_536_000) }
    return .nanoseconds(max(0, Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)))
  }
}
