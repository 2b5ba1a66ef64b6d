import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

@Suite struct TurnTests {
  @Test func readsDoNotWaitForAWritersTurn() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      let writer = try await lake.engine.session()
      try await writer.begin()
      try await writer.run("INSERT INTO t VALUES (2)")
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 1)
      let reader = try await lake.engine.session()
      #expect(try await reader.value("SELECT count(*) FROM t") == .bigInt(1))
      try await reader.run("BEGIN TRANSACTION READ ONLY; FROM t; COMMIT")
      try await writer.commit()
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 2)
      for session in [writer, reader] { await session.close() }
    }
  }

  /// What touches only a session's own things runs while somebody else has the turn.
  @Test(arguments: [
    "CREATE TEMP TABLE q AS SELECT * FROM t; INSERT INTO q VALUES (5); UPDATE q SET a = 1; DELETE FROM q; DROP TABLE q",
    "CREATE TEMP TABLE q (a INT); INSERT INTO temp.q VALUES (5); FROM q",
    "SET VARIABLE n = (SELECT max(a) FROM t)",
    "CREATE TEMP VIEW v AS FROM t; FROM v", "EXPLAIN INSERT INTO t VALUES (1)", "FROM dl.snapshots()",
  ])
  func sessionsOwnThingsNeedNoTurn(script: String) async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      try await lake.gate.takeTurn()
      let session = try await lake.engine.session()
      try await session.run(script)
      await lake.gate.endTurn()
      await session.close()
    }
  }

  /// A table of the lake's own with the name `temp`, or one that a temporary table has hidden, is a table of the lake.
  @Test(arguments: [
    "CREATE TABLE temp (a INT)", "DROP TABLE IF EXISTS temp", "INSERT INTO t VALUES (2)",
    "CREATE TEMP TABLE q (a INT); BEGIN; ROLLBACK; CREATE OR REPLACE TABLE q (a INT)",
    "EXPLAIN ANALYZE INSERT INTO t VALUES (1)", "EXPLAIN ANALYZE DROP TABLE t", "COMMENT ON TABLE t IS 'x'",
  ])
  func changesOfTheLakeNeedTheTurn(script: String) async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      let session = try await lake.engine.session()
      let statements = try SQLStatements.split(script)
      let last = try #require(statements.last)
      for statement in statements.dropLast() { _ = try await session.run(statement) }
      try await lake.gate.takeTurn()
      let changing = Task { try await session.run(last) }
      await lake.gate.untilWritersWait(1)
      await lake.gate.endTurn()
      _ = try await changing.value
      await session.close()
    }
  }

  /// Two lakes, each changed by the one while the other holds the other: whoever holds a turn waits for no other.
  @Test func nobodyWaitsInACircle() async throws {
    let folder = try TemporaryFolder("lakes")
    let other = try LakeName("other")
    let lakes = [
      TestLakes.configuration("sqlite", in: folder),
      TestLakes.configuration("sqlite", in: folder, name: other),
    ]
    try await TestLakes.withEngine(lakes) { engine in
      for name in [LakeName.main, other] { try await engine.lake(name).execute("CREATE TABLE t (a INT)") }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<6 {
          group.addTask {
            let session = try await engine.session(current: number.isMultiple(of: 2) ? .main : other)
            let changed = number.isMultiple(of: 2) ? "other.t" : "dl.t"
            for _ in 0..<3 {
              try await session.run("BEGIN; INSERT INTO \(changed) VALUES (1); COMMIT")
              try await session.run(
                "INSERT INTO dl.t SELECT a FROM other.t LIMIT 1; INSERT INTO other.t SELECT a FROM dl.t LIMIT 1"
              )
            }
            await session.close()
          }
        }
        try await group.waitForAll()
      }
      let session = try await engine.session()
      try await session.run("BEGIN; INSERT INTO dl.t VALUES (1)")
      let error = await lakeError { try await session.run("INSERT INTO other.t VALUES (1)") }
      #expect(
        error?.description
          == "a transaction changes one lake only: this one has changed 'main'. COMMIT before changing 'other'."
      )
      await session.close()
    }
  }

  @Test func cancelledQueriesLeaveNothingBehind() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      for _ in 0..<3 {
        let slow = Task {
          try await lake.query("SELECT count(*) FROM range(100000000) a, range(100000000) b, t").result()
        }
        while await lake.connections.busy == 0 { await Task.yield() }
        slow.cancel()
        await #expect(throws: CancellationError.self) { try await slow.value }
        #expect(try await lake.query("SELECT a FROM t").fetchOneScalar() == 1)
      }
      let insert = Task {
        try await lake.execute("INSERT INTO t SELECT a.range FROM range(100000000) a, range(100000000) b")
      }
      // Its file is made before the turn.
      let folder = lake.configuration.storage.dataPath
      while Self.files(below: folder) < 1 { await Task.yield() }
      insert.cancel()
      await #expect(throws: CancellationError.self) { try await insert.value }
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 1)
      #expect(Self.files(below: folder) == 0)
      #expect(try await lake.execute("INSERT INTO t VALUES (2)") == 1)
    }
  }

  private static func files(below folder: String) -> Int {
    FileManager.default.enumerator(atPath: folder)?.count { ($0 as? String)?.hasSuffix(".parquet") == true }
      ?? 0
  }

  @Test func transactionsAreAllOrNothing() async throws {
    struct Stop: Error {}
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INT)")
      await #expect(throws: Stop.self) {
        try await lake.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (1)")
          throw Stop()
        }
      }
      let cancelled = Task {
        try await lake.transaction { transaction in
          try await transaction.execute("INSERT INTO t VALUES (1)")
          try await transaction.query("SELECT count(*) FROM range(100000000) a, range(100000000) b")
        }
      }
      await lake.gate.untilHeld()
      cancelled.cancel()
      await #expect(throws: CancellationError.self) { try await cancelled.value }
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 0)
      try await lake.transaction(
        CommitMessage(author: "me", text: "two rows", extraInfo: #"{"tarn":1,"job":"j"}"#)
      ) {
        try await $0.execute("INSERT INTO t VALUES (\(1))")
        // Reads of others go on while the transaction has the turn.
        #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 0)
        try await $0.execute("INSERT INTO t VALUES (2)")
      }
      let newest = try await lake.snapshots(limit: 1)[0]
      #expect(newest.author == "me" && newest.message == "two rows")
      let info = try #require(newest.extraInfo)
      #expect(try /\{"commit":"[0-9a-f-]{36}","job":"j","tarn":1\}/.wholeMatch(in: info) != nil, "\(info)")
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 2)
    }
  }

  @Test func aReadOnlyTransactionChangesNothing() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INT)")
      let session = try await lake.engine.session()
      try await session.run("BEGIN TRANSACTION READ ONLY")
      let error = await lakeError { try await session.run("INSERT INTO t VALUES (1)") }
      #expect(error != nil)
      await session.close()
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar() == 0)
    }
  }

  @Test func oneSessionOfManyTasksKeepsItsOrder() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INT)")
      let session = try await lake.engine.session()
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<30 {
          group.addTask {
            switch number % 3 {
            case 0: _ = try? await session.run("BEGIN")
            case 1: _ = try? await session.run("INSERT INTO t VALUES (1)")
            default: _ = try? await session.run("COMMIT")
            }
          }
        }
      }
      await session.rollback()
      // Whatever came of it: the turn is free, and the session works.
      try await lake.execute("INSERT INTO t VALUES (1)")
      try await session.run("INSERT INTO t VALUES (1)")
      await session.close()
    }
  }
}
