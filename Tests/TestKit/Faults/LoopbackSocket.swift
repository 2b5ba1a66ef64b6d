import Foundation

/// TCP sockets on the loopback address. All calls block.
enum LoopbackSocket {
  /// A socket that listens at a free port.
  static func listener() throws -> (socket: Int32, port: Int) {
    let listening = try make()
    var address = Self.address(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listening, address, length) == 0 && listen(listening, 64) == 0
          && getsockname(listening, address, &length) == 0
      }
    }
    guard bound else { throw TestFailure("cannot listen: \(String(cString: strerror(errno)))") }
    return (listening, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// A connection to a port; nil when nobody listens there.
  static func connection(to port: Int) throws -> Int32? {
    let connecting = try make()
    var address = Self.address(port: port)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connecting, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard connected else {
      close(connecting)
      return nil
    }
    return connecting
  }

  /// Sends all bytes.
  ///
  /// - Returns: false when the connection is gone.
  static func send(_ bytes: [UInt8], to socket: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// What has come; empty at the end.
  static func receive(from socket: Int32) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = recv(socket, &buffer, buffer.count, 0)
    return count > 0 ? Array(buffer[..<count]) : []
  }

  /// Ends a connection at once, whoever is reading from it.
  static func cut(_ socket: Int32) { shutdown(socket, Int32(SHUT_RDWR)) }

  static func shut(_ socket: Int32) { close(socket) }

  private static func make() throws -> Int32 {
    let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw TestFailure("no socket: \(String(cString: strerror(errno)))") }
    return made
  }

  private static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
    return address
  }
}
