import TestKit
import Testing

@testable import Lake

@Suite struct LakeDiffTests {
  private static let kinds = [TestLakes.Kind.sqlite, .duckdb, .postgresql].filter(
    TestLakes.Kind.installed.contains)

  /// Inserted, deleted and updated rows of each table.
  private func counts(_ diff: LakeDiff) -> [String: [Int64]] {
    Dictionary(uniqueKeysWithValues: diff.tables.map { ($0.table, [$0.inserted, $0.deleted, $0.updated]) })
  }

  @Test(arguments: kinds) func countsRowsAndShowsSome(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
      try await lake.execute("INSERT INTO t SELECT range, 'n' || range FROM range(1000)")
      try await lake.execute("CREATE TABLE still AS SELECT 1 AS a")
      let before = try await lake.currentSnapshot()
      try await lake.execute("DELETE FROM t WHERE id >= 990")
      try await lake.execute("UPDATE t SET name = 'x' WHERE id < 5")
      try await lake.execute("INSERT INTO t VALUES (5000, 'new'), (5001, 'gone again')")
      try await lake.execute("DELETE FROM t WHERE id = 5001")
      // There and back is no difference.
      try await lake.execute("UPDATE t SET name = 'y' WHERE id = 100")
      try await lake.execute("UPDATE t SET name = 'n100' WHERE id = 100")
      let after = try await lake.currentSnapshot()

      let diff = try await lake.diff(from: before, to: after, samples: 2)
      #expect(counts(diff) == ["t": [1, 10, 5]])
      #expect(diff.schema.isEmpty)
      let samples = diff.tables[0].samples
      #expect(samples.count == 5)
      #expect(
        samples.contains(RowSample(before: nil, after: ["id": .integer(5000), "name": .text("new")])))
      #expect(
        samples.contains(
          RowSample(
            before: ["id": .integer(0), "name": .text("n0")], after: ["id": .integer(0), "name": .text("x")]))
      )
      #expect(
        samples.contains(RowSample(before: ["id": .integer(990), "name": .text("n990")], after: nil)))

      let reversed = try await lake.diff(from: after, to: before, samples: 1)
      #expect(counts(reversed) == ["t": [10, 1, 5]])
      #expect(reversed.from == after && reversed.to == before)
      #expect(
        reversed.tables[0].samples.contains(
          RowSample(
            before: ["id": .integer(0), "name": .text("x")], after: ["id": .integer(0), "name": .text("n0")]))
      )
      #expect(try await lake.diff(from: after, to: after).tables.isEmpty)
      #expect(counts(try await lake.diff(from: before, to: after, table: ("main", "still"))).isEmpty)
      let error = await lakeError { try await lake.diff(from: before, to: after, table: ("main", "stil")) }
      #expect(error?.description.hasSuffix("Did you mean 'still'?") == true)
    }
  }

  @Test(arguments: kinds) func compactionIsNoDifference(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT range AS id, 0 AS n FROM range(200)")
      for part in 0..<4 {
        try await lake.execute("INSERT INTO t SELECT range + 1000, \(part) FROM range(20)")
      }
      try await lake.execute("INSERT INTO t VALUES (1, 1), (2, 2)")
      try await lake.execute("DELETE FROM t WHERE id < 50")
      let before = try await lake.currentSnapshot()
      try await lake.runTrusted("CALL ducklake_flush_inlined_data('dl')")
      try await lake.runTrusted("CALL ducklake_rewrite_data_files('dl', delete_threshold => 0.0)")
      try await lake.runTrusted("CALL ducklake_merge_adjacent_files('dl')")
      let compacted = try await lake.currentSnapshot()
      #expect(compacted > before)
      #expect(
        try await lake.diff(from: before, to: compacted)
          == LakeDiff(from: before, to: compacted, schema: [], tables: []))
      try await lake.execute("UPDATE t SET n = 9 WHERE id = 60")
      let diff = try await lake.diff(from: before, to: try await lake.currentSnapshot())
      #expect(counts(diff) == ["t": [0, 0, 1]])
      let all = try await lake.diff(from: 1, to: try await lake.currentSnapshot())
      #expect(counts(all) == ["t": [80, 50, 1]])
    }
  }

  @Test(arguments: kinds) func renamesAreRenames(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (id INT, name VARCHAR, old INT)")
      try await lake.execute("INSERT INTO t SELECT range, 'n', 1 FROM range(50)")
      try await lake.execute("CREATE TABLE going AS SELECT 1 AS a FROM range(7)")
      try await lake.execute("CREATE TABLE replaced AS SELECT range AS a FROM range(10)")
      try await lake.execute("CREATE VIEW v AS SELECT 1 AS a")
      let before = try await lake.currentSnapshot()
      for statement in [
        "ALTER TABLE t RENAME COLUMN name TO title", "ALTER TABLE t DROP COLUMN old",
        "ALTER TABLE t ADD COLUMN extra INT DEFAULT 3", "ALTER TABLE t ALTER COLUMN id SET DATA TYPE BIGINT",
        "ALTER TABLE t RENAME TO renamed", "UPDATE renamed SET title = 'm' WHERE id = 1", "DROP TABLE going",
        "CREATE TABLE coming AS SELECT 1 AS a FROM range(3)",
        "CREATE OR REPLACE TABLE replaced AS SELECT range AS a FROM range(2, 13)", "CREATE SCHEMA more",
        "CREATE OR REPLACE VIEW v AS SELECT 2 AS a", "CREATE MACRO twice(x) AS x * 2",
        "COMMENT ON TABLE renamed IS 'new name'",
      ] {
        try await lake.execute("\(raw: statement)")
      }
      let after = try await lake.currentSnapshot()
      let diff = try await lake.diff(from: before, to: after)
      #expect(
        counts(diff) == [
          "renamed": [0, 0, 1], "going": [0, 7, 0], "coming": [3, 0, 0], "replaced": [3, 2, 0],
        ])
      let lines = diff.schema.map { "\($0.kind) \($0.object) \($0.before ?? "-") \($0.after ?? "-")" }
      #expect(
        Set(lines) == [
          "schema created more - -", "table created main.coming - -", "table dropped main.going - -",
          "table replaced main.replaced - -", "table renamed main.renamed main.t main.renamed",
          "column dropped main.renamed.old INTEGER -", "column added main.renamed.extra - INTEGER",
          "column renamed main.renamed.title name title", "column retyped main.renamed.id INTEGER BIGINT",
          "comment changed main.renamed - new name", "view changed main.v SELECT 1 AS a SELECT 2 AS a",
          "macro created main.twice - -",
        ])
      let back = try await lake.diff(from: after, to: before, table: ("main", "t"))
      #expect(
        Set(back.schema.map { "\($0.kind) \($0.before ?? "-") \($0.after ?? "-")" }) == [
          "table renamed main.renamed main.t", "column added - INTEGER", "column dropped INTEGER -",
          "column renamed title name", "column retyped BIGINT INTEGER", "comment changed new name -",
        ])
    }
  }
}
