import Foundation
import Synchronization
import TestKit
import Testing

@testable import HTTPServer

/// What clients that behave well say and hear.
@Suite struct ConversationTests {
  private func standardRoutes(_ router: inout Router) {
    router.on(.get, "/hello/{name}") { request in .text("hello \(request.parameters["name"] ?? "")") }
    router.on(.post, "/echo") { request in
      .bytes(
        try await request.body.collect(upTo: 64 << 20),
        type: request.headers["Content-Type"] ?? "application/octet-stream")
    }
    router.on(.post, "/ignore") { _ in .text("ignored") }
    router.on(.get, "/large/{size}") { request in
      .bytes(
        [UInt8](repeating: 0x61, count: Int(request.parameters["size"] ?? "") ?? 0), type: "text/plain")
    }
    router.on(.get, "/empty") { _ in HTTPResponse(status: .noContent, headers: ["X": "y"]) }
    router.on(.get, "/close") { _ in HTTPResponse(headers: ["Connection": "close"], body: .bytes([0x62])) }
    router.on(.get, "/stream/{count}") { request in
      let count = Int(request.parameters["count"] ?? "") ?? 0
      return .stream(headers: ["Content-Type": "text/plain"]) { writer in
        for index in 0..<count { try await writer.write("line \(index)\n") }
      }
    }
    router.on(.get, "/sized") { _ in
      .stream(length: 6) { writer in
        try await writer.write("abc")
        try await writer.write("def")
      }
    }
  }

  @Test func aConnectionIsKeptForManyRequests() async throws {
    try await withServer(routes: standardRoutes) { server in
      try await onThread {
        let client = try RawClient(port: server.port)
        for name in ["a", "b%20c", "ü"] {
          let answer = try client.ask("GET /hello/\(name) HTTP/1.1\r\nHost: x\r\n\r\n")
          #expect(answer.status == 200)
          #expect(answer.body == "hello " + (name == "b%20c" ? "b c" : name))
        }
        #expect(
          try client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").body == "abc")
        #expect(
          try client.ask(
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n"
          ).body == "abc")
        // A body that nobody reads does not end the connection.
        #expect(
          try client.ask("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").body == "ignored"
        )
        client.send("HEAD /hello/a HTTP/1.1\r\nHost: x\r\n\r\n")
        let head = try client.answer(isHead: true)
        #expect(head.status == 200)
        #expect(head.head.contains("Content-Length: 7\r\n"))
        let empty = try client.ask("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(empty.status == 204)
        #expect(empty.head.contains("X: y\r\n"))
        #expect(!empty.head.contains("Content-Length"))
        #expect(try client.ask("GET /sized HTTP/1.1\r\nHost: x\r\n\r\n").body == "abcdef")
        #expect(try client.ask("GET /none HTTP/1.1\r\nHost: x\r\n\r\n").status == 404)
        #expect(
          try client.ask("DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n").head.contains("Allow: OPTIONS, POST\r\n")
        )
        // Empty lines before a request are skipped.
        #expect(try client.ask("\r\n\r\nGET /hello/a HTTP/1.1\r\nHost: x\r\n\r\n").body == "hello a")
        #expect(server.load.connections == 1)
      }
      let head = try await onThread {
        let client = try RawClient(port: server.port)
        client.send("HEAD /stream/3 HTTP/1.1\r\nHost: x\r\n\r\n")
        return client.receiveText()
      }
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
      #expect(!head.contains("\r\n\r\n0"))
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await withServer(routes: standardRoutes) { server in
      let text = try await onThread {
        let client = try RawClient(port: server.port)
        let requests = (0..<50).map { index in
          index % 5 == 4
            ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \("\(index)".utf8.count)\r\n\r\n\(index)"
            : "GET /hello/\(index) HTTP/1.1\r\nHost: x\r\n\r\n"
        }
        client.send(requests.joined() + "GET /close HTTP/1.1\r\nHost: x\r\n\r\n")
        return client.receiveText()
      }
      let bodies = text.components(separatedBy: "HTTP/1.1 200 OK\r\n").dropFirst().map {
        $0.components(separatedBy: "\r\n\r\n").last?.trimmingCharacters(in: .newlines) ?? ""
      }
      #expect(bodies == (0..<50).map { $0 % 5 == 4 ? "\($0)" : "hello \($0)" } + ["b"])
    }
  }

  @Test func closesWhenClientOrHandlerSaysSo() async throws {
    try await withServer(routes: standardRoutes) { server in
      for request in [
        "GET /hello/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /close HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /hello/a HTTP/1.0\r\n\r\n", "GET /stream/2 HTTP/1.0\r\n\r\n",
      ] {
        let text = try await onThread {
          let client = try RawClient(port: server.port)
          client.send(request)
          return client.receiveText()
        }
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.contains("Connection: close\r\n"))
        #expect(!text.contains("chunked"))
      }
    }
  }

  @Test func aClientMayCloseItsSideBeforeTheAnswer() async throws {
    try await withServer(routes: standardRoutes) { server in
      let text = try await onThread {
        let client = try RawClient(port: server.port)
        client.send("GET /hello/a HTTP/1.1\r\nHost: x\r\n\r\n")
        client.finishWriting()
        return client.receiveText()
      }
      #expect(text.hasSuffix("hello a"))
    }
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 300_000, 5_000_000])
  func bodiesOfAllSizesGoBothWays(size: Int) async throws {
    try await withServer(routes: standardRoutes) { server in
      try await onThread {
        let client = try RawClient(port: server.port)
        #expect(
          try client.ask("GET /large/\(size) HTTP/1.1\r\nHost: x\r\n\r\n").body
            == String(repeating: "a", count: size))
        let body = String((0..<size).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(size)\r\n\r\n" + body)
        #expect(try client.answer().body == body)
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        var rest = Array(body.utf8)[...]
        while !rest.isEmpty {
          let chunk = rest.prefix(70_001)
          rest = rest.dropFirst(70_001)
          client.send("\(String(chunk.count, radix: 16))\r\n")
          client.send(Array(chunk))
          client.send("\r\n")
        }
        client.send("0\r\n\r\n")
        #expect(try client.answer().body == body)
      }
    }
  }

  @Test func continueIsSaidWhenTheBodyIsWanted() async throws {
    let mayRead = Gate()
    try await withServer { router in
      router.on(.post, "/late") { request in
        await mayRead.wait()
        return .text("got \(try await request.body.collect(upTo: 10).count)")
      }
      router.on(.post, "/never") { _ in .text("no", status: .forbidden) }
    } _: { server in
      try await onThread {
        let client = try RawClient(port: server.port)
        client.send("POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        mayRead.open()
        #expect(try client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try client.ask("abc").body == "got 3")

        let refused = try RawClient(port: server.port)
        refused.send("POST /never HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        let text = refused.receiveText()
        #expect(text.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))

        let unknown = try RawClient(port: server.port)
        #expect(
          try unknown.ask("POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: magic\r\n\r\n")
            .status
            == 417)
      }
    }
  }

  @Test func whatAHandlerThrowsStaysInside() async throws {
    struct Secret: Error {}
    struct Known: HTTPRespondingError {
      var response: HTTPResponse { .text("known", status: .conflict) }
    }
    let seen = Mutex<[String]>([])
    try await withServer { configuration in
      configuration.onError = { error, request in
        seen.withLock { $0.append("\(error) \(request?.path ?? "")") }
      }
    } routes: { router in
      router.on(.get, "/secret") { _ in throw Secret() }
      router.on(.get, "/known") { _ in throw Known() }
      router.on(.get, "/header") { _ in HTTPResponse(headers: ["X": "a\r\nSet-Cookie: b"]) }
      router.on(.get, "/status") { _ in HTTPResponse(status: HTTPStatus(99)) }
      router.on(.get, "/stream") { _ in
        .stream { writer in
          try await writer.write("half")
          throw Secret()
        }
      }
    } _: { server in
      try await onThread {
        let client = try RawClient(port: server.port)
        for path in ["secret", "header", "status"] {
          let answer = try client.ask("GET /\(path) HTTP/1.1\r\nHost: x\r\n\r\n")
          #expect(answer.status == 500)
          #expect(answer.body == "The server could not answer this request.\n")
          #expect(!answer.head.contains("Cookie"))
        }
        #expect(try client.ask("GET /known HTTP/1.1\r\nHost: x\r\n\r\n").body == "known")
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        let text = client.receiveText()
        #expect(text.hasSuffix("4\r\nhalf\r\n"), "the end of the chunks must not come: \(text)")
      }
    }
    #expect(
      seen.withLock { $0 } == [
        "Secret() /secret", "a handler answered with a header that cannot be sent: X /header",
        "a handler answered with status 99 /status", "Secret() /stream",
      ])
  }

  @Test func requestsCarryWhatTheClientSaid() async throws {
    let seen = Mutex<HTTPRequest?>(nil)
    try await withServer { router in
      router.on(.get, "/a/{b}") { request in
        seen.withLock { $0 = request }
        return HTTPResponse()
      }
    } _: { server in
      try await onThread {
        let client = try RawClient(port: server.port)
        #expect(
          try client.ask("GET /a/%41?x=1&x=%20#no HTTP/1.1\r\nHost: h:1\r\n\r\n").status == 400)
        let again = try RawClient(port: server.port)
        #expect(
          try again.ask(
            "GET /a/%41?x=1&x=%20 HTTP/1.1\r\nHost: h:1\r\nCookie: a=b\r\nX-Y:  z \r\nx-y: ü\r\n\r\n"
          )
          .status == 200)
      }
    }
    let request = try #require(seen.withLock { $0 })
    #expect(request.path == "/a/%41")
    #expect(request.route == "/a/{b}")
    #expect(request.parameters["b"] == "A")
    #expect(request.query[all: "x"] == ["1", " "])
    #expect(request.headers["host"] == "h:1")
    #expect(request.headers["cookie"] == "a=b")
    #expect(request.headers[all: "X-Y"].map { $0.trimmingCharacters(in: .whitespaces) } == ["z", "ü"])
    #expect(request.peer == "127.0.0.1")
    #expect(!request.isSecure)
  }

  @Test func twoHundredClientsAtOnce() async throws {
    try await withServer(routes: standardRoutes) { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            try await onThread {
              let client = try RawClient(port: server.port)
              for round in 0..<50 {
                let name = "\(number)-\(round)"
                #expect(
                  try client.ask("GET /hello/\(name) HTTP/1.1\r\nHost: x\r\n\r\n").body == "hello \(name)")
                let body = String(repeating: name, count: round)
                #expect(
                  try client.ask(
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                  ).body == body)
              }
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func curlUnderstandsAllOfIt() async throws {
    try await withServer(routes: standardRoutes) { (server: HTTPServer) async throws in
      let base = "http://127.0.0.1:\(server.port)"
      #expect(try await curl(["\(base)/hello/curl"]) == "hello curl")
      #expect(try await curl(["\(base)/stream/3"]) == "line 0\nline 1\nline 2\n")
      #expect(try await curl(["-T", "-", "-X", "POST", "\(base)/echo"], input: "chunked") == "chunked")
      #expect(
        try await curl(["-H", "Expect: 100-continue", "-d", "x=1", "\(base)/echo"]) == "x=1")
      #expect(try await curl(["\(base)/hello/[1-3]"]) == "hello 1hello 2hello 3")
      #expect(try await curl(["-I", "-o", "/dev/null", "-w", "%{http_code}", "\(base)/none"]) == "404")
    }
  }
}

/// What curl prints.
func curl(_ arguments: [String], input: String = "") async throws -> String {
  try await Program.finish(
    "/usr/bin/env", ["curl", "-sS", "--max-time", "60"] + arguments, input: input
  ).output
}
