import Synchronization

/// A number of permits; who finds none waits in line. Waiting ends with the task's cancellation.
final class Permits: Sendable {
  private struct State {
    var free: Int
    var nextID = 0
    var line: [(id: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    var cancelledEarly: Set<Int> = []
  }

  private let state: Mutex<State>

  init(_ count: Int) { state = Mutex(State(free: count)) }

  /// Takes a permit if one is free.
  func tryTake() -> Bool {
    state.withLock { state in
      guard state.free > 0 else { return false }
      state.free -= 1
      return true
    }
  }

  /// Takes a permit, waiting for one.
  ///
  /// - Throws: `CancellationError`; then there is no permit to give back.
  func take() async throws {
    try Task.checkCancellation()
    if tryTake() { return }
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let isTaken = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLock { state in
          if state.cancelledEarly.remove(id) != nil { return false }
          if state.free > 0 {
            state.free -= 1
            return true
          }
          state.line.append((id, continuation))
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
        if let index = state.line.firstIndex(where: { $0.id == id }) {
          return state.line.remove(at: index).continuation
        }
        state.cancelledEarly.insert(id)
        return nil
      }
      waiting?.resume(returning: false)
    }
    guard isTaken else { throw CancellationError() }
  }

  /// Gives a permit back.
  func giveBack() {
    let next: CheckedContinuation<Bool, Never>? = state.withLock { state in
      guard state.line.isEmpty else { return state.line.removeFirst().continuation }
      state.free += 1
      return nil
    }
    next?.resume(returning: true)
  }
}
