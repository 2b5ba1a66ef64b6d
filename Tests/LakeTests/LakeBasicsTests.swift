import DuckDB
import Lake
import LakeSettings
import SQLText
import TestKit
import Testing

@Suite struct LakeBasicsTests {
  @Test(arguments: ["sqlite", "duckdb"])
  func writesAndReads(catalog: String) async throws {
    try await TestLakes.withLake(catalog: catalog) { lake, _ in
      try await lake.execute("CREATE TABLE friend (id BIGINT, name VARCHAR)")
      let name = "O'Hara; DROP TABLE friend"
      #expect(try await lake.execute("INSERT INTO friend VALUES (\(1), \(name)), (\(2), NULL)") == 2)
      let result = try await lake.query("SELECT * FROM friend WHERE id = \(1)").result()
      #expect(result.rowCount == 1)
      #expect(result[0][1] == .varchar(name))
      let snapshots = try await lake.snapshots()
      #expect(snapshots.map(\.id) == [2, 1, 0])
      let tables = try await lake.tables()
      #expect(tables.map(\.name) == ["friend"])
      #expect(tables[0].rows == 2)
      let versions = try await lake.tableVersions()
      #expect(versions.current == 2)
      #expect(versions.lastChange["main.friend"] == 2)
    }
  }

  @Test func readersSeeEachCommit() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE counter AS SELECT 0 AS n")
      for expected in 1...20 {
        try await lake.execute("UPDATE counter SET n = n + 1")
        let found = try await lake.query("SELECT n FROM counter").result()[0][0]
        #expect(found == .integer(Int32(expected)))
      }
    }
  }
}
