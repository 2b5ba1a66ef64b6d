import Dispatch
import Synchronization

/// Bytes between a thread that may block and a task that may not. It holds so much and no more.
///
/// One side writes, the other reads; either may end it.
final class BytePipe: Sendable {
  private struct State {
    var pieces: [[UInt8]] = []
    var size = 0
    var isFinished = false
    /// Nobody reads any more.
    var isClosed = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())
  /// Signalled whenever something changes that the blocking side may wait for.
  private let change = DispatchSemaphore(value: 0)

  private static let capacity = 1 << 20

  /// No more will be written.
  func finish() { wake { $0.isFinished = true } }

  /// Nothing more will be read.
  func close() {
    wake { state in
      state.isClosed = true
      state.pieces = []
    }
  }

  // MARK: The side that may block

  /// - Returns: false when nobody reads any more.
  func writeBlocking(_ bytes: [UInt8]) -> Bool {
    while true {
      let (isTaken, isClosed) = state.withLock { ($0.size < Self.capacity, $0.isClosed) }
      if isClosed { return false }
      if isTaken {
        add(bytes)
        return true
      }
      change.wait()
    }
  }

  /// - Returns: nil at the end.
  func readBlocking(upTo count: Int) -> [UInt8]? {
    while true {
      let (bytes, isOver) = state.withLock { state -> ([UInt8]?, Bool) in
        guard let first = state.pieces.first else { return (nil, state.isFinished || state.isClosed) }
        let taken = Array(first.prefix(count))
        if taken.count == first.count {
          state.pieces.removeFirst()
        } else {
          state.pieces[0].removeFirst(taken.count)
        }
        state.size -= taken.count
        return (taken, false)
      }
      if let bytes {
        wake { _ in }
        return bytes
      }
      if isOver { return nil }
      change.wait()
    }
  }

  // MARK: The side that may not

  /// - Throws: `CancellationError` when nobody reads any more, or the task was cancelled.
  func write(_ bytes: [UInt8]) async throws {
    while true {
      try Task.checkCancellation()
      let (hasRoom, isClosed) = state.withLock { ($0.size < Self.capacity, $0.isClosed) }
      if isClosed { throw CancellationError() }
      if hasRoom { return add(bytes) }
      await wait { $0.size < Self.capacity || $0.isClosed }
    }
  }

  /// - Returns: nil at the end.
  /// - Throws: `CancellationError`.
  func read() async throws -> [UInt8]? {
    while true {
      try Task.checkCancellation()
      let (bytes, isOver) = state.withLock { state -> ([UInt8]?, Bool) in
        guard !state.pieces.isEmpty else { return (nil, state.isFinished || state.isClosed) }
        let bytes = state.pieces.removeFirst()
        state.size -= bytes.count
        return (bytes, false)
      }
      if let bytes {
        change.signal()
        return bytes
      }
      if isOver { return nil }
      await wait { !$0.pieces.isEmpty || $0.isFinished || $0.isClosed }
    }
  }

  // MARK: Waiting

  private func add(_ bytes: [UInt8]) {
    wake { state in
      guard !bytes.isEmpty else { return }
      state.pieces.append(bytes)
      state.size += bytes.count
    }
  }

  private func wake(_ body: (inout State) -> Void) {
    let waiter = state.withLock { state in
      body(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
    change.signal()
  }

  private func wait(until isReady: @escaping @Sendable (borrowing State) -> Bool) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if isReady(state) || Task.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      wake { _ in }
    }
  }
}
