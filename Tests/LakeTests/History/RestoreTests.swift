import TestKit
import Testing

@testable import Lake

@Suite struct RestoreTests {
  static let kinds = [TestLakes.Kind.sqlite, .duckdb, .postgresql].filter(TestLakes.Kind.installed.contains)

  private func run(_ lake: Lake, _ statements: String...) async throws {
    for statement in statements { try await lake.execute("\(raw: statement)") }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func onlyWhatDiffersIsWritten(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await run(
        lake, "CREATE TABLE t (id BIGINT, name VARCHAR)",
        "INSERT INTO t SELECT range, 'n' || range FROM range(5000)",
        "INSERT INTO t VALUES (9000, 'inlined'), (9001, NULL)")
      let before = try await lake.currentSnapshot()
      let then = try await LakePicture(lake)
      let files = try await lake.files(of: "t").map(\.path)
      try await run(
        lake, "DELETE FROM t WHERE id BETWEEN 10 AND 29", "UPDATE t SET name = 'wrong' WHERE id < 5",
        "UPDATE t SET name = 'wrong' WHERE id = 9001",
        "INSERT INTO t SELECT range, 'more' FROM range(20000, 20300)")
      let mistaken = try await lake.currentSnapshot()
      let wrong = try await LakePicture(lake)

      let report = try await lake.restore(to: before, author: "ann")
      #expect(
        report.tables == [
          RestoredTable(schema: "main", table: "t", way: .changed, inserted: 20, deleted: 300, updated: 6)
        ])
      #expect(report.snapshot == mistaken + 1 && report.restored == before)
      #expect(try await LakePicture(lake) == then)
      let newest = try await lake.snapshots(limit: 1)[0]
      #expect(newest.id == mistaken + 1 && newest.author == "ann")
      #expect(newest.message == "restore lake to snapshot \(before)")
      let info = try #require(newest.extraInfo)
      #expect(info.contains(#""restore":\#(before),"#) && info.contains(#""tarn":1"#), "\(info)")
      // The large file is still the same one.
      #expect(Set(files).isSubset(of: Set(try await lake.files(of: "t").map(\.path))))

      // Again there is nothing to do; and the restore itself can be undone.
      #expect(try await lake.restore(to: before).snapshot == nil)
      #expect(try await lake.currentSnapshot() == mistaken + 1)
      try await lake.restore(to: mistaken)
      #expect(try await LakePicture(lake) == wrong)
      #expect(try await LakePicture.rows(lake, table: "t", at: before).count == 5002)
    }
  }

  /// Everything of a lake at once: renamed, dropped, made and replaced tables, columns, views, macros, schemas.
  @Test(arguments: kinds) func aWholeLakeComesBack(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await run(
        lake, "CREATE SCHEMA sales",
        "CREATE TABLE a (id INT NOT NULL DEFAULT 7, \"odd \"\"name\" VARCHAR DEFAULT 'it''s', made TIMESTAMP DEFAULT now())",
        "INSERT INTO a SELECT range, 'x' || range, '2026-01-01' FROM range(40)",
        "CREATE TABLE b AS SELECT range AS i, {'f': range, 'g': [range]} AS s, MAP {'k': range} AS m FROM range(30)",
        "CREATE TABLE sales.orders (id BIGINT, day DATE, amount DECIMAL(10, 2))",
        "ALTER TABLE sales.orders SET PARTITIONED BY (year(day), bucket(4, id))",
        "ALTER TABLE sales.orders SET SORTED BY (day DESC, id)",
        "INSERT INTO sales.orders SELECT range, DATE '2025-12-25' + range::INT, range / 4 FROM range(60)",
        "COMMENT ON TABLE a IS 'table a'", "COMMENT ON COLUMN a.id IS 'the number'",
        "CREATE VIEW base AS SELECT id FROM a WHERE id > 10",
        "CREATE VIEW above (n) AS SELECT count(*) FROM base",
        "COMMENT ON VIEW base IS 'view base'",
        "CREATE MACRO plus(x, y := 5) AS x + y", "CREATE MACRO upto(n) AS TABLE SELECT * FROM range(n)",
        "CREATE VIEW counted AS SELECT plus(1) AS p")
      let before = try await lake.currentSnapshot()
      let then = try await LakePicture(lake)
      let state = try await lake.catalogState(at: before)

      try await run(
        lake, "ALTER TABLE a RENAME COLUMN \"odd \"\"name\" TO plain", "ALTER TABLE a ADD COLUMN extra INT",
        "UPDATE a SET extra = 1, plain = 'changed' WHERE id < 4",
        "ALTER TABLE a ALTER COLUMN id DROP NOT NULL",
        "ALTER TABLE a RENAME TO passing", "ALTER TABLE b RENAME TO a", "ALTER TABLE passing RENAME TO b",
        "COMMENT ON TABLE b IS 'renamed'", "DROP VIEW above", "CREATE OR REPLACE VIEW base AS SELECT 1 AS id",
        "CREATE OR REPLACE VIEW counted AS SELECT 0 AS p", "DROP MACRO plus", "CREATE MACRO more(x) AS x",
        "DROP TABLE sales.orders", "DROP SCHEMA sales",
        "CREATE SCHEMA later", "CREATE TABLE later.t AS SELECT 1 AS x", "CREATE VIEW later.v AS SELECT 2 AS x"
      )
      let mistaken = try await lake.currentSnapshot()
      let wrong = try await LakePicture(lake)

      let report = try await lake.restore(to: before)
      #expect(try await LakePicture(lake) == then)
      #expect(report.leftOut.isEmpty)
      #expect(report.snapshot == mistaken + 1)
      let ways = Dictionary(uniqueKeysWithValues: report.tables.map { ("\($0.schema).\($0.table)", $0.way) })
      // NOT NULL cannot be put back on rows, so a is copied; b is only renamed back.
      #expect(ways == ["main.a": .copied, "main.b": .changed, "sales.orders": .copied, "later.t": .dropped])
      let now = try await lake.catalogState(at: mistaken + 1)
      #expect(
        now.tables.map(\.partitioning).compactMap(\.self)
          == state.tables.map(\.partitioning).compactMap(\.self))
      #expect(now.table(.init(schema: "sales", name: "orders"))?.sorting != nil)
      #expect(try await lake.files(of: "orders", schema: "sales").count > 4)
      let difference = try await lake.diff(from: before, to: mistaken + 1)
      #expect(difference.tables.isEmpty)
      #expect(difference.schema.allSatisfy { $0.kind.description == "table replaced" })
      try await run(
        lake, "INSERT INTO a(made) VALUES (NULL)", "INSERT INTO sales.orders VALUES (1, '2027-01-01', 2)")
      try await lake.restore(to: mistaken)
      #expect(try await LakePicture(lake) == wrong)
    }
  }

  @Test(arguments: kinds) func oneTableComesBack(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await run(
        lake, "CREATE TABLE t AS SELECT range AS id, 'n' || range AS name FROM range(100)",
        "CREATE TABLE other AS SELECT 1 AS a")
      try await lake.setOption("target_file_size", to: "100MB", table: "t")
      let before = try await lake.currentSnapshot()
      let then = try await LakePicture.rows(lake, table: "t")
      try await run(
        lake, "ALTER TABLE t DROP COLUMN name", "INSERT INTO other VALUES (2)", "DELETE FROM t WHERE id > 50")
      let report = try await lake.restore(to: before, table: ("main", "T"))
      #expect(report.tables == [RestoredTable(schema: "main", table: "t", way: .copied, inserted: 100)])
      #expect(try await LakePicture.rows(lake, table: "t") == then)
      #expect(try await LakePicture.rows(lake, table: "other").count == 2)
      #expect(
        try await lake.options().contains { $0.name == "target_file_size" && $0.scopeEntry == "main.t" })

      // Replaced by another table of its name, then renamed.
      try await run(lake, "CREATE OR REPLACE TABLE t AS SELECT 'quite another' AS x")
      try await lake.restore(to: before, table: ("main", "t"))
      #expect(try await LakePicture.rows(lake, table: "t") == then)
      let restored = try await lake.currentSnapshot()
      try await run(lake, "ALTER TABLE t RENAME TO moved", "DELETE FROM moved WHERE id < 3")
      try await lake.restore(to: restored, table: ("main", "moved"))
      #expect(try await LakePicture.rows(lake, table: "moved") == then)

      let unknown = await lakeError { try await lake.restore(to: before, table: ("main", "othr")) }
      #expect(
        unknown?.description
          == "lake 'main' has no table 'othr' at snapshot \(before). Did you mean 'other'?")
      try await run(lake, "CREATE VIEW t AS SELECT 1 AS x")
      let view = await lakeError { try await lake.restore(to: before, table: ("main", "t")) }
      #expect(view?.code == .refused)
    }
  }

  /// Values that are equal and not the same (a month and 30 days), and types that compare in their own ways.
  @Test(arguments: kinds) func valuesOfAllTypesComeBack(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await run(
        lake,
        """
        CREATE TABLE t AS SELECT range AS id, INTERVAL '30 days' AS span, '{"a": [1, null]}'::JSON AS json,
          '00000000-0000-0000-0000-000000000001'::UUID AS uuid, 'x\\x00'::BLOB AS blob, 5::HUGEINT AS huge,
          TIMESTAMPTZ '2026-01-01 00:00:00+02' AS moment, 'nan'::DOUBLE AS number, DATE 'infinity' AS day,
          {'a': [INTERVAL '1 day'], 'b': NULL::DECIMAL(20, 4)} AS nested, MAP {'k': [1, 2]} AS map, TIME '12:00' AS clock
        FROM range(20)
        """)
      let before = try await lake.currentSnapshot()
      let then = try await LakePicture(lake)
      try await run(
        lake, "UPDATE t SET span = INTERVAL '1 month' WHERE id = 1",
        "UPDATE t SET nested = {'a': [INTERVAL '24 hours'], 'b': NULL} WHERE id = 2",
        "UPDATE t SET number = NULL WHERE id = 3", "UPDATE t SET map = MAP {'k': [2, 1]} WHERE id = 4",
        "UPDATE t SET blob = 'x'::BLOB, json = '[]' WHERE id = 5", "DELETE FROM t WHERE id IN (7, 8)")
      let diff = try await lake.diff(from: before, to: try await lake.currentSnapshot(), samples: 3)
      #expect(diff.tables.map { [$0.inserted, $0.deleted, $0.updated] } == [[0, 2, 5]])
      let report = try await lake.restore(to: before)
      #expect(report.tables.map(\.way) == [.changed])
      #expect(try await LakePicture(lake) == then)
    }
  }

  @Test func aViewThatCannotBeMadeIsLeftOut() async throws {
    try await TestLakes.withLake { lake, _ in
      try await run(
        lake, "CREATE TABLE t AS SELECT 1 AS a", "CREATE VIEW broken AS SELECT a FROM t",
        "ALTER TABLE t RENAME COLUMN a TO b")
      let before = try await lake.currentSnapshot()
      try await run(lake, "DROP VIEW broken", "INSERT INTO t VALUES (2)")
      let report = try await lake.restore(to: before)
      #expect(report.leftOut.count == 1 && report.leftOut[0].hasPrefix("view main.broken: "), "\(report)")
      #expect(try await LakePicture.rows(lake, table: "t").count == 1)
    }
  }

  @Test(arguments: kinds) func columnsWithNamesOfVirtualOnes(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await run(
        lake, "CREATE TABLE s AS SELECT range AS snapshot_id, 0 AS v FROM range(50)",
        "CREATE TABLE n AS SELECT 7 AS rowid, range AS v FROM range(50)")
      let before = try await lake.currentSnapshot()
      let then = try await LakePicture(lake)
      try await run(
        lake, "UPDATE s SET v = 1 WHERE snapshot_id = 3", "DELETE FROM s WHERE snapshot_id = 4",
        "DELETE FROM n WHERE v < 10")
      let diff = try await lake.diff(from: before, to: try await lake.currentSnapshot())
      #expect(diff.tables.map { [$0.inserted, $0.deleted, $0.updated] } == [[0, 10, 0], [0, 1, 1]])
      try await lake.restore(to: before)
      #expect(try await LakePicture(lake) == then)
    }
  }

  @Test(arguments: kinds) func aDroppedTableComesBack(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await run(
        lake, "CREATE SCHEMA sales", "CREATE TABLE sales.orders (id INT NOT NULL, day DATE)",
        "ALTER TABLE sales.orders SET PARTITIONED BY (month(day))",
        "INSERT INTO sales.orders SELECT range, DATE '2026-01-01' + range::INT FROM range(90)",
        "DELETE FROM sales.orders WHERE id = 5", "COMMENT ON COLUMN sales.orders.day IS 'when'",
        "INSERT INTO sales.orders VALUES (1000, NULL)")
      let then = try await LakePicture(lake)
      try await run(lake, "DROP TABLE sales.orders", "CREATE TABLE orderly AS SELECT 1 AS a")
      let mistyped = await lakeError { try await lake.undrop("ordes", schema: "sales") }
      #expect(mistyped?.description.hasSuffix("Did you mean 'sales.orders'?") == true, "\(mistyped as Any)")
      let present = await lakeError { try await lake.undrop("orderly") }
      #expect(present?.code == .refused)
      try await run(lake, "DROP TABLE orderly")

      let report = try await lake.undrop("orders", schema: "sales")
      #expect(report.tables.map(\.inserted) == [90])
      #expect(try await LakePicture(lake) == then)
      #expect(
        try await lake.snapshots(limit: 1)[0].message?.hasPrefix("undrop table sales.orders as of") == true)
      // Of two tables of a name the last one comes back, with its schema.
      try await run(
        lake, "DROP TABLE sales.orders", "CREATE TABLE sales.orders AS SELECT 42 AS answer",
        "DROP TABLE sales.orders", "DROP SCHEMA sales")
      try await lake.undrop("orders", schema: "sales")
      #expect(try await LakePicture.rows(lake, table: "orders", schema: "sales") == ["{'answer': 42}"])

      try await run(lake, "DROP TABLE sales.orders", "CREATE TABLE last AS SELECT 1 AS a")
      try await lake.runTrusted("CALL ducklake_expire_snapshots('dl', older_than => now() + INTERVAL 1 HOUR)")
      let expired = await lakeError { try await lake.undrop("orders", schema: "sales") }
      #expect(expired?.code == .notFound && expired?.message.contains("expired") == true)
    }
  }
}
