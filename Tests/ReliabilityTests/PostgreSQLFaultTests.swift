import Foundation
import TestKit
import Testing

/// What can happen to a PostgreSQL server and to the way there, while writers write.
@Suite(.enabled(if: TestPostgreSQL.isInstalled)) struct PostgreSQLFaultTests {
  /// Lets two writers write while faults come, and waits after each until they get through again.
  private static func withWriters(
    _ name: String, through proxied: Bool = false, rounds: Int = max(2, FaultRun.kills / 5),
    _ fault: (PrivatePostgreSQL, PostgreSQLProxy?, inout SeededNumbers) async throws -> Void
  ) async throws -> FaultLab {
    try await FaultRun.inPlace {
      let server = try await PrivatePostgreSQL()
      let proxy = proxied ? try PostgreSQLProxy(to: server.port) : nil
      let lab = try await FaultLab(.postgresql, writers: 2, named: name, on: server.catalog)
      var random = FaultRun.random(name)
      let worker = try await FaultWorker.start(lab.lake.through(port: proxy?.port ?? server.port))
      let writing = Task { await lab.write(in: worker) }
      for _ in 0..<rounds {
        let before = worker.outcomes.count { $0.isAcknowledged }
        try await requireAcknowledged(before + 3, worker)
        try await fault(server, proxy, &random)
        // The same process goes on as soon as the server is there again.
        let after = worker.outcomes.count { $0.isAcknowledged }
        try await requireAcknowledged(after + 3, worker)
      }
      await lab.finish(worker, writing)
      try await lab.check()
      try await lab.checkOrphanRemoval()
      try await lab.checkThatItGoesOn()
      await server.stop()
      return lab
    }
  }

  private static func requireAcknowledged(_ count: Int, _ worker: FaultWorker) async throws {
    let limit = Task {
      try await Task.sleep(for: .seconds(30))
      await worker.kill()
    }
    let reached = await worker.untilAcknowledged(count)
    limit.cancel()
    let last = worker.outcomes.last?.failure?.description ?? "nothing"
    try #require(reached, "the writers do not get through again; last they were told: \(last)")
  }

  @Test("kill -9 of PostgreSQL's backends") func backendsAreKilled() async throws {
    _ = try await Self.withWriters("backends") { server, _, random in
      try await Task.sleep(for: .microseconds(random.number(0...40_000)))
      #expect(try server.killBackends() > 0)
    }
  }

  @Test("kill -9 of the whole of PostgreSQL") func postmasterIsKilled() async throws {
    _ = try await Self.withWriters("postmaster") { server, _, random in
      try await Task.sleep(for: .microseconds(random.number(0...40_000)))
      try await server.kill()
      try await server.start()
    }
  }

  @Test("PostgreSQL is restarted") func serverIsRestarted() async throws {
    _ = try await Self.withWriters("restart") { server, _, _ in
      await server.stop()
      try await server.start()
    }
  }

  @Test("the connection is cut in a transaction") func connectionIsCut() async throws {
    _ = try await Self.withWriters("cut", through: true) { _, proxy, _ in
      proxy?.arm(.cutInTransaction)
      await proxy?.untilStruck((proxy?.strikes ?? 0) + 1)
    }
  }

  @Test("all connections are cut at once") func allConnectionsAreCut() async throws {
    _ = try await Self.withWriters("cut all", through: true) { _, proxy, random in
      try await Task.sleep(for: .microseconds(random.number(0...40_000)))
      proxy?.cutAll()
    }
  }

  @Test("a COMMIT does not reach PostgreSQL") func commitIsLost() async throws {
    let lab = try await Self.withWriters("lost commit", through: true) { _, proxy, _ in
      proxy?.arm(.loseCommit)
      await proxy?.untilStruck((proxy?.strikes ?? 0) + 1)
    }
    #expect(lab.record.acknowledged > 0)
  }

  @Test("a COMMIT is slow") func commitIsHeld() async throws {
    let lab = try await Self.withWriters("slow commit", through: true) { _, proxy, _ in
      proxy?.arm(.hold)
      await proxy?.untilStruck((proxy?.strikes ?? 0) + 1)
      try await Task.sleep(for: .milliseconds(300))
      proxy?.letGo()
    }
    #expect(lab.record.failed.isEmpty)
  }
}
