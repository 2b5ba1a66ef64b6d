import DuckDB
import Foundation
import SQLText
import TestKit
import Testing

@testable import Lake

@Suite struct StagedWriteTests {
  private static let rows = 200_000

  /// While somebody else has the turn, a large write makes its files; the turn is only needed to register them.
  @Test(arguments: TestLakes.Kind.installed)
  func filesAreMadeBeforeTheTurn(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t (a BIGINT NOT NULL, b VARCHAR, c DECIMAL(10, 2), d DATE)")
      try await lake.gate.takeTurn()
      let session = try await lake.engine.session()
      let writing = Task {
        try await session.run(
          "INSERT INTO t BY NAME SELECT 'x' || range AS b, range AS a, range / 4 AS c FROM range(\(Self.rows))"
        )
      }
      await lake.gate.untilWritersWait(1)
      let made = try await lake.engine.connect()
      let glob =
        "SELECT count(*) FROM glob(\(SQLLiteral.string(lake.configuration.storage.dataPath + "main/t/*.parquet")))"
      #expect(try await made.query(glob, parameters: .none).scalar()?.integer == 1)
      await made.close()
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar(Int.self) == 0)
      await lake.gate.endTurn()
      let result = try await writing.value
      #expect(result.changedRows == Self.rows && result.returns == .changedRows)
      let sums = try await lake.query("SELECT sum(a)::BIGINT, sum(c)::VARCHAR, count(b), count(d) FROM t")
        .result()[0]
      let n = Int64(Self.rows)
      #expect(sums[0].integer == n * (n - 1) / 2)
      #expect(sums[1].text == "4999975000.00")
      #expect(sums[2].integer == n && sums[3].integer == 0)
      await session.close()
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func whatIsRegisteredIsATableLikeAnyOther(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      let session = try await lake.engine.session()
      try await session.run(
        "CREATE OR REPLACE TABLE big AS SELECT range AS a, 'v' || (range % 10) AS b FROM range(\(Self.rows))")
      #expect(try await lake.files(of: "big").count == 1)
      try await session.run("DELETE FROM big WHERE a % 2 = 0")
      try await session.run("UPDATE big SET b = 'w' WHERE a < 100")
      try await session.run(
        "ALTER TABLE big RENAME COLUMN b TO c; ALTER TABLE big ADD COLUMN d INTEGER DEFAULT 7")
      try await session.run("INSERT INTO big (c, a) SELECT 'z', range FROM range(\(Self.rows))")
      try await lake.runTrusted(
        "CALL ducklake_merge_adjacent_files('dl'); CALL ducklake_rewrite_data_files('dl')")
      let row = try await lake.query(
        "SELECT count(*), count(*) FILTER (c = 'w'), count(*) FILTER (c = 'z'), sum(d)::BIGINT FROM big"
      ).result()[0]
      let half = Int64(Self.rows / 2)
      #expect(row[0].integer == half * 3 && row[1].integer == 50 && row[2].integer == half * 2)
      // The default is worked out by DuckLake: rows that were there before the column have it, too.
      #expect(row[3].integer == half * 3 * 7)
      await session.close()
    }
  }

  /// What was read has changed between the making of the files and the turn: they are not used.
  @Test(arguments: ["source", "seen"])
  func aChangeBetweenMakingAndTurnIsSeen(source: String) async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a BIGINT)")
      try await lake.execute("CREATE TABLE source AS SELECT 1 AS k")
      try await lake.execute("CREATE VIEW seen AS FROM source")
      let writer = try await lake.engine.session()
      try await writer.begin()
      try await writer.run("UPDATE source SET k = 2")
      let session = try await lake.engine.session()
      let writing = Task {
        try await session.run("INSERT INTO t SELECT range * k FROM \(source), range(\(Self.rows))")
      }
      await lake.gate.untilWritersWait(1)
      try await writer.commit()
      _ = try await writing.value
      let n = Int64(Self.rows)
      #expect(try await lake.query("SELECT sum(a)::BIGINT FROM t").fetchOneScalar(Int64.self) == n * (n - 1))
      // What was made of the old rows is gone.
      #expect(try await lake.files(of: "t").count == 1)
      let folder = lake.configuration.storage.dataPath + "main/t"
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
      await session.close()
      await writer.close()
    }
  }

  @Test(arguments: [
    (
      "INSERT INTO t SELECT CASE WHEN range = 150000 THEN NULL ELSE range END, 'x' FROM range(200000)",
      "NOT NULL constraint failed: t.a"
    ),
    ("INSERT INTO t SELECT 'v' || range, 'x' FROM range(200000)", "Could not convert string 'v0' to INT64"),
    ("INSERT INTO t SELECT range FROM range(200000)", "table t has 2 columns but 1 values were supplied"),
    ("INSERT INTO nope SELECT range FROM range(200000)", "Table with name nope does not exist"),
    ("CREATE TABLE t AS SELECT range FROM range(200000)", "already exists"),
  ])
  func failuresAreToldAndLeaveNothing(sql: String, message: String) async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a BIGINT NOT NULL, b VARCHAR)")
      let session = try await lake.engine.session()
      let error = await #expect(throws: LakeError.self) { try await session.run(sql) }
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
      #expect(try await lake.query("SELECT count(*) FROM t").fetchOneScalar(Int.self) == 0)
      let files = FileManager.default.enumerator(atPath: lake.configuration.storage.dataPath)?.compactMap {
        $0 as? String
      }
      #expect(files?.filter { $0.hasSuffix(".parquet") } == [])
      await session.close()
    }
  }

  /// Tables whose files only DuckLake can make get their rows from staged ones.
  @Test func partitionedTablesAreWrittenByDuckLake() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a BIGINT, p INTEGER, h HUGEINT DEFAULT 5)")
      try await lake.execute("ALTER TABLE t SET PARTITIONED BY (p)")
      let session = try await lake.engine.session()
      try await session.run("INSERT INTO t SELECT range, range % 3, range FROM range(\(Self.rows))")
      #expect(try await lake.files(of: "t").count == 3)
      #expect(
        try await lake.query("SELECT sum(h)::BIGINT FROM t").fetchOneScalar(Int64.self) == 19_999_900_000)
      let files = FileManager.default.enumerator(atPath: lake.configuration.storage.dataPath)?.compactMap {
        $0 as? String
      }
      #expect(files?.filter { $0.hasSuffix(".parquet") }.count == 3)
      await session.close()
    }
  }

  @Test(arguments: [
    ("INSERT INTO s.t (a, \"B c\") SELECT 1, 2", true), ("insert into t from x", true),
    ("INSERT INTO t (SELECT 1)", true),
    ("INSERT INTO t WITH q AS (SELECT 1) FROM q", true), ("CREATE OR REPLACE TABLE dl.s.t AS FROM x", true),
    ("INSERT INTO t VALUES (1)", false), ("INSERT INTO t DEFAULT VALUES", false),
    ("CREATE TABLE t (a INT)", false),
    ("CREATE TEMP TABLE t AS SELECT 1", false), ("CREATE TABLE IF NOT EXISTS t AS SELECT 1", false),
    ("CREATE VIEW v AS SELECT 1", false), ("INSERT INTO t SELECT 1 RETURNING a", false),
    ("DELETE FROM t", false),
    ("CREATE TABLE t AS SELECT 1 WITH NO DATA", false),
    ("INSERT INTO t SELECT 1 ON CONFLICT DO NOTHING", false),
  ])
  func statementsThatCanBeStaged(sql: String, can: Bool) throws {
    #expect((StageableStatement(try SQLStatements.split(sql)[0]) != nil) == can)
  }
}
