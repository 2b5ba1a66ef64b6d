import Foundation
import Synchronization
import TestKit

@testable import HTTPServer

/// A connection that sends exactly the bytes it is told to, and shows exactly those that come back.
///
/// Every call blocks, so it is used on threads of its own: see ``onThread(_:)``.
final class RawClient: Sendable {
  struct Failure: Error, CustomStringConvertible { let description: String }

  private let descriptor: Int32
  private let isClosed = Mutex(false)

  /// - Parameters:
  ///   - port: on 127.0.0.1.
  ///   - receiveBuffer: the size of the socket's buffer, for clients that take little.
  init(port: Int, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(description: "no socket: \(errno)") }
    if var receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
    }
    // A test that waits in vain has to end some day.
    var patience = timeval(tv_sec: 300, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else {
      // What is made whole before it throws is unmade by deinit: a second close would be of another's file.
      throw Failure(description: "no connection: \(String(cString: strerror(errno)))")
    }
  }

  deinit { close() }

  func close() {
    isClosed.withLock { isClosed in
      if !isClosed { Glibc.close(descriptor) }
      isClosed = true
    }
  }

  /// Closes so that the server gets a reset.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// - Returns: false when the server takes no more.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return false }
      start += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// The next bytes; none at the end or when the server has cut the connection.
  func receive(_ capacity: Int = 65536) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: capacity)
    let count = recv(descriptor, &buffer, capacity, 0)
    return count > 0 ? Array(buffer[..<count]) : []
  }

  /// All bytes up to the end.
  func receiveAll() -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let bytes = receive()
      if bytes.isEmpty { return all }
      all += bytes
    }
  }

  /// All text up to the end.
  func receiveText() -> String { String(decoding: receiveAll(), as: UTF8.self) }

  /// Text up to and with a mark.
  func receive(until mark: String) throws -> String {
    var all: [UInt8] = []
    let mark = Array(mark.utf8)
    while all.count < mark.count || Array(all.suffix(mark.count)) != mark {
      let bytes = receive(1)
      if bytes.isEmpty {
        throw Failure(description: "the end came after: \(String(decoding: all, as: UTF8.self))")
      }
      all += bytes
    }
    return String(decoding: all, as: UTF8.self)
  }

  struct Answer: Sendable, Equatable {
    var status: Int
    var head: String
    var body: String
  }

  /// One response with a `Content-Length`.
  func answer(isHead: Bool = false) throws -> Answer {
    let head = try receive(until: "\r\n\r\n")
    let status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
    let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
      .flatMap { Int($0.split(separator: " ").last ?? "") }
    var body: [UInt8] = []
    while !isHead, body.count < length ?? 0 {
      let bytes = receive(min(65536, (length ?? 0) - body.count))
      if bytes.isEmpty { throw Failure(description: "the body ends early: \(head)") }
      body += bytes
    }
    return Answer(status: status, head: head, body: String(decoding: body, as: UTF8.self))
  }

  /// Sends a request on this connection and reads its response.
  func ask(_ text: String) throws -> Answer {
    send(text)
    return try answer()
  }
}

/// Something that a test waits for, and that stays.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var next = 0
  }

  private let state = Mutex(State())

  var isOpen: Bool { state.withLock { $0.isOpen } }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Returns when it is open, or when the task is cancelled.
  func wait() async {
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard !state.isOpen, !Task.isCancelled else { return false }
          state.waiting[id] = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
    }
  }
}

/// A server of one test, with a router, that is stopped at its end.
func withServer<Result: Sendable>(
  _ change: (inout HTTPServerConfiguration) -> Void = { _ in },
  routes: (inout Router) -> Void,
  _ body: (HTTPServer) async throws -> Result
) async throws -> Result {
  var configuration = HTTPServerConfiguration()
  // A test thread may wait long for its turn; what is about these times sets them.
  configuration.limits.headerTimeout = .seconds(600)
  configuration.limits.idleTimeout = .seconds(600)
  configuration.limits.bodyTimeout = .seconds(600)
  configuration.limits.writeTimeout = .seconds(600)
  change(&configuration)
  var router = Router()
  routes(&router)
  let server = try await HTTPServer.start(configuration, handler: router.respond)
  let result: Swift.Result<Result, any Error>
  do { result = .success(try await body(server)) } catch { result = .failure(error) }
  await server.stop()
  try await eventually("no connection and no task is left") {
    server.load == HTTPServer.Load(connections: 0, tasks: 0)
  }
  return try result.get()
}
