internal import CMicroHTTPD
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The thread that drives libmicrohttpd and all connections.
///
/// Made on its thread and never handed to another one, so nothing in it needs a lock. Tasks reach it through the ``Mailbox`` only.
final class EventLoop {
  let limits: HTTPServerConfiguration.Limits
  let isSecure: Bool
  let onError: @Sendable (any Error, HTTPRequest?) -> Void
  let handler: @Sendable (HTTPRequest) async throws -> HTTPResponse
  let mailbox: Mailbox
  let counters: ServerCounters
  /// Milliseconds, read once in each turn.
  private(set) var now = LoopClock.now()
  /// Whether new requests are not wanted any more.
  private(set) var isDraining = false

  private let daemon: Daemon
  private let epoll: Int32
  private let listener: Int32
  private var connections: [UInt64: Connection] = [:]
  private var lastConnection: UInt64 = 1
  private var requests = 0
  private var drains: [(deadline: UInt64, waiting: CheckedContinuation<Void, Never>)] = []
  private var nextTick: UInt64 = 0
  private var isStopping = false

  /// What the epoll set names besides connections, which count from 2.
  private static let daemonID: UInt64 = 0
  private static let mailboxID: UInt64 = 1
  /// How often times are looked at, in milliseconds.
  private static let tick: UInt64 = 100

  /// - Throws: ``HTTPServerError``; the listener is closed then.
  init(
    _ configuration: HTTPServerConfiguration, listener: Listener, mailbox: Mailbox, counters: ServerCounters,
    handler: @escaping @Sendable (HTTPRequest) async throws -> HTTPResponse
  ) throws(HTTPServerError) {
    limits = configuration.limits
    isSecure = configuration.tls != nil
    onError = configuration.onError
    self.handler = handler
    self.mailbox = mailbox
    self.counters = counters
    self.listener = listener.descriptor
    epoll = tarn_epoll_make()
    do {
      // libmicrohttpd closes what it is given in some of its failures and not in others, so it gets a copy.
      daemon = try Daemon(configuration, listener: fcntl(listener.descriptor, F_DUPFD_CLOEXEC, 0))
    } catch {
      close(listener.descriptor)
      close(epoll)
      throw error
    }
    daemon.loop = self
    guard tarn_epoll_add(epoll, daemon.descriptor, TARN_EPOLL_READABLE, EventLoop.daemonID) == 0,
      tarn_epoll_add(epoll, mailbox.descriptor, TARN_EPOLL_READABLE, EventLoop.mailboxID) == 0
    else {
      let code = errno
      daemon.stop()
      close(listener.descriptor)
      close(epoll)
      throw .system("cannot start a server", SystemText.error(code))
    }
  }

  /// Runs until it is told to stop.
  func run() {
    var ids = [UInt64](repeating: 0, count: 64)
    var letters = Mailbox.Letters()
    while !isStopping {
      let count = tarn_epoll_wait(epoll, &ids, 64, waitingTime())
      now = LoopClock.now()
      for id in ids.prefix(Int(max(count, 0))) where id > EventLoop.mailboxID {
        connections[id]?.clientLeft()
      }
      mailbox.empty(into: &letters)
      for id in letters.connections { connections[id]?.look() }
      for order in letters.orders { obey(order) }
      daemon.run()
      if now >= nextTick { checkTimes() }
      endDrains()
    }
    end()
  }

  // MARK: For connections

  /// Takes note of a new connection.
  func add(_ make: (UInt64) -> Connection) -> Connection {
    lastConnection += 1
    let connection = make(lastConnection)
    connections[lastConnection] = connection
    counters.connections.add(1, ordering: .relaxed)
    return connection
  }

  func remove(_ connection: Connection) {
    connections[connection.id] = nil
    counters.connections.subtract(1, ordering: .relaxed)
  }

  func requestBegan() { requests += 1 }

  func requestEnded() { requests -= 1 }

  /// Tells the connection when its client goes away, which libmicrohttpd does not see while it sleeps.
  func watch(_ connection: Connection) {
    _ = tarn_epoll_add(epoll, connection.socket, TARN_EPOLL_GONE, connection.id)
  }

  func unwatch(_ connection: Connection) {
    _ = tarn_epoll_remove(epoll, connection.socket)
  }

  // MARK: Inside

  private func waitingTime() -> Int32 {
    let daemonTime = daemon.waitingTime
    guard !connections.isEmpty || !drains.isEmpty else { return daemonTime }
    let tickTime = Int32(nextTick > now ? min(nextTick - now, EventLoop.tick) : 0)
    return daemonTime < 0 ? tickTime : min(daemonTime, tickTime)
  }

  private func checkTimes() {
    nextTick = now + EventLoop.tick
    for connection in connections.values { connection.checkTime() }
  }

  private func obey(_ order: Mailbox.Order) {
    switch order {
    case .stop:
      isStopping = true
    case .drain(let deadline, let waiting):
      drains.append((deadline, waiting))
      guard !isDraining else { return }
      isDraining = true
      daemon.quiesce()
      close(listener)
      for connection in connections.values { connection.endIfIdle() }
    }
  }

  private func endDrains() {
    guard !drains.isEmpty else { return }
    let over = drains.filter { requests == 0 || $0.deadline <= now }
    drains.removeAll { requests == 0 || $0.deadline <= now }
    for drain in over { drain.waiting.resume() }
  }

  private func end() {
    for connection in connections.values { connection.abandon() }
    daemon.stop()
    if !isDraining { close(listener) }
    close(epoll)
    for drain in drains { drain.waiting.resume() }
  }
}
