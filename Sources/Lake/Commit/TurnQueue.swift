/// First come, first served: one holder at a time, the others wait in order.
///
/// A waiter whose task is cancelled leaves the queue at once.
actor TurnQueue {
  private var held = false
  private var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
  private var nextID: UInt64 = 0

  /// The number of tasks that wait for their turn.
  var waiterCount: Int { waiting.count }

  /// Waits for the turn. Every successful call must be followed by one ``release()``.
  ///
  /// - Throws: `CancellationError` when the task is cancelled while it waits.
  func acquire() async throws {
    try Task.checkCancellation()
    if !held {
      held = true
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
        }
      }
    } onCancel: {
      Task { await self.leave(id) }
    }
  }

  /// Hands the turn to the next in line.
  func release() {
    if waiting.isEmpty {
      held = false
    } else {
      waiting.removeFirst().continuation.resume()
    }
  }

  private func leave(_ id: UInt64) {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
    waiting.remove(at: index).continuation.resume(throwing: CancellationError())
  }
}
