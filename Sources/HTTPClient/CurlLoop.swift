internal import CCurl
import Foundation
import Synchronization

/// A thread that runs transfers side by side, and keeps connections for the next ones.
final class CurlLoop: Sendable {
  typealias Completion = @Sendable (Result<ClientAnswer, any Error>) -> Void

  private struct Start {
    let request: ClientRequest
    let cancellation: CurlCancellation
    let completion: Completion
  }

  private struct State {
    var starts: [Start] = []
    var isEnding = false
    /// Whether the thread may still be woken: afterwards its handle is gone.
    var isOver = false
  }

  private let state = Mutex(State())
  /// libcurl's handle of all transfers. Used by the thread alone, save to wake it, which libcurl allows and ``state``
  /// guards against the end.
  private nonisolated(unsafe) let multi: UnsafeMutableRawPointer

  /// Starts the thread.
  ///
  /// - Throws: ``ClientFailure`` for lack of memory.
  init(maximumConnections: Int) throws(ClientFailure) {
    guard let multi = ccurl_multi_new() else {
      throw ClientFailure(kind: .connection, message: "out of memory")
    }
    self.multi = multi
    ccurl_multi_set_parallel(multi, maximumConnections)
    let thread = Thread { [self] in run() }
    thread.name = "tarn-http"
    thread.start()
  }

  /// Begins a transfer. `completion` is called once, on the loop's thread.
  func start(_ request: ClientRequest, _ cancellation: CurlCancellation, _ completion: @escaping Completion) {
    let isTaken = state.withLock { state in
      guard !state.isEnding else { return false }
      state.starts.append(Start(request: request, cancellation: cancellation, completion: completion))
      ccurl_multi_wake(multi)
      return true
    }
    if !isTaken { completion(.failure(CancellationError())) }
  }

  /// Makes the thread look who was cancelled.
  func wake() { state.withLock { if !$0.isOver { ccurl_multi_wake(multi) } } }

  /// Ends the thread; what is under way is cancelled.
  func end() {
    state.withLock { state in
      state.isEnding = true
      if !state.isOver { ccurl_multi_wake(multi) }
    }
  }

  // MARK: On the thread

  /// The longest wait: libcurl's own timers and wakes end it earlier.
  private static let longestWait = Duration.seconds(1)

  private func run() {
    var running: [UnsafeMutableRawPointer: CurlTransfer] = [:]
    while true {
      let (starts, isEnding) = state.withLock { state in
        defer { state.starts = [] }
        return (state.starts, state.isEnding)
      }
      for start in starts { begin(start, in: &running) }
      if isEnding { break }
      ccurl_multi_perform(multi)
      var result: Int32 = 0
      while let easy = ccurl_multi_ended(multi, &result) {
        finish(easy, in: &running) { $0.outcome(result) }
      }
      let now = ContinuousClock.now
      for (easy, transfer) in running {
        if transfer.cancellation.isCancelled {
          finish(easy, in: &running) { _ in .failure(CancellationError()) }
        } else if transfer.deadline <= now {
          finish(easy, in: &running) { _ in .failure(CurlTransfer.silence) }
        }
      }
      let next = running.values.map(\.deadline).min().map { ContinuousClock.now.duration(to: $0) }
      let wait = min(max(next ?? Self.longestWait, .zero), Self.longestWait)
      ccurl_multi_wait(multi, Int32(wait / .milliseconds(1)) + 1)
    }
    for easy in Array(running.keys) { finish(easy, in: &running) { _ in .failure(CancellationError()) } }
    state.withLock { $0.isOver = true }
    ccurl_multi_free(multi)
  }

  private func begin(_ start: Start, in running: inout [UnsafeMutableRawPointer: CurlTransfer]) {
    guard !start.cancellation.isCancelled else { return start.completion(.failure(CancellationError())) }
    guard let transfer = CurlTransfer(start.request, start.cancellation, start.completion),
      ccurl_multi_add(multi, transfer.easy) == 0
    else {
      return start.completion(.failure(ClientFailure(kind: .connection, message: "out of memory")))
    }
    running[transfer.easy] = transfer
  }

  private func finish(
    _ easy: UnsafeMutableRawPointer, in running: inout [UnsafeMutableRawPointer: CurlTransfer],
    _ outcome: (CurlTransfer) -> Result<ClientAnswer, any Error>
  ) {
    guard let transfer = running.removeValue(forKey: easy) else { return }
    let result = outcome(transfer)
    ccurl_multi_remove(multi, easy)
    transfer.completion(result)
  }
}
