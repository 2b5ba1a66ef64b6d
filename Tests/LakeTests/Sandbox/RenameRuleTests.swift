import DuckDB
import TestKit
import Testing

@testable import Lake

@Suite struct RenameRuleTests {
  @Test(arguments: [
    "BEGIN; ALTER TABLE t ADD COLUMN b INTEGER; ALTER TABLE t RENAME TO u; COMMIT",
    "BEGIN; COMMENT ON TABLE t IS 'x'; ALTER TABLE dl.t RENAME TO u; COMMIT",
    "BEGIN; COMMENT ON COLUMN t.a IS 'x'; ALTER TABLE main.t RENAME TO u; COMMIT",
  ])
  func aChangedTableIsNotRenamedInTheSameTransaction(script: String) async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      let session = try await lake.engine.session()
      let error = await #expect(throws: LakeError.self) { try await session.run(script) }
      #expect(error?.code == .refused)
      await session.close()
      #expect(try await lake.query("SELECT a FROM t").fetchOneScalar(Int.self) == 1)
    }
  }

  @Test func theOtherWayRoundIsFine() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      let session = try await lake.engine.session()
      try await session.run("BEGIN; ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN a TO c; COMMIT")
      try await session.run("ALTER TABLE u ADD COLUMN b INTEGER; ALTER TABLE u RENAME TO v")
      await session.close()
      #expect(try await lake.query("SELECT c FROM v").fetchOneScalar(Int.self) == 1)
    }
  }
}
