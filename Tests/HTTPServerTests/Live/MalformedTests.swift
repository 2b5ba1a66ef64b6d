import Foundation
import Synchronization
import TestKit
import Testing

@testable import HTTPServer

/// What clients that do not behave get.
@Suite struct MalformedTests {
  private static let get = "GET /x HTTP/1.1\r\nHost: x\r\n"
  private static let post = "POST /x HTTP/1.1\r\nHost: x\r\n"
  private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

  /// The request, and the status; 0 where the connection is closed without one.
  private static let requests: [(String, Int)] = [
    (post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
    (post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled, 400),
    (post + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + smuggled, 400),
    (post + "Content-Length: 44\r\nContent-Length: 44\r\n\r\n" + smuggled, 400),
    (post + "Content-Length: 0, 44\r\n\r\n" + smuggled, 400),
    (post + "Content-Length: +44\r\n\r\n" + smuggled, 400),
    (post + "Content-Length: -1\r\n\r\n" + smuggled, 400),
    (post + "Content-Length: 0x2c\r\n\r\n" + smuggled, 400),
    (post + "Content-Length:\r\n\r\n" + smuggled, 400),
    (post + "Content-Length: 4 4\r\n\r\n" + smuggled, 400),
    (post + "Content-Length: 99999999999999999999\r\n\r\n" + smuggled, 413),
    (post + "Content-Length : 44\r\n\r\n" + smuggled, 400),
    (post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
    (post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + smuggled, 501),
    (post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + smuggled, 501),
    (post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled, 501),
    (post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 501),
    (post + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 501),
    (post + "Transfer-Encoding: \u{0B}chunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
    (post + "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
    ("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, 400),
    (post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + smuggled, 400),
    (post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n" + smuggled, 400),
    (post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n" + smuggled, 400),
    (post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n" + smuggled, 413),
    (post + "Transfer-Encoding: chunked\r\n\r\n\r\n" + smuggled, 400),
    (get + ": x\r\n" + smuggled, 400), (": x\r\n" + smuggled, 0), (get + ":\0\0\r\n" + smuggled, 400),
    (get + "X: a\0b\r\n\r\n", 400), (get + "X\0Y: a\r\n\r\n", 400), (get + "X: a\r\n b\r\n\r\n", 400),
    (get + "X: a\n\r\n", 400), ("GET /x HTTP/1.1\nHost: x\r\n\r\n", 400), (get + "X: a\n\n", 400),
    (get + "X: a\r\n\n" + smuggled, 400), (" GET /x HTTP/1.1\r\nHost: x\r\n\r\n", 0),
    ("GET /x HTTP/1.1\r\n Host: x\r\n\r\n", 400), ("GET /x HTTP/1.1\r\n\r\n", 400),
    (get + "Host: y\r\n\r\n", 400), (get + "no colon\r\n\r\n", 400),
    (get + ": empty\r\n\r\n", 400), (get + "a b: c\r\n\r\n", 400), (get + "X: \u{01}\r\n\r\n", 400),
    ("GET /x HTTP/2.0\r\nHost: x\r\n\r\n", 505), ("GET /x HTTP/1.1 x\r\nHost: x\r\n\r\n", 400),
    ("GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("GET /\u{01} HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("GET /../x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ("BREW /x HTTP/1.1\r\nHost: x\r\n\r\n", 501), ("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    ("get /x HTTP/1.1\r\nHost: x\r\n\r\n", 501), ("nonsense\r\n\r\n", 0),
    ("\u{16}\u{03}\u{01}\u{00}\r\n\r\n", 0),
  ]

  @Test func areRefusedAndSmuggleNothing() async throws {
    let smuggled = Mutex(0)
    try await withServer { router in
      router.on(.get, "/smuggled") { _ in
        smuggled.withLock { $0 += 1 }
        return .text("smuggled")
      }
      router.on(.get, "/x") { _ in .text("x") }
      router.on(.post, "/x") { request in .text("\(try await request.body.collect(upTo: 1000).count)") }
    } _: { server in
      for (request, status) in Self.requests {
        let text = try await onThread {
          let client = try RawClient(port: server.port)
          client.send(request)
          client.finishWriting()
          return client.receiveText()
        }
        let found = Int(text.split(separator: " ").dropFirst().first ?? "") ?? 0
        #expect(found == status || status == 0 && found == 400, "\(request.debugDescription) gave \(text)")
        // libmicrohttpd writes the head of some of its own refusals twice.
        let statuses = Set(text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) })
        #expect(statuses.count <= 1, "\(request.debugDescription) gave \(text)")
      }
    }
    #expect(smuggled.withLock { $0 } == 0)
  }

  @Test(arguments: 0..<6) func brokenBytesHarmNobodyElse(seed: UInt64) async throws {
    try await withServer { router in
      router.on(.get, "/x") { _ in .text("x") }
      router.on(.post, "/x") { request in .text("\(try await request.body.collect(upTo: 1000).count)") }
    } _: { server in
      try await onThread {
        var random = SeededNumbers(seed: seed)
        let whole = Array(
          ("POST /x?a=b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            + "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").utf8)
        for _ in 0..<150 {
          var bytes = whole
          for _ in 0..<random.number(1...4) {
            let place = random.number(0...bytes.count - 1)
            switch random.number(0...3) {
            case 0: bytes.remove(at: place)
            case 1: bytes.insert(UInt8(random.number(0...255)), at: place)
            case 2: bytes[place] = UInt8(random.number(0...255))
            default: bytes.removeSubrange(place...)
            }
            if bytes.isEmpty { break }
          }
          let client = try RawClient(port: server.port)
          client.send(bytes)
          client.finishWriting()
          let text = client.receiveText()
          #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 "))
        }
        let client = try RawClient(port: server.port)
        #expect(try client.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").body == "x")
      }
    }
  }
}
