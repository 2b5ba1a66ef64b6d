import DuckDB
import LakeSettings
import TestKit
import Testing

@testable import Lake

/// Writers of one PostgreSQL lake in several engines, which know of each other by the server alone.
@Suite(.enabled(if: TestPostgreSQL.isInstalled, "needs PostgreSQL: scripts/setup-tests"))
struct ServerTurnTests {
  private func withTwoEngines(
    patience: Duration = .seconds(60), _ body: (Lake, Lake) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder("lake")
    let configuration = try await TestLakes.configuration(.postgresql, in: folder)
    try await TestLakes.withEngine([configuration], patience: patience) { first in
      let one = try await first.lake()
      try await one.execute("CREATE TABLE t (a INTEGER)")
      let second = try await Engine(lakes: [configuration], patience: patience)
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body(one, try await second.lake())) } catch {
        outcome = .failure(error)
      }
      await second.close()
      try outcome.get()
    }
  }

  /// Reads the sum and writes it back, one more: without turns, one of two would overwrite the other or be refused.
  @Test func nobodysWriteIsLost() async throws {
    try await withTwoEngines { one, two in
      try await one.execute("INSERT INTO t VALUES (0)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for lake in [one, two, one, two] {
          group.addTask {
            for _ in 0..<5 { try await lake.transaction { try await $0.execute("UPDATE t SET a = a + 1") } }
          }
        }
        try await group.waitForAll()
      }
      #expect(try await two.query("SELECT a FROM t").fetchOneScalar(Int.self) == 20)
    }
  }

  @Test func aWaiterThatIsCancelledLeavesTheQueue() async throws {
    try await withTwoEngines { one, two in
      try await one.gate.takeTurn()
      let waiting = Task { try await two.execute("INSERT INTO t VALUES (1)") }
      try await untilSomebodyWaits(one)
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      await one.gate.endTurn()
      try await two.execute("INSERT INTO t VALUES (2)")
      #expect(try await one.query("SELECT sum(a) FROM t").fetchOneScalar(Int.self) == 2)
    }
  }

  @Test func whoWaitsTooLongIsToldWhoHasTheTurn() async throws {
    try await withTwoEngines(patience: .milliseconds(300)) { one, two in
      try await one.gate.takeTurn()
      let error = await #expect(throws: LakeError.self) { try await two.execute("INSERT INTO t VALUES (1)") }
      #expect(error?.code == .busy)
      #expect(
        error?.message.hasPrefix(
          "lake 'main': the turn to write is held by a connection from 127.0.0.1 (server process ") == true,
        "\(String(describing: error))")
      await one.gate.endTurn()
      try await two.execute("INSERT INTO t VALUES (2)")
    }
  }

  /// The server takes the turn back from a connection that has gone.
  @Test func theTurnOfADeadConnectionIsFree() async throws {
    try await withTwoEngines { one, two in
      try await one.gate.takeTurn()
      _ = try await two.readTrusted(
        """
        FROM \(two.queryOnServer("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE granted AND \(condition(two))"))
        """, looksAround: true)
      try await two.execute("INSERT INTO t VALUES (1)")
      await one.gate.endTurn()
      try await one.execute("INSERT INTO t VALUES (2)")
      #expect(try await one.query("SELECT sum(a) FROM t").fetchOneScalar(Int.self) == 3)
    }
  }

  private func condition(_ lake: Lake) -> String {
    guard case .postgresql(let catalog) = lake.configuration.catalog else { return "false" }
    return ServerTurn.condition(schema: catalog.schema ?? "public")
  }

  private func untilSomebodyWaits(_ lake: Lake) async throws {
    let query = lake.queryOnServer("SELECT count(*) FROM pg_locks WHERE NOT granted AND \(condition(lake))")
    while try await lake.readTrusted("FROM \(query)", looksAround: true).scalar()?.integer == 0 {
      await Task.yield()
    }
  }
}
