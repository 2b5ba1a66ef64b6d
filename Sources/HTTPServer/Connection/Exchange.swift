internal import Synchronization

/// Where the connection's loop and the task of a request meet.
///
/// The task may outlive the connection: then what it reads and writes fails, and nothing of libmicrohttpd is touched.
final class Exchange: Sendable {
  private struct Shared {
    var state = ExchangeState()
    var reader: CheckedContinuation<Void, Never>?
    var writers: [CheckedContinuation<Void, Never>] = []
    var task: Task<Void, Never>?
  }

  private let shared = Mutex(Shared())
  private let mailbox: Mailbox
  private let connection: UInt64

  /// - Parameters:
  ///   - mailbox: How the loop is told to look.
  ///   - connection: The connection's number.
  init(mailbox: Mailbox, connection: UInt64) {
    self.mailbox = mailbox
    self.connection = connection
  }

  /// Begins the request's task.
  func start(_ work: @escaping @Sendable (Exchange) async -> Void) {
    let task = Task.detached { await work(self) }
    let isGone = shared.withLock { shared in
      shared.task = task
      return shared.state.isGone
    }
    if isGone { task.cancel() }
  }

  // MARK: By the task

  /// The next bytes of the body, or nil at its end.
  func nextChunk() async throws(HTTPBodyError) -> [UInt8]? {
    while true {
      switch perform({ $0.requestChunk() }) {
      case .bytes(let bytes): return bytes
      case .end: return nil
      case .failure(let error): throw error
      case .wait:
        await withCheckedContinuation { continuation in
          let isThere = shared.withLock { shared in
            guard shared.state.isInputQuiet else { return true }
            shared.reader = continuation
            return false
          }
          if isThere { continuation.resume() }
        }
      }
    }
  }

  func respond(_ response: HTTPResponse) {
    perform { ((), $0.respond(response)) }
  }

  func write(_ bytes: [UInt8]) async throws(CancellationError) {
    guard let mustWait = perform({ state in state.write(bytes).map { ($0.mustWait, $0.wakes) } ?? (nil, []) })
    else { throw CancellationError() }
    guard mustWait else { return }
    await withCheckedContinuation { continuation in
      let isFree = shared.withLock { shared in
        guard shared.state.areWritersWaiting else { return true }
        shared.writers.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
    if shared.withLock({ $0.state.isGone }) { throw CancellationError() }
  }

  func finishWriting(failed: Bool) {
    perform { ((), $0.finishWriting(failed: failed)) }
  }

  // MARK: By the loop

  var isGone: Bool { shared.withLock { $0.state.isGone } }

  var response: HTTPResponse? { shared.withLock { $0.state.response } }

  var isBodyWanted: Bool { shared.withLock { $0.state.isBodyWanted } }

  /// Whether the connection may sleep; see ``ExchangeState/suspend(unless:)``.
  func suspend(unless isReady: (ExchangeState) -> Bool) -> Bool {
    shared.withLock { $0.state.suspend(unless: isReady) }
  }

  /// Whether the bytes were taken. When not, the connection has to sleep.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    perform { $0.receive(bytes) }
  }

  func endInput(_ end: ExchangeState.InputEnd) {
    perform { ((), $0.endInput(end)) }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> ExchangeState.Piece {
    perform { $0.read(into: buffer) }
  }

  /// The client is gone, the response is over, or the server stops: the task is cancelled.
  func leave() {
    // First: what then finds nobody there finds its task cancelled.
    shared.withLock { $0.task }?.cancel()
    perform { ((), $0.leave()) }
  }

  // MARK: Inside

  @discardableResult
  private func perform<Answer>(_ event: (inout ExchangeState) -> (Answer, ExchangeState.Wakes)) -> Answer {
    let (answer, wakes, reader, writers) = shared.withLock { shared in
      let (answer, wakes) = event(&shared.state)
      var reader: CheckedContinuation<Void, Never>?
      var writers: [CheckedContinuation<Void, Never>] = []
      if wakes.contains(.reader) { swap(&reader, &shared.reader) }
      if wakes.contains(.writers) { swap(&writers, &shared.writers) }
      return (answer, wakes, reader, writers)
    }
    reader?.resume()
    for writer in writers { writer.resume() }
    if wakes.contains(.loop) { mailbox.post(connection) }
    return answer
  }
}
