internal import CMicroHTTPD
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What tasks tell the loop's thread, which may be asleep.
final class Mailbox: Sendable {
  enum Order {
    /// Take no new connections, end idle ones, and say when all requests are over, or at the deadline in milliseconds.
    case drain(deadline: UInt64, CheckedContinuation<Void, Never>)
    /// End everything.
    case stop
  }

  struct Letters {
    /// Connections that have to be looked at.
    var connections: [UInt64] = []
    var orders: [Order] = []
  }

  private struct State {
    var letters = Letters()
    var isRinging = false
    var isClosed = false
  }

  /// Readable while there are letters.
  let descriptor: Int32
  private let state = Mutex(State())

  /// Nil when the system has no descriptor to give.
  init?() {
    descriptor = tarn_eventfd_make()
    if descriptor < 0 { return nil }
  }

  deinit {
    close(descriptor)
  }

  /// Has the loop look at a connection.
  func post(_ connection: UInt64) {
    send { $0.connections.append(connection) }
  }

  /// Gives the loop an order.
  ///
  /// - Returns: False when the loop has ended.
  func post(_ order: Order) -> Bool {
    send { $0.orders.append(order) }
  }

  @discardableResult
  private func send(_ add: (inout Letters) -> Void) -> Bool {
    let (isOpen, mustRing) = state.withLock { state in
      guard !state.isClosed else { return (false, false) }
      add(&state.letters)
      let mustRing = !state.isRinging
      state.isRinging = true
      return (true, mustRing)
    }
    if mustRing {
      var one: UInt64 = 1
      write(descriptor, &one, 8)
    }
    return isOpen
  }

  /// Takes all letters out, into an empty box that is used again.
  func empty(into letters: inout Letters) {
    letters.connections.removeAll(keepingCapacity: true)
    letters.orders.removeAll()
    state.withLock { state in
      guard state.isRinging else { return }
      // Under the lock: a letter after this rings again.
      var count: UInt64 = 0
      read(descriptor, &count, 8)
      state.isRinging = false
      swap(&state.letters, &letters)
    }
  }

  /// Takes the last letters out and no new ones in.
  func shut() -> [Order] {
    state.withLock { state in
      state.isClosed = true
      let orders = state.letters.orders
      state.letters = Letters()
      return orders
    }
  }
}
