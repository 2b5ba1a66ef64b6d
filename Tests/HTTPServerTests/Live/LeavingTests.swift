import Foundation
import Synchronization
import TestKit
import Testing

@testable import HTTPServer

/// Clients that go away, and the server that does.
@Suite struct LeavingTests {
  private static let get = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"

  /// How the handlers of a test ended.
  private final class Ends: Sendable {
    private let count = Atomic<Int>(0)
    private let cancelledCount = Atomic<Int>(0)

    var all: Int { count.load(ordering: .relaxed) }
    var cancelled: Int { cancelledCount.load(ordering: .relaxed) }

    func add() {
      if Task.isCancelled { cancelledCount.add(1, ordering: .relaxed) }
      count.add(1, ordering: .relaxed)
    }
  }

  @Test(arguments: [true, false])
  func theTaskOfAClientThatLeavesIsCancelled(byReset: Bool) async throws {
    let ends = Ends()
    let begun = Gate()
    let never = Gate()
    try await withServer { router in
      router.on(.get, "/x") { _ in
        begun.open()
        await never.wait()
        ends.add()
        return .text("late")
      }
    } _: { server in
      let client = try await onThread {
        let client = try RawClient(port: server.port)
        client.send(Self.get)
        return client
      }
      await begun.wait()
      if byReset { client.reset() } else { client.close() }
      try await eventually("the handler is cancelled") { ends.cancelled == 1 }
      try await eventually("nothing is left") { server.load == HTTPServer.Load(connections: 0, tasks: 0) }
    }
  }

  @Test(arguments: ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
  func aBodyThatBreaksOffFails(kind: String) async throws {
    let errors = Mutex<[HTTPBodyError.Code]>([])
    let gotSome = Gate()
    try await withServer { router in
      router.on(.post, "/x") { request in
        do {
          for try await _ in request.body { gotSome.open() }
          return .text("whole")
        } catch let error as HTTPBodyError {
          errors.withLock { $0.append(error.code) }
          throw error
        }
      }
    } _: { server in
      for round in 0..<3 {
        let client = try await onThread {
          let client = try RawClient(port: server.port)
          client.send("POST /x HTTP/1.1\r\nHost: x\r\n\(kind)\r\n\r\n")
          client.send(kind.hasPrefix("T") ? "ffff\r\nabc" : "abc")
          return client
        }
        await gotSome.wait()
        if round == 0 { client.reset() } else if round == 1 { client.close() } else { client.finishWriting() }
        try await eventually("the body fails") { errors.withLock { $0.count } == round + 1 }
      }
    }
    #expect(errors.withLock { $0 } == [.disconnected, .disconnected, .disconnected])
  }

  @Test func aStreamEndsWhenItsClientLeaves() async throws {
    let ends = Ends()
    let never = Gate()
    try await withServer { router in
      // One that writes without end, and one that waits for something to write.
      router.on(.get, "/busy") { _ in
        .stream { writer in
          defer { ends.add() }
          while true { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
        }
      }
      router.on(.get, "/quiet") { _ in
        .serverSentEvents { events in
          defer { ends.add() }
          try await events.send(event: "hello", data: "a\nb", id: "1")
          await never.wait()
        }
      }
    } _: { server in
      for path in ["busy", "quiet"] {
        try await onThread {
          let client = try RawClient(port: server.port)
          client.send("GET /\(path) HTTP/1.1\r\nHost: x\r\n\r\n")
          _ = try client.receive(until: "\r\n\r\n")
          if path == "quiet" {
            _ = try client.receive(until: "id: 1\nevent: hello\ndata: a\ndata: b\n\n")
          }
          client.close()
        }
      }
      try await eventually("both streams end") { ends.cancelled == 2 }
    }
  }

  @Test func writersWaitForTheirClient() async throws {
    let written = Atomic<Int>(0)
    let mayRead = Gate()
    let total = 60_000_000
    try await withServer { router in
      router.on(.get, "/x") { _ in
        .stream { writer in
          let block = [UInt8](repeating: 0x61, count: 100_000)
          for _ in 0..<total / block.count {
            try await writer.write(block)
            written.add(block.count, ordering: .relaxed)
          }
        }
      }
    } _: { server in
      let reading = Task {
        try await onThread {
          let client = try RawClient(port: server.port, receiveBuffer: 65536)
          client.send("GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
          while !mayRead.isOpen { usleep(1000) }
          return client.receiveAll().count
        }
      }
      // The sockets take some megabytes. When nothing more is written for a while, the writer waits.
      var last = -1
      try await eventually("something is written") { written.load(ordering: .relaxed) > 0 }
      while last != written.load(ordering: .relaxed) {
        last = written.load(ordering: .relaxed)
        try await Task.sleep(for: .milliseconds(300))
      }
      #expect(last < total / 2)
      mayRead.open()
      let received = try await reading.value
      #expect(received > total)
      #expect(written.load(ordering: .relaxed) == total)
    }
  }

  @Test func keepAliveCommentsFillTheSilence() async throws {
    let never = Gate()
    try await withServer { router in
      router.on(.get, "/x") { _ in
        .serverSentEvents(keepAlive: .milliseconds(20)) { _ in await never.wait() }
      }
    } _: { server in
      try await onThread {
        let client = try RawClient(port: server.port)
        client.send(Self.get)
        for _ in 0..<3 { _ = try client.receive(until: ": keep-alive\n\n") }
        client.close()
      }
    }
  }

  @Test func aThousandCancelledRequestsLeaveNothing() async throws {
    let ends = Ends()
    let never = Gate()
    try await withServer { router in
      router.on(.get, "/wait") { _ in
        await never.wait()
        ends.add()
        return .text("late")
      }
      router.on(.post, "/upload") { request in
        defer { ends.add() }
        return .text("\(try await request.body.collect(upTo: 1 << 20).count)")
      }
      router.on(.get, "/stream") { _ in
        .stream { writer in
          defer { ends.add() }
          while true { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
        }
      }
    } _: { server in
      for round in 0..<10 {
        let clients = try await onThread {
          try (0..<100).map { number in
            let client = try RawClient(port: server.port, receiveBuffer: 4096)
            switch number % 3 {
            case 0: client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            case 1: client.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\nabc")
            default: client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            }
            return client
          }
        }
        try await eventually("all tasks run") { server.load.tasks == 100 }
        for (number, client) in clients.enumerated() {
          if number % 2 == 0 { client.reset() } else { client.close() }
        }
        try await eventually("all tasks end") { ends.all == 100 * (round + 1) }
        try await eventually("nothing is left") { server.load == HTTPServer.Load(connections: 0, tasks: 0) }
      }
    }
  }

  @Test func tenThousandRequestsOnConnectionsThatStay() async throws {
    try await withServer { router in
      router.on(.get, "/x") { _ in .text("x") }
    } _: { server in
      try await onThread {
        let clients = try (0..<100).map { _ in try RawClient(port: server.port) }
        for _ in 0..<100 {
          for client in clients { client.send(Self.get) }
          for client in clients { #expect(try client.answer().body == "x") }
        }
        #expect(server.load.connections == 100)
      }
    }
  }

  // MARK: The server leaves

  @Test func drainingLetsRequestsEndAndTakesNoMore() async throws {
    let begun = Gate()
    let mayEnd = Gate()
    try await withServer { router in
      router.on(.get, "/x") { _ in .text("x") }
      router.on(.get, "/slow") { _ in
        begun.open()
        await mayEnd.wait()
        return .text("done")
      }
    } _: { server in
      let (idle, busy) = try await onThread {
        let idle = try RawClient(port: server.port)
        #expect(try idle.ask(Self.get).body == "x")
        let busy = try RawClient(port: server.port)
        busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        return (idle, busy)
      }
      await begun.wait()
      let isDrained = Gate()
      let draining = Task {
        await server.drain(within: .seconds(600))
        isDrained.open()
      }
      #expect(try await onThread { idle.receiveText() } == "")
      await #expect(throws: RawClient.Failure.self) {
        try await onThread { _ = try RawClient(port: server.port) }
      }
      #expect(!isDrained.isOpen)
      mayEnd.open()
      let text = try await onThread { busy.receiveText() }
      #expect(text.contains("Connection: close\r\n") && text.hasSuffix("done"))
      await draining.value
      // Once more does no harm.
      await server.drain(within: .seconds(600))
    }
  }

  @Test func drainingGivesUpAtItsTime() async throws {
    let begun = Gate()
    let never = Gate()
    try await withServer { router in
      router.on(.get, "/slow") { _ in
        begun.open()
        await never.wait()
        return .text("late")
      }
    } _: { server in
      let client = try await onThread {
        let client = try RawClient(port: server.port)
        client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        return client
      }
      await begun.wait()
      await server.drain(within: .milliseconds(50))
      #expect(server.load.tasks == 1)
      await server.stop()
      #expect(try await onThread { client.receiveText() } == "")
      await server.stop()
      await server.drain(within: .seconds(600))
    }
  }

  @Test func stopsWithRequestsOfAllKindsUnderWay() async throws {
    let never = Gate()
    let clients = Mutex<[RawClient]>([])
    try await withServer { router in
      router.on(.get, "/wait") { _ in
        await never.wait()
        return .text("late")
      }
      router.on(.post, "/upload") { request in
        .text("\(try await request.body.collect(upTo: 1 << 20).count)")
      }
      router.on(.post, "/full") { request in
        await never.wait()
        return .text("late")
      }
      router.on(.get, "/stream") { _ in
        .stream { writer in
          while true { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
        }
      }
    } _: { server in
      try await onThread {
        for number in 0..<40 {
          let client = try RawClient(port: server.port, receiveBuffer: 4096)
          switch number % 5 {
          case 0: client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
          case 1: client.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\nabc")
          case 2:
            client.send("POST /full HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n")
            client.send(String(repeating: "a", count: 600_000))
          case 3: client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
          default: client.send("GET /wait HT")
          }
          clients.withLock { $0.append(client) }
        }
      }
      try await eventually("all tasks run") { server.load.tasks == 32 }
    }
    // withServer has stopped it: nobody is left waiting.
    for client in clients.withLock({ $0 }) { _ = try await onThread { client.receiveAll() } }
  }
}
