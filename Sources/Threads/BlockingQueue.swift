import Dispatch
import Synchronization

/// Hands work to threads that wait for it. First in, first out.
package final class BlockingQueue<Element: Sendable>: Sendable {
  private struct State {
    var waiting: [Element] = []
    var idleThreads = 0
    var isClosed = false
  }

  private let state = Mutex(State())
  private let signal = DispatchSemaphore(value: 0)

  package init() {}

  /// - Returns: false when the queue was closed; nobody will take the element then.
  package func add(_ element: Element) -> Bool {
    let isOpen = state.withLock { state in
      if !state.isClosed { state.waiting.append(element) }
      return !state.isClosed
    }
    if isOpen { signal.signal() }
    return isOpen
  }

  /// Blocks until something is there.
  ///
  /// - Parameter count: how many elements are taken at most.
  /// - Returns: none when the queue is closed and empty.
  package func next(upTo count: Int) -> [Element] {
    while true {
      state.withLock { $0.idleThreads += 1 }
      signal.wait()
      let (taken, isClosed) = state.withLock { state in
        state.idleThreads -= 1
        let taken = Array(state.waiting.prefix(count))
        state.waiting.removeFirst(taken.count)
        return (taken, state.isClosed)
      }
      if !taken.isEmpty { return taken }
      if isClosed {
        // For the next thread that waits.
        signal.signal()
        return []
      }
    }
  }

  /// Whether more is waiting than there are threads that wait for it.
  package var needsThread: Bool { state.withLock { $0.waiting.count > $0.idleThreads } }

  /// Whether it takes no more.
  package var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Blocks until the queue is closed, or something comes, or the time is over.
  package func waitForClose(milliseconds: Int) {
    if signal.wait(timeout: .now() + .milliseconds(milliseconds)) == .success { signal.signal() }
  }

  /// Takes no more. What is in it is still handed out.
  package func close() {
    state.withLock { $0.isClosed = true }
    signal.signal()
  }
}
