internal import Synchronization

/// A server for HTTP/1.1, plain or with TLS.
///
/// ```swift
/// let server = try await HTTPServer.start(HTTPServerConfiguration(port: 8900), handler: router.respond)
/// …
/// await server.drain(within: .seconds(10))
/// await server.stop()
/// ```
///
/// One thread does all that has to do with sockets. Each request's handler runs in a task of its own, which is cancelled when the
/// client goes away.
public final class HTTPServer: Sendable {
  /// How much there is to do at the moment.
  public struct Load: Sendable, Hashable {
    /// Open connections.
    public var connections: Int
    /// Tasks of requests that have not ended yet, those of clients that are gone among them.
    public var tasks: Int
  }

  /// The port that the server listens on.
  public let port: Int

  private let mailbox: Mailbox
  private let counters: ServerCounters
  private let ending: EndSignal

  private init(port: Int, mailbox: Mailbox, counters: ServerCounters, ending: EndSignal) {
    self.port = port
    self.mailbox = mailbox
    self.counters = counters
    self.ending = ending
  }

  deinit {
    _ = mailbox.post(.stop)
  }

  /// Starts a server. It takes connections when this returns, and stops when ``stop()`` is called or the last reference to it goes.
  ///
  /// - Parameters:
  ///   - configuration: Where it listens, and what it allows.
  ///   - handler: Answers each request; most often ``Router/respond(to:)``. Errors that clients may see conform to
  ///     ``HTTPRespondingError``; others become a 500.
  /// - Throws: ``HTTPServerError``.
  public static func start(
    _ configuration: HTTPServerConfiguration,
    handler: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
  ) async throws -> HTTPServer {
    guard let mailbox = Mailbox() else {
      throw HTTPServerError.system("cannot start a server", "no file descriptor is left")
    }
    let counters = ServerCounters()
    let ending = EndSignal()
    let port = try await withCheckedThrowingContinuation { (started: CheckedContinuation<Int, any Error>) in
      let failure = LoopThread.start {
        do {
          let listener = try Listener(configuration)
          let loop = try EventLoop(
            configuration, listener: listener, mailbox: mailbox, counters: counters, handler: handler)
          started.resume(returning: listener.port)
          loop.run()
        } catch {
          started.resume(throwing: error)
        }
        for order in mailbox.shut() {
          if case .drain(_, let waiting) = order { waiting.resume() }
        }
        ending.send()
      }
      if let failure { started.resume(throwing: failure) }
    }
    return HTTPServer(port: port, mailbox: mailbox, counters: counters, ending: ending)
  }

  /// Open connections and tasks.
  public var load: Load {
    Load(
      connections: counters.connections.load(ordering: .relaxed),
      tasks: counters.tasks.load(ordering: .relaxed))
  }

  /// Takes no new connections and no new requests, and waits until those under way are answered.
  ///
  /// Connections that wait for a request are closed; responses say `Connection: close`.
  ///
  /// - Parameter time: How long to wait at most.
  public func drain(within time: Duration) async {
    let deadline = LoopClock.now() + time.wholeMilliseconds
    await withCheckedContinuation { waiting in
      if !mailbox.post(.drain(deadline: deadline, waiting)) { waiting.resume() }
    }
  }

  /// Closes all connections, cancels the tasks of their requests, and returns when the port is free. It does not wait for tasks that take no
  /// notice of being cancelled.
  public func stop() async {
    _ = mailbox.post(.stop)
    await ending.wait()
  }
}

/// What the server has at the moment.
final class ServerCounters: Sendable {
  let connections = Atomic<Int>(0)
  let tasks = Atomic<Int>(0)
}

/// Something that happens once.
final class EndSignal: Sendable {
  private struct State {
    var isSent = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func send() {
    let waiting = state.withLock { state in
      state.isSent = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isSent = state.withLock { state in
        if !state.isSent { state.waiting.append(continuation) }
        return state.isSent
      }
      if isSent { continuation.resume() }
    }
  }
}
