internal import CMicroHTTPD

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// libmicrohttpd's daemon, and the functions that it calls.
///
/// All of it happens on the loop's thread: the daemon has no thread of its own and works only inside `MHD_run`. That is why connections and
/// the loop are reached from its callbacks without locks.
final class Daemon {
  /// Set right after the daemon was made, before it runs for the first time.
  weak var loop: EventLoop?

  private let settings: UnsafeMutablePointer<tarn_mhd_settings>
  private let texts: [UnsafeMutablePointer<CChar>]
  private var handle: OpaquePointer?
  private var isStarting = true
  private var firstMessage = ""

  /// TLS 1.2 and 1.3.
  private static let priorities = "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"

  /// - Throws: ``HTTPServerError``; the listener is still open then.
  init(_ configuration: HTTPServerConfiguration, listener: Int32) throws(HTTPServerError) {
    let limits = configuration.limits
    guard limits.connections > 0, limits.headSize > 0, limits.targetLength > 0, limits.bodyRate > 0,
      (limits.connectionsOfAddress ?? 1) > 0
    else {
      throw HTTPServerError(
        code: .badConfiguration, description: "a limit of the HTTP server is 0 or less: give more than 0")
    }
    var texts: [UnsafeMutablePointer<CChar>] = []
    func copy(_ text: String?) -> UnsafePointer<CChar>? {
      guard let text, let copy = strdup(text) else { return nil }
      texts.append(copy)
      return UnsafePointer(copy)
    }
    settings = .allocate(capacity: 1)
    settings.initialize(to: tarn_mhd_settings())
    settings.pointee.listen_socket = listener
    // The pool holds the head, what was made out of it, and the head of the response; half of it is for reading.
    settings.pointee.memory_for_each_connection = max(32 * 1024, 2 * limits.headSize + 16 * 1024)
    settings.pointee.most_connections = UInt32(clamping: limits.connections)
    settings.pointee.most_connections_of_address = UInt32(clamping: limits.connectionsOfAddress ?? 0)
    settings.pointee.certificate = copy(configuration.tls?.certificate)
    settings.pointee.key = copy(configuration.tls?.key)
    settings.pointee.tls_priorities = copy(configuration.tls.map { _ in Daemon.priorities })
    self.texts = texts
    settings.pointee.context = Unmanaged.passUnretained(self).toOpaque()
    settings.pointee.handle = { context, connection, _, method, version, bytes, count, _ in
      guard let connection, let method, let version, let count else { return .NO }
      let isTaken = Daemon.connection(connection)?.handle(
        method: method, version: version, bytes: bytes, count: &count.pointee)
      return isTaken == true ? .YES : .NO
    }
    settings.pointee.request_line = { _, target, connection in
      if let connection, let target { Daemon.connection(connection)?.begin(target) }
      return nil
    }
    settings.pointee.connection_changed = { context, connection, place, code in
      guard let context, let connection, let place else { return }
      if code == .CONNECTION_NOTIFY_STARTED {
        let daemon = Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue()
        guard let loop = daemon.loop else { return }
        let made = loop.add { Connection($0, handle: connection, loop: loop) }
        place.pointee = Unmanaged.passRetained(made).toOpaque()
      } else if let kept = place.pointee {
        Unmanaged<Connection>.fromOpaque(kept).takeRetainedValue().close()
        place.pointee = nil
      }
    }
    settings.pointee.request_ended = { _, connection, _, _ in
      if let connection { Daemon.connection(connection)?.end() }
    }
    settings.pointee.log = { context, message in
      guard let context, let message else { return }
      Unmanaged<Daemon>.fromOpaque(context).takeUnretainedValue().log(String(cString: message))
    }
    handle = tarn_mhd_start(settings)
    isStarting = false
    guard handle != nil else { throw failure(configuration) }
  }

  deinit {
    settings.deallocate()
    for text in texts { free(text) }
  }

  /// Readable when there is something to do.
  var descriptor: Int32 { tarn_mhd_epoll_descriptor(handle) }

  /// How long it may be left alone, in milliseconds, or -1.
  var waitingTime: Int32 { tarn_mhd_timeout(handle) }

  /// Does what there is to do, and calls the functions above.
  func run() {
    _ = MHD_run(handle)
  }

  /// Takes no more connections.
  func quiesce() {
    let descriptor = MHD_quiesce_daemon(handle)
    if descriptor >= 0 { close(descriptor) }
  }

  /// Ends all connections. None of them may be suspended.
  func stop() {
    MHD_stop_daemon(handle)
  }

  private static func connection(_ handle: OpaquePointer) -> Connection? {
    tarn_mhd_connection_context(handle).map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
  }

  /// What it says later is about clients that misbehave, which is no news.
  private func log(_ message: String) {
    if isStarting, firstMessage.isEmpty { firstMessage = message.filter { $0 != "\n" } }
  }

  private func failure(_ configuration: HTTPServerConfiguration) -> HTTPServerError {
    guard configuration.tls != nil else { return .system("cannot start a server", firstMessage) }
    return HTTPServerError(
      code: .badCertificate,
      description:
        "the certificate or the key for TLS cannot be used (\(firstMessage)): give both in PEM, the key that belongs to the certificate and has no password"
    )
  }
}
