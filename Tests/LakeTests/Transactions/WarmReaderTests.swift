import DuckDB
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// Queries of sessions that need nothing of their own run on the lake's warm readers.
@Suite struct WarmReaderTests {
  private static func statement(_ text: String) throws -> SQLStatement { try SQLStatements.split(text)[0] }

  private func value(_ text: String, _ session: EngineSession) async throws -> Value? {
    try await session.run(try Self.statement(text)).scalar()
  }

  @Test(arguments: ["sqlite", "duckdb"])
  func aSessionHasAConnectionOnceItNeedsOne(catalog: String) async throws {
    try await TestLakes.withLake(catalog: catalog) { lake, _ async throws in
      try await lake.execute("CREATE TABLE t AS SELECT 7 AS n")
      try await lake.engine.withSession { session async throws in
        #expect(try await value("SELECT n::BIGINT FROM t", session) == .bigInt(7))
        #expect(
          try await value("SELECT count(*) FROM t WHERE now() > DATE '2000-01-01'", session) == .bigInt(1))
        #expect(await session.isUntouched)
        _ = try await session.run(try Self.statement("CREATE TEMP TABLE mine AS SELECT 8 AS n"))
        #expect(await !session.isUntouched)
        #expect(try await value("SELECT m.n + t.n FROM mine m, t", session) == .integer(15))
        _ = try await session.run(try Self.statement("SET VARIABLE v = 3"))
        #expect(try await value("SELECT getvariable('v')", session) == .integer(3))
        #expect(
          try await value("SELECT count(*) FROM duckdb_tables() WHERE temporary", session) == .bigInt(1))
      }
      // What it had of its own is nobody's.
      try await lake.engine.withSession { session async throws in
        await #expect(throws: LakeError.self) { try await value("FROM mine", session) }
        #expect(try await value("SELECT getvariable('v') IS NULL", session) == .boolean(true))
      }
    }
  }

  @Test func whatASessionHasWrittenItSees() async throws {
    try await TestLakes.withLake(catalog: "sqlite") { lake, _ async throws in
      try await lake.execute("CREATE TABLE t (n BIGINT)")
      try await lake.engine.withSession { session async throws in
        for n in 1...3 {
          #expect(try await value("SELECT count(*) FROM t", session) == .bigInt(Int64(n - 1)))
          _ = try await session.run(try Self.statement("INSERT INTO t VALUES (\(n))"))
          #expect(try await value("SELECT count(*) FROM t", session) == .bigInt(Int64(n)))
          // So do those that have only read until now.
          let newest = try await lake.engine.withSession { try await value("SELECT max(n) FROM t", $0) }
          #expect(newest == .bigInt(Int64(n)))
        }
      }
    }
  }

  /// A seed is a connection's; what one script says of it must not tell another's numbers.
  @Test(arguments: ["SELECT setseed(0.42)", "SELECT seeded()", "SELECT setseed(0.42), error('no')"])
  func seedsEndWithTheirSession(seeding: String) async throws {
    try await TestLakes.withLake(catalog: "sqlite") { lake, _ async throws in
      try await lake.execute("CREATE MACRO seeded() AS setseed(0.42)")
      var numbers: [Value] = []
      for _ in 0..<3 {
        _ = try? await lake.engine.withSession { try await value(seeding, $0) }
        numbers.append(
          try #require(try await lake.engine.withSession { try await value("SELECT random()", $0) }))
      }
      #expect(Set(numbers.map { "\($0)" }).count == 3, "\(numbers)")
    }
  }

  @Test(arguments: ["SELECT setseed(0.42)", "SELECT seeded()"])
  func seedsHoldInTheirSession(seeding: String) async throws {
    try await TestLakes.withLake(catalog: "sqlite") { lake, _ async throws in
      try await lake.execute("CREATE MACRO seeded() AS setseed(0.42)")
      var numbers: Set<String> = []
      for _ in 0..<3 {
        try await lake.engine.withSession { session in
          _ = try await value(seeding, session)
          numbers.insert("\(try await value("SELECT random()", session) ?? .null)")
        }
      }
      #expect(numbers.count == 1)
      // Queries without a session have no seed but their own.
      for _ in 0..<3 {
        _ = try await lake.query("SELECT setseed(0.42)").result()
        numbers.insert("\(try await lake.query("SELECT random()").result().scalar() ?? .null)")
      }
      #expect(numbers.count == 4)
    }
  }

  @Test func theLimitOfASessionHolds() async throws {
    try await TestLakes.withLake(catalog: "sqlite") { lake, _ async throws in
      try await lake.engine.withSession { session async throws in
        await session.setTimeout(.milliseconds(50))
        let failure = await #expect(throws: LakeError.self) {
          try await value("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b", session)
        }
        #expect(failure?.code == .timeout)
        await session.setTimeout(nil)
        #expect(try await value("SELECT 1", session) == .integer(1))
      }
    }
  }

  /// Whoever hands rows to others that read, too, does not wait for them: more streams than the lake has readers.
  @Test func streamsDoNotKeepEachOtherWaiting() async throws {
    try await TestLakes.withLake(catalog: "sqlite") { lake, _ async throws in
      let open = Shared(0)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            try await lake.engine.withSession { session async throws in
              _ = try await session.stream(try Self.statement("SELECT 1"), header: { _ in }) { _ in
                open.change { $0 += 1 }
                try await eventually("all streams are open") { open.value == 20 }
                #expect(try await lake.engine.withSession { try await value("SELECT 2", $0) } == .integer(2))
              }
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
