import Foundation
import Synchronization
import TestKit
import Testing

@testable import HTTPServer

/// What clients get who ask for too much, or take too long.
@Suite struct LimitTests {
  private func upload(_ router: inout Router) {
    router.on(.post, "/small") { request in .text("\(try await request.body.collect(upTo: 1000).count)") }
    router.on(.post, "/default") { request in
      var count = 0
      for try await chunk in request.body { count += chunk.count }
      return .text("\(count)")
    }
    router.on(.get, "/x") { _ in .text("x") }
  }

  @Test func headsAreBounded() async throws {
    try await withServer {
      $0.limits.headSize = 4000
      $0.limits.targetLength = 1000
      $0.limits.headerFields = 20
    } routes: {
      upload(&$0)
    } _: { server in
      try await onThread {
        func status(_ head: String) throws -> Int {
          let client = try RawClient(port: server.port)
          client.send(head)
          return try client.answer().status
        }
        let path = "/x?" + String(repeating: "a", count: 990)
        #expect(try status("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n") == 200)
        #expect(try status("GET \(path)aaaaaaaaaa HTTP/1.1\r\nHost: x\r\n\r\n") == 414)
        #expect(
          try status("GET /x HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 19) + "\r\n")
            == 200)
        #expect(
          try status("GET /x HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 20) + "\r\n")
            == 431)
        let value = String(repeating: "v", count: 3900)
        #expect(try status("GET /x HTTP/1.1\r\nHost: x\r\nA: \(value)\r\n\r\n") == 200)
        #expect(try status("GET /x HTTP/1.1\r\nHost: x\r\nA: \(value)\(value)\r\n\r\n") == 431)
        // Heads without an end never fill the memory.
        for endless in ["GET /", "GET / HTTP/1.1\r\nA: ", "GET / HTTP/1.1\r\nHost: x\r\n"] {
          let client = try RawClient(port: server.port)
          client.send(endless)
          let more = endless.hasSuffix("\n") ? "A: b\r\n" : "aaaaaa"
          var isOpen = true
          for _ in 0..<5000 where isOpen { isOpen = client.send(String(repeating: more, count: 1000)) }
          #expect(!isOpen)
        }
      }
    }
  }

  @Test func bodiesAreBounded() async throws {
    try await withServer {
      $0.limits.bodySize = 300_000
    } routes: {
      upload(&$0)
    } _: { server in
      try await onThread {
        func status(_ head: String, _ body: String) throws -> Int {
          let client = try RawClient(port: server.port)
          client.send("POST \(head)\r\nHost: x\r\n\r\n")
          client.send(body)
          return try client.answer().status
        }
        func post(_ path: String, _ length: Int) throws -> Int {
          try status("\(path) HTTP/1.1\r\nContent-Length: \(length)", String(repeating: "a", count: length))
        }
        func chunked(_ path: String, _ length: Int) throws -> Int {
          try status(
            "\(path) HTTP/1.1\r\nTransfer-Encoding: chunked",
            "\(String(length, radix: 16))\r\n\(String(repeating: "a", count: length))\r\n0\r\n\r\n")
        }
        #expect(try post("/small", 1000) == 200)
        #expect(try post("/small", 1001) == 413)
        #expect(try chunked("/small", 1000) == 200)
        #expect(try chunked("/small", 1001) == 413)
        #expect(try post("/default", 300_000) == 200)
        #expect(try post("/default", 300_001) == 413)
        #expect(try chunked("/default", 300_000) == 200)
        #expect(try chunked("/default", 300_001) == 413)
        // Far more than is read for the connection's sake: the answer comes all the same, and not a reset.
        for kind in ["Content-Length: 9000000000", "Transfer-Encoding: chunked"] {
          let client = try RawClient(port: server.port)
          client.send("POST /small HTTP/1.1\r\nHost: x\r\n\(kind)\r\n\r\n")
          if kind.hasPrefix("T") { client.send("1000000\r\n") }
          client.send(String(repeating: "a", count: 1 << 20))
          let answer = try client.answer()
          #expect(answer.status == 413)
          #expect(answer.body == "The request's body is too large: at most 1000 bytes are taken.\n")
          #expect(client.receive().isEmpty)
        }
        // A connection on which a little was too much goes on.
        let client = try RawClient(port: server.port)
        client.send(
          "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n"
            + String(repeating: "a", count: 2000))
        #expect(try client.answer().status == 413)
        #expect(try client.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").body == "x")
      }
    }
  }

  @Test func aRefusedBodyIsNotAskedFor() async throws {
    try await withServer(routes: upload) { server in
      let text = try await onThread {
        let client = try RawClient(port: server.port)
        client.send("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n")
        return client.receiveText()
      }
      #expect(text.hasPrefix("HTTP/1.1 413 "))
    }
  }

  @Test(arguments: ["", "GET /x HT", "GET /x HTTP/1.1\r\nHost: x\r\nA: b"])
  func aHeadThatDoesNotEndIsCut(start: String) async throws {
    try await withServer {
      $0.limits.headerTimeout = .milliseconds(300)
      $0.limits.idleTimeout = .seconds(600)
    } routes: {
      upload(&$0)
    } _: { server in
      try await onThread {
        let client = try RawClient(port: server.port)
        client.send(start)
        // A byte now and then does not help.
        if start.hasSuffix("b") {
          while client.send("b") { usleep(20_000) }
        }
        #expect(client.receiveText() == "")
      }
    }
  }

  @Test func aConnectionWithoutRequestsIsClosed() async throws {
    try await withServer {
      $0.limits.idleTimeout = .milliseconds(300)
    } routes: {
      upload(&$0)
    } _: { server in
      try await onThread {
        let client = try RawClient(port: server.port)
        #expect(try client.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").body == "x")
        #expect(client.receiveText() == "")
      }
    }
  }

  @Test(arguments: ["Content-Length: 100000", "Transfer-Encoding: chunked"])
  func aBodyThatStallsIsAnsweredWith408(kind: String) async throws {
    try await withServer {
      $0.limits.bodyTimeout = .milliseconds(300)
    } routes: {
      upload(&$0)
    } _: { server in
      try await onThread {
        for isSlow in [false, true] {
          let client = try RawClient(port: server.port)
          client.send("POST /default HTTP/1.1\r\nHost: x\r\n\(kind)\r\n\r\n")
          client.send(kind.hasPrefix("T") ? "ffff\r\nabc" : "abc")
          let sender = isSlow ? Thread { while client.send("b") { usleep(20_000) } } : nil
          sender?.start()
          let answer = try client.answer()
          #expect(answer.status == 408)
          #expect(answer.body == "The rest of the request's body did not come in time.\n")
          #expect(client.receive().isEmpty)
        }
      }
    }
  }

  @Test func aHandlerThatIsSlowToNoticeAStallStillAnswers() async throws {
    let mayAnswer = Gate()
    let hasFailed = Gate()
    try await withServer {
      $0.limits.bodyTimeout = .milliseconds(100)
    } routes: { router in
      router.on(.post, "/x") { request in
        do { _ = try await request.body.collect(upTo: 1000) } catch {
          hasFailed.open()
          await mayAnswer.wait()
        }
        return .text("late", status: .requestTimeout)
      }
    } _: { server in
      let answer = Task {
        try await onThread {
          let client = try RawClient(port: server.port)
          client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc")
          return try client.answer()
        }
      }
      await hasFailed.wait()
      // Long enough for the connection's times to be looked at more than once.
      try await Task.sleep(for: .milliseconds(500))
      mayAnswer.open()
      #expect(try await answer.value.body == "late")
    }
  }

  @Test func aClientThatTakesNothingIsCut() async throws {
    let cut = Gate()
    try await withServer {
      $0.limits.writeTimeout = .milliseconds(300)
    } routes: { router in
      router.on(.get, "/endless") { _ in
        .stream { writer in
          defer { cut.open() }
          while true { try await writer.write([UInt8](repeating: 0x61, count: 100_000)) }
        }
      }
      router.on(.get, "/large") { _ in .bytes([UInt8](repeating: 0x61, count: 50_000_000), type: "text/plain")
      }
    } _: { server in
      let clients = try await onThread {
        try ["endless", "large"].map { path in
          let client = try RawClient(port: server.port, receiveBuffer: 4096)
          client.send("GET /\(path) HTTP/1.1\r\nHost: x\r\n\r\n")
          return client
        }
      }
      await cut.wait()
      try await eventually("both are cut") { server.load.connections == 0 }
      for client in clients { client.close() }
    }
  }

  @Test func connectionsOverTheLimitWait() async throws {
    try await withServer {
      $0.limits.connections = 2
    } routes: {
      upload(&$0)
    } _: { server in
      try await onThread {
        let first = try RawClient(port: server.port)
        let second = try RawClient(port: server.port)
        for client in [first, second] {
          #expect(try client.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").body == "x")
        }
        let third = try RawClient(port: server.port)
        third.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(server.load.connections == 2)
        #expect(try first.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").body == "x")
        first.close()
        #expect(try third.answer().body == "x")
      }
    }
  }

  @Test func connectionsOfOneAddressAreBounded() async throws {
    try await withServer {
      $0.limits.connectionsOfAddress = 2
    } routes: {
      upload(&$0)
    } _: { server in
      try await onThread {
        let clients = try (0..<2).map { _ in try RawClient(port: server.port) }
        for client in clients { #expect(try client.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").body == "x") }
        let third = try RawClient(port: server.port)
        third.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(third.receiveText() == "")
      }
    }
  }
}
