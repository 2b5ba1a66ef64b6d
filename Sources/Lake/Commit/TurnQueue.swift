/// First come, first served: so many holders at a time, one where nothing else is said; the others wait in order.
///
/// A waiter whose task is cancelled leaves the queue at once.
actor TurnQueue {
  private let holders: Int
  private var free: Int
  private var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
  private var nextID: UInt64 = 0
  private var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  private var holdWatchers: [CheckedContinuation<Void, Never>] = []

  init(holders: Int = 1) {
    free = holders
    self.holders = holders
  }

  /// The number of turns that are held.
  var heldCount: Int { holders - free }

  /// The number of tasks that wait for their turn.
  var waiterCount: Int { waiting.count }

  /// Waits until all places are held.
  func untilHeld() async {
    guard free > 0 else { return }
    await withCheckedContinuation { holdWatchers.append($0) }
  }

  /// Waits until so many tasks wait for their turn.
  func untilWaiting(_ count: Int) async {
    guard waiting.count < count else { return }
    await withCheckedContinuation { watchers.append((count, $0)) }
  }

  /// Waits for the turn. Every successful call must be followed by one ``release()``.
  ///
  /// - Throws: `CancellationError` when the task is cancelled while it waits.
  func acquire() async throws {
    try Task.checkCancellation()
    if free > 0 {
      free -= 1
      if free == 0 {
        for watcher in holdWatchers { watcher.resume() }
        holdWatchers = []
      }
      return
    }
    nextID += 1
    let id = nextID
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        if Task.isCancelled {
          continuation.resume(throwing: CancellationError())
        } else {
          waiting.append((id, continuation))
          tellWatchers()
        }
      }
    } onCancel: {
      Task { await self.leave(id) }
    }
  }

  /// Hands the turn to the next in line.
  func release() {
    if waiting.isEmpty {
      free += 1
    } else {
      waiting.removeFirst().continuation.resume()
    }
  }

  private func leave(_ id: UInt64) {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
    waiting.remove(at: index).continuation.resume(throwing: CancellationError())
  }

  private func tellWatchers() {
    let told = watchers.filter { $0.count <= waiting.count }
    watchers.removeAll { $0.count <= waiting.count }
    for watcher in told { watcher.continuation.resume() }
  }
}
