import Synchronization

/// Passes on what transactions have to say to those who listen in this process.
final class NoticeHub: Sendable {
  private struct State {
    var listeners: [Int: (channel: String, continuation: AsyncStream<String>.Continuation)] = [:]
    var next = 0
    var isClosed = false
  }

  private let state = Mutex(State())

  func listen(to channel: String) -> AsyncStream<String> {
    // A slow listener misses old words rather than holding them all: they only say that it is time to look.
    let (stream, continuation) = AsyncStream.makeStream(
      of: String.self, bufferingPolicy: .bufferingNewest(1024))
    let number = state.withLock { state -> Int? in
      guard !state.isClosed else { return nil }
      state.next += 1
      state.listeners[state.next] = (channel, continuation)
      return state.next
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[number] = nil } }
    return stream
  }

  func tell(_ notices: [StoreNotice]) {
    guard !notices.isEmpty else { return }
    let listeners = state.withLock { Array($0.listeners.values) }
    for notice in notices {
      for listener in listeners where listener.channel == notice.channel {
        listener.continuation.yield(notice.payload)
      }
    }
  }

  func close() {
    let listeners = state.withLock { state in
      state.isClosed = true
      defer { state.listeners = [:] }
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.continuation.finish() }
  }
}
