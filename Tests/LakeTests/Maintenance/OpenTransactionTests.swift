import DuckDB
import Foundation
import LakeSettings
import TestKit
import Testing

@testable import Lake

/// Maintenance while other programs have transactions open on a PostgreSQL catalog.
@Suite(.enabled(if: TestPostgreSQL.isInstalled, "needs PostgreSQL")) struct OpenTransactionTests {
  private static let keepOne = MaintenancePolicy(expire: .init(age: .seconds(60), last: 1))

  /// One client deletes rows in a transaction that stays open. Meanwhile another merges the table's files, and all the
  /// old snapshots expire. What does the first client's COMMIT do?
  ///
  /// - Parameter expire: given the newest snapshot.
  /// - Returns: whether the delete was committed, and the rows that are there then.
  private func raceWithExpiry(
    _ expire: (Lake, PlainClient, Int64) async throws -> Void
  ) async throws -> (committed: Bool, rows: Int64) {
    try await TestLakes.withLake(.postgresql) { lake, _ in
      try await lake.makeFiles(2)
      let slow = try await PlainClient(lake.configuration)
      let other = try await PlainClient(lake.configuration)
      try await slow.run("BEGIN")
      try await slow.run("DELETE FROM t WHERE id < 50")
      try await other.run("CALL ducklake_merge_adjacent_files('dl', 't')")
      try await other.run("CREATE TABLE unrelated (id INT)")
      try await expire(lake, other, try await lake.currentSnapshot())
      let committed: Bool
      do {
        try await slow.run("COMMIT")
        committed = true
      } catch { committed = false }
      let result = try await other.connection.query("SELECT count(*) FROM t" as String)
      await slow.close()
      await other.close()
      return (committed, result.scalar()?.integer ?? -1)
    }
  }

  /// Plain DuckLake acknowledges the delete, and the rows are still there (duckdb/ducklake#1472).
  @Test func plainExpiryLosesADelete() async throws {
    let outcome = try await raceWithExpiry { _, plain, newest in
      let versions = (0..<newest).map(String.init).joined(separator: ", ")
      try await plain.run("CALL ducklake_expire_snapshots('dl', versions => [\(versions)])")
    }
    #expect(outcome.committed && outcome.rows == 200, "\(outcome)")
  }

  @Test func whatAnOpenTransactionNeedsIsKept() async throws {
    let outcome = try await raceWithExpiry { lake, _, newest in
      let policy = Self.keepOne
      let plan = try await lake.maintenance(policy, inDays: 30).plan(.init(tasks: [.expire]))
      #expect(plan.of(.expire)?.note?.contains("kept for open transactions") == true, "\(plan)")
      let done = try await lake.maintenance(policy, inDays: 30).run(.init(tasks: [.expire]))
      // Those before the one that the transaction reads are free.
      #expect(done.of(.expire)?.snapshots == newest - 2, "\(done)")
      #expect(try await lake.snapshotIDs() == [newest - 2, newest - 1, newest])
    }
    // It is told of the conflict, and nothing is lost.
    #expect(!outcome.committed && outcome.rows == 200, "\(outcome)")
  }

  @Test func filesThatAnOpenTransactionMayReadAreKept() async throws {
    try await TestLakes.withLake(.postgresql) { lake, _ in
      try await lake.makeFiles(5)
      let reader = try await PlainClient(lake.configuration)
      try await reader.run("BEGIN; FROM t LIMIT 1")
      #expect(try await lake.maintenance().run(.init(tasks: [.merge])).of(.merge)?.filesRemoved == 5)
      #expect(try await lake.maintenance(inDays: 30).run(.init(tasks: [.clean])).isEmpty)
      let rows = try await reader.connection.query("SELECT count(*) FROM t" as String)
      #expect(rows.scalar()?.integer == 500)
      try await reader.run("COMMIT")
      #expect(
        try await lake.maintenance(inDays: 30).run(.init(tasks: [.clean])).of(.clean)?.filesRemoved == 5)
      await reader.close()
    }
  }

  /// A role that may not see when other roles' transactions began expires nothing.
  @Test func whatCannotBeSeenIsTakenForOld() async throws {
    try await TestLakes.withLake(.postgresql) { lake, _ in
      try await lake.makeFiles(3)
      guard case .postgresql(var catalog) = lake.configuration.catalog, let schema = catalog.schema else {
        return
      }
      let role = "limited_\(schema)"
      for statement in [
        "CREATE ROLE \(role) LOGIN PASSWORD '\(TestPostgreSQL.password)'",
        "GRANT USAGE ON SCHEMA \(schema) TO \(role)",
        "GRANT ALL ON ALL TABLES IN SCHEMA \(schema) TO \(role)",
      ] { try await lake.onServer(statement) }
      catalog.user = role
      var limited = lake.configuration
      limited.catalog = .postgresql(catalog)
      let client = try await PlainClient(lake.configuration)
      try await client.run("BEGIN; FROM t LIMIT 1")
      let engine = try await Engine(lakes: [limited])
      let limitedLake = try await engine.lake()
      let outcome = try await limitedLake.maintenance(Self.keepOne, inDays: 30).plan(.init(tasks: [.expire]))
      #expect(outcome.of(.expire)?.isSkipped == true, "\(outcome)")
      #expect(outcome.of(.expire)?.note?.contains("GRANT pg_read_all_stats") == true, "\(outcome)")
      #expect(try await limitedLake.openTransactions().contains { $0.since == nil })
      // Nor may it make indexes.
      await client.close()
      try await lake.onServer("DROP INDEX \(schema).tarn_data_file_table")
      let indexes = try await limitedLake.makeIndexesForTests()
      #expect(indexes.result == .skipped && indexes.note?.contains("may not make them") == true, "\(indexes)")
      await engine.close()
    }
  }

  @Test func aCatalogHasItsIndexes() async throws {
    try await TestLakes.withLake(.postgresql) { lake, _ in
      #expect(try await lake.missingIndexes().isEmpty)
      guard let schema = lake.schemaOnServer else { return }
      try await lake.onServer("DROP INDEX \(schema).tarn_data_file_table")
      try await lake.onServer("DROP INDEX \(schema).tarn_data_file_live")
      #expect(try await lake.missingIndexes().map(\.name) == ["tarn_data_file_table", "tarn_data_file_live"])
      #expect(try await lake.maintenance().run().of(.index)?.turns == 2)
      #expect(try await lake.missingIndexes().isEmpty)
      #expect(try await lake.maintenance().run().isEmpty)
    }
  }

  @Test func allClientsAreShown() async throws {
    try await TestLakes.withLake(.postgresql) { lake, _ in
      try await lake.makeFiles(1)
      #expect(try await lake.openTransactions().isEmpty)
      let began = Date()
      let client = try await PlainClient(lake.configuration)
      try await client.run("BEGIN; DELETE FROM t WHERE id = 1")
      let session = try await lake.engine.session()
      try await session.begin()
      let found = try await lake.openTransactions()
      #expect(found.map(\.client) == ["plain", "this process"], "\(found)")
      #expect(found.map(\.isOwn) == [false, true])
      #expect(found.first?.user == "tarn" && found.first?.address == "127.0.0.1")
      #expect(found.first?.state == "reads, idle" && found.last?.state == "has the turn")
      #expect(found.allSatisfy { abs($0.since?.timeIntervalSince(began) ?? 99) < 30 })
      await session.close()
      await client.close()
      #expect(try await lake.openTransactions().isEmpty)
    }
  }
}

extension Lake {
  /// Runs a statement on the catalog's PostgreSQL server.
  func onServer(_ statement: String) async throws { try await runTrusted(changeOfCatalog { _ in statement }) }

  func makeIndexesForTests() async throws -> MaintenanceOutcome {
    let session = try await engine.session(current: name)
    let outcome = try await makeIndexes(session)
    await session.close()
    return outcome
  }
}
