import SQLText
import TestKit
import Testing

@testable import Lake

/// What DuckLake has cached of a lake's tables is kept for the next writer while the tables stay as they are, and not
/// a write longer.
@Suite struct CachePinTests {
  @Test func rowsKeepIt() async throws {
    try await withTable { lake in
      // Nobody writes for longer than it is kept: on a busy machine that may happen between two lines, too.
      var kept = false
      for _ in 0..<20 where !kept {
        try await lake.execute("INSERT INTO t VALUES (1)")
        kept = try await isKept(lake)
      }
      #expect(kept)
    }
  }

  @Test(arguments: ["CREATE TABLE other (a INTEGER)", "ALTER TABLE t ADD COLUMN b INTEGER", "DROP TABLE t"])
  func changedTablesEndIt(_ statement: String) async throws {
    try await withTable { lake in
      try await lake.execute("INSERT INTO t VALUES (1)")
      try await lake.execute(SQL(raw: statement))
      #expect(try await !isKept(lake))
    }
  }

  @Test func changedTablesInATransactionEndIt() async throws {
    try await withTable { lake in
      try await lake.transaction { transaction in
        try await transaction.execute("INSERT INTO t VALUES (1)")
        try await transaction.execute("CREATE TABLE other (a INTEGER)")
        try await transaction.execute("INSERT INTO other VALUES (1)")
      }
      #expect(try await !isKept(lake))
    }
  }

  @Test(arguments: [true, false]) func whatProgramsOfOursChangeEndsIt(_ changesTables: Bool) async throws {
    try await withTable { lake in
      let name = lake.sqlName
      var kept = false
      for number in 0..<20 where !kept {
        let session = try await lake.ownSession()
        try await session.begin()
        if changesTables {
          _ = try await session.write(
            "CREATE TABLE \(name).main.own\(number) (a INTEGER)", to: nil, changesDefinitions: true)
        }
        _ = try await session.write("INSERT INTO \(name).main.t VALUES (1)", to: ["main", "t"])
        try await session.commit()
        await session.close()
        kept = try await isKept(lake)
      }
      #expect(kept == !changesTables)
    }
  }

  private func withTable(_ body: (Lake) async throws -> Void) async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INTEGER)")
      try await body(lake)
    }
  }

  /// Whether the next writer would find it.
  private func isKept(_ lake: Lake) async throws -> Bool {
    let tenure = try await lake.gate.takeTurn().tenure
    let isKept = await lake.pin.holdKept(tenure: tenure)
    if isKept { await lake.pin.letGo(keeping: true) }
    await lake.gate.endTurn()
    return isKept
  }
}
