import DuckDB
import TestKit
import Testing

@testable import Lake

@Suite struct OwnTableTests {
  private static let notes = OwnTable(
    name: "tarn_test_notes", columns: "name VARCHAR NOT NULL, number BIGINT")

  @Test(arguments: TestLakes.Kind.installed) func livesBesideTheCatalog(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      #expect(try await lake.readOwn(Self.notes) { "SELECT name FROM \($0)" } == nil)
      try await lake.changeOwn(Self.notes) {
        ["INSERT INTO \($0) VALUES ('it''s', 7)", "INSERT INTO \($0) VALUES ('b', 8)"]
      }
      try await lake.changeOwn(Self.notes) { ["DELETE FROM \($0) WHERE number = 8"] }
      let rows = try await lake.readOwn(Self.notes) { "SELECT name, number FROM \($0)" }
      #expect(rows?.rows.map { $0[0].text } == ["it's"])
      #expect(rows?.rows.map { $0[1].integer } == [7])
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      #expect(try await lake.query("SELECT a FROM t").fetchOneScalar(Int.self) == 1)
      #expect(try await lake.tables().map(\.name) == ["t"])
    }
  }

  @Test(arguments: TestLakes.Kind.installed) func allStatementsOrNone(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      await #expect(throws: LakeError.self) {
        try await lake.changeOwn(Self.notes) {
          ["INSERT INTO \($0) VALUES ('a', 1)", "INSERT INTO \($0) VALUES (NULL, 2)"]
        }
      }
      try await lake.changeOwn(Self.notes) { ["INSERT INTO \($0) VALUES ('c', 3)"] }
      #expect(
        try await lake.readOwn(Self.notes) { "SELECT name FROM \($0)" }?.rows.map { $0[0].text } == ["c"])
    }
  }
}
