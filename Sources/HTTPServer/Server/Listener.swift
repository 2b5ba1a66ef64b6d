#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A socket that takes connections.
///
/// It is made here and not by libmicrohttpd, which says only that something went wrong. Whoever takes ``descriptor`` closes it.
struct Listener {
  let descriptor: Int32
  let port: Int

  /// Listens where the configuration says. Blocks while a name is looked up.
  init(_ configuration: HTTPServerConfiguration) throws(HTTPServerError) {
    guard 0...65535 ~= configuration.port else {
      throw HTTPServerError(
        code: .badConfiguration,
        description: "\(configuration.port) is no port: give a number from 1 to 65535, or 0 for any")
    }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(configuration.host, String(configuration.port), &hints, &found)
    defer { if let found { freeaddrinfo(found) } }
    guard code == 0, let found else {
      throw HTTPServerError(
        code: .noSuchHost,
        description:
          "there is no host \(configuration.host) to listen on: \(String(cString: gai_strerror(code)))")
    }
    var failure = Int32(0)
    for address in sequence(first: found.pointee, next: { $0.ai_next?.pointee }) {
      switch Listener.listen(on: address) {
      case .success(let descriptor):
        self.descriptor = descriptor
        port = Listener.port(of: descriptor)
        return
      case .failure(let error):
        if failure == 0 { failure = error.code }
      }
    }
    throw Listener.error(failure, configuration)
  }

  private struct Failure: Error { let code: Int32 }

  private static func listen(on address: addrinfo) -> Result<Int32, Failure> {
    let descriptor = socket(
      address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
      address.ai_protocol)
    guard descriptor >= 0 else { return .failure(Failure(code: errno)) }
    // A server that starts again finds its port though old connections are still being forgotten.
    set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
    // Connections inherit these: small responses go out at once, and clients that lost power are noticed.
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 60)
    set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 15)
    set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 4)
    guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, systemListen(descriptor) == 0 else {
      let code = errno
      close(descriptor)
      return .failure(Failure(code: code))
    }
    return .success(descriptor)
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func port(of descriptor: Int32) -> Int {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
      // The port stands at the same place in both families.
      return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        Int(UInt16(bigEndian: $0.pointee.sin_port))
      }
    }
  }

  private static func error(_ code: Int32, _ configuration: HTTPServerConfiguration) -> HTTPServerError {
    let place = "\(configuration.host):\(configuration.port)"
    switch code {
    case EADDRINUSE:
      return HTTPServerError(
        code: .addressInUse,
        description: "\(place) is in use by another process: stop it, or choose another port")
    case EACCES, EPERM:
      return HTTPServerError(
        code: .notPermitted,
        description: "listening on \(place) is not permitted: choose a port above 1023")
    case EADDRNOTAVAIL:
      return HTTPServerError(
        code: .noSuchHost, description: "\(configuration.host) is no address of this machine")
    default:
      return .system("cannot listen on \(place)", SystemText.error(code))
    }
  }
}

/// Out of the scope in which `listen` means something else.
private func systemListen(_ descriptor: Int32) -> Int32 {
  listen(descriptor, 1024)
}
