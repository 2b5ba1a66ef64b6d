import Grants
import Lake
import LakeSettings
import TestKit
import Testing

/// What a member with grants may and may not do: each statement by hand, allowed or denied.
@Suite struct RightsTests {
  private static let reader = ["select open1", "select open2", "select sales.open3", "select open_view"]

  /// Statements that read granted tables only, in every place where a table can stand.
  private static let allowed = [
    "FROM open1", "SELECT * FROM dl.main.open1", "FROM dl.open1", "FROM main.open1", "TABLE open1",
    #"SELECT * FROM "OPEN1""#, "FROM sales.open3", "SELECT count(*) FROM open1", "SELECT 1",
    "WITH shut1 AS (SELECT * FROM open1) SELECT * FROM shut1",
    "SELECT (SELECT max(n) FROM open1) + (SELECT max(n) FROM open2)",
    "SELECT * FROM open1 o, LATERAL (SELECT * FROM open2 p WHERE p.id = o.id)",
    "FROM open_view", "SELECT open_macro(), plus_one(1)", "FROM open1 UNION ALL FROM open2",
    "SELECT shut1.n FROM open1 AS shut1", "SELECT n AS shut2 FROM open1", "SELECT 'shut1' FROM open1",
    "DESCRIBE open1", "SUMMARIZE open1", "SHOW open1", "EXPLAIN FROM open1", "EXPLAIN ANALYZE FROM open1",
    "FROM dl.table_changes('open1', 1, 2)", "FROM ducklake_table_changes('dl', 'main', 'open1', 1, 2)",
    "FROM range(3)", "FROM unnest([1, 2])", "PIVOT open1 ON n IN (10) USING count(*)", "UNPIVOT open1 ON n",
    "CREATE TEMP TABLE t AS FROM open1; FROM t; INSERT INTO t FROM open2; DROP TABLE t",
    "CREATE TEMP TABLE shut1 AS SELECT 1 AS mine; FROM shut1; FROM main.shut1",
    "SET VARIABLE x = (SELECT max(n) FROM open1)", "SELECT extract(year FROM DATE '2020-01-01')",
    "SELECT 1 IS DISTINCT FROM 2", "COPY (FROM open1) TO 'files/a.parquet'; FROM 'files/a.parquet'",
    "COPY open1 TO 'files/b.csv'; FROM read_csv('files/b.csv')",
    "BEGIN; FROM open1; COMMIT", "BEGIN TRANSACTION READ ONLY; FROM open1; ROLLBACK",
    "ATTACH 'ducklake://main' AS x; FROM x.main.open1", "ATTACH 'ducklake://other' AS o; FROM o.main.far",
    "USE dl.sales; FROM open3", "PRAGMA version",
    "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 3) FROM r",
    "FROM open1 AT (VERSION => 5)", "FROM open1 POSITIONAL JOIN open2", "FROM open1 TABLESAMPLE 10%",
    "SELECT * FROM json_each('{\"a\": 1}')", "FROM ducklake_current_snapshot('dl')",
  ]

  private static let denied = [
    "FROM shut1", "SELECT 1 FROM dl.main.shut1 WHERE false", "SELECT count(*) FROM shut1", #"FROM "SHUT1""#,
    "FROM sales.shut3", "FROM sales.open1", "USE dl.sales; FROM open1", "FROM dl.sales.open1",
    "WITH x AS (FROM shut1) SELECT 1", "WITH shut1 AS (FROM shut1) FROM shut1",
    "WITH a AS (WITH b AS (FROM shut1) FROM b) FROM a",
    "SELECT (SELECT max(n) FROM shut1)", "SELECT * FROM open1 WHERE id IN (SELECT id FROM shut1)",
    "SELECT * FROM open1, LATERAL (FROM shut1)", "FROM open1 UNION ALL FROM shut1",
    "FROM open1 EXCEPT FROM shut1",
    "FROM open1 SEMI JOIN shut1 USING (id)", "FROM open1 POSITIONAL JOIN shut1",
    "FROM open1 ASOF JOIN shut1 ON open1.id >= shut1.id",
    "SELECT EXISTS (FROM shut1)", "SELECT [x.n FOR x IN (SELECT list(s) FROM shut1 s)]",
    "SELECT ARRAY(SELECT n FROM shut1)",
    "FROM shut_view", "FROM deep_view", "SELECT shut_macro()", "FROM shut_rows()",
    "SELECT plus_one(shut_macro())",
    "FROM shut1 AT (VERSION => 4)", "FROM shut1 AT (TIMESTAMP => now())", "FROM shut_view AT (VERSION => 12)",
    "DESCRIBE shut1", "SUMMARIZE shut1", "SHOW shut1", "DESCRIBE SELECT * FROM shut1",
    "FROM (DESCRIBE shut1)",
    "FROM dl.table_changes('shut1', 1, 3)", "FROM table_insertions('shut1', 1, 3)",
    "FROM dl.sales.table_deletions('shut3', 1, 5)",
    "FROM ducklake_table_changes('dl', 'main', 'shut1', 1, 3)", "FROM ducklake_list_files('dl', 'shut1')",
    "FROM dl.table_changes('sh' || 'ut1', 1, 3)",
    "FROM dl.snapshots()", "FROM ducklake_snapshots('dl')", "FROM dl.table_info()",
    "FROM ducklake_table_info('dl')",
    "SHOW TABLES", "SHOW ALL TABLES", "SHOW TABLES FROM dl.sales", "DESCRIBE", "FROM duckdb_tables()",
    "FROM duckdb_tables", "FROM duckdb_columns()",
    "FROM information_schema.tables", "FROM system.information_schema.columns", "FROM pg_catalog.pg_class",
    "FROM sqlite_master",
    "PRAGMA show_tables", "PRAGMA table_info('shut1')", "FROM pragma_table_info('shut1')",
    "CALL pragma_table_info('shut1')",
    "SELECT pg_get_viewdef(1)", "FROM duckdb_views()", "FROM pragma_storage_info('shut1')",
    "PIVOT shut1 ON n IN (10) USING count(*)", "PIVOT open1 ON n USING count(*)", "UNPIVOT shut1 ON n",
    "EXPLAIN FROM shut1", "EXPLAIN ANALYZE FROM shut1", "EXPLAIN (FORMAT json) FROM shut1",
    "CREATE TEMP TABLE t AS FROM shut1", "CREATE TEMP VIEW v AS FROM open1", "CREATE TEMP MACRO m() AS 1",
    "SET VARIABLE x = (SELECT max(n) FROM shut1)", "COPY (FROM shut1) TO 'files/x.csv'",
    "COPY shut1 TO 'files/x.csv'",
    "BEGIN; FROM shut1; COMMIT", "ATTACH 'ducklake://main' AS x; FROM x.main.shut1",
    // Writing.
    "INSERT INTO open1 VALUES (1, 2)", "UPDATE open1 SET n = 1", "DELETE FROM open1", "TRUNCATE open1",
    "DROP TABLE open1",
    "ALTER TABLE open1 ADD COLUMN z INTEGER", "ALTER TABLE open1 RENAME TO open9",
    "CREATE TABLE t9 (i INTEGER)", "CREATE TABLE t9 AS FROM open1",
    "CREATE OR REPLACE TABLE open1 AS FROM open2", "CREATE VIEW v9 AS FROM open1", "CREATE SCHEMA s9",
    "DROP SCHEMA sales CASCADE",
    "CREATE MACRO m9() AS 1", "DROP MACRO plus_one", "DROP VIEW open_view", "COMMENT ON TABLE open1 IS 'x'",
    "MERGE INTO open1 USING open2 ON open1.id = open2.id WHEN MATCHED THEN DELETE",
    "COPY open1 FROM 'files/x.csv'", "CALL ducklake_flush_inlined_data('dl')",
    "CALL ducklake_add_data_files('dl', 'open1', 'files/x.parquet')",
    // A temporary table of the same name is no way around.
    "CREATE TEMP TABLE shut1 AS SELECT 1 AS id; CREATE OR REPLACE TABLE shut1 AS SELECT 2 AS id",
    "CREATE TEMP TABLE shut1 AS SELECT 1 AS id; CREATE TABLE main.shut1 (i INTEGER)",
    "CREATE TEMP TABLE plus_one AS SELECT 1 AS id; DROP MACRO plus_one",
    "CREATE TEMP TABLE open_view AS SELECT 1 AS id; DROP VIEW open_view",
    "CREATE TEMP TABLE shut1 AS SELECT 1 AS id; FROM shut_view",
    "CREATE TEMP TABLE shut1 AS SELECT 1 AS id; SELECT shut_macro()",
    "CREATE TEMP TABLE shut1 AS SELECT 1 AS id; FROM dl.main.shut1",
    "CREATE TEMP TABLE shut1 AS SELECT 1 AS id; INSERT INTO dl.shut1 VALUES (1, 2)",
    "BEGIN; CREATE TEMP TABLE shut1 AS SELECT 1 AS id; ROLLBACK; FROM shut1",
    "CREATE TEMP TABLE shut1 AS SELECT 1 AS id; DROP TABLE shut1; FROM shut1",
    "EXPLAIN DELETE FROM open1", "INSERT INTO open1 VALUES (1, 2) RETURNING id",
  ]

  @Test func readingIsHeldAgainstGrants() async throws {
    try await RightsLab.run { lab in
      let rights = try RightsLab.rights(Self.reader)
      for source in Self.allowed {
        let verdict = await lab.verdict(source, rights)
        #expect(verdict == .allowed, "\(source)")
      }
      for source in Self.denied {
        let verdict = await lab.verdict(source, rights)
        #expect(verdict.isDenied, "\(source): \(verdict)")
      }
    }
  }

  /// Each writing statement needs these rights, and with any one of them left out it is denied.
  private static let writes: [(String, [String])] = [
    ("INSERT INTO open1 VALUES (1, 2)", ["insert open1"]),
    ("INSERT INTO open1 FROM open2", ["insert open1", "select open2"]),
    ("INSERT INTO open1 (id) SELECT max(n) FROM shut1", ["insert open1", "select shut1"]),
    ("WITH s AS (FROM shut1) INSERT INTO open1 FROM s", ["insert open1", "select shut1"]),
    ("INSERT INTO open1 VALUES ((SELECT max(n) FROM shut1), 1)", ["insert open1", "select shut1"]),
    ("UPDATE open1 SET n = 1", ["update open1", "select open1"]),
    (
      "UPDATE open1 SET n = shut1.n FROM shut1 WHERE shut1.id = open1.id",
      ["update open1", "select open1", "select shut1"]
    ),
    ("UPDATE open1 SET n = (SELECT max(n) FROM shut1)", ["update open1", "select open1", "select shut1"]),
    ("UPDATE open1 SET n = shut_macro()", ["update open1", "select open1", "select shut1"]),
    ("DELETE FROM open1", ["delete open1"]),
    ("DELETE FROM open1 WHERE id = 99", ["delete open1", "select open1"]),
    (
      "DELETE FROM open1 USING shut1 WHERE shut1.id = open1.id + 99",
      ["delete open1", "select open1", "select shut1"]
    ),
    (
      "DELETE FROM open1 WHERE id IN (SELECT n FROM sales.shut3)",
      ["delete open1", "select open1", "select sales.shut3"]
    ),
    ("TRUNCATE open1", ["delete open1"]),
    (
      "MERGE INTO open1 USING shut1 ON open1.id = shut1.id + 99 WHEN MATCHED THEN UPDATE SET n = 1 WHEN NOT MATCHED THEN INSERT VALUES (7, 7)",
      ["update open1", "insert open1", "select open1", "select shut1"]
    ),
    (
      "MERGE INTO open1 USING (FROM shut1) s ON open1.id = s.id + 99 WHEN MATCHED THEN DELETE",
      ["delete open1", "select open1", "select shut1"]
    ),
    ("CREATE TABLE new1 AS FROM shut1", ["create new1", "select shut1"]),
    ("CREATE TABLE sales.new2 (i INTEGER)", ["create sales.*"]),
    ("CREATE OR REPLACE TABLE new3 AS SELECT 1 AS i", ["create new3", "drop new3"]),
    ("CREATE VIEW new4 AS FROM shut1", ["create new4", "select shut1"]),
    ("CREATE MACRO new5() AS (SELECT max(n) FROM shut1)", ["create new5", "select shut1"]),
    ("CREATE SCHEMA new6", ["create main/*"]),
    ("ALTER TABLE open2 ADD COLUMN z INTEGER", ["create open2", "drop open2"]),
    ("ALTER TABLE shut2 RENAME TO shut9", ["select shut2", "drop shut2", "create shut9"]),
    ("DROP TABLE sales.open3", ["drop sales.open3"]),
    ("DROP VIEW deep_view", ["drop deep_view"]),
    ("DROP SCHEMA sales CASCADE", ["drop sales.*"]),
    ("COPY open1 FROM 'files/in.csv'", ["insert open1"]),
    ("CALL ducklake_flush_inlined_data('dl')", ["maintain main/*"]),
    ("EXPLAIN ANALYZE DELETE FROM open1", ["delete open1"]),
  ]

  @Test func writingNeedsEachOfItsRights() async throws {
    try await RightsLab.run { lab in
      try lab.folder.write("id,n\n5,6\n", to: "files/in.csv")
      for (source, grants) in Self.writes {
        for missing in grants.indices {
          let fewer = try RightsLab.rights(grants.enumerated().filter { $0.offset != missing }.map(\.element))
          let verdict = await lab.verdict(source, fewer)
          #expect(verdict.isDenied, "\(source) without \(grants[missing]): \(verdict)")
        }
        let verdict = await lab.verdict(source, try RightsLab.rights(grants))
        #expect(verdict == .allowed, "\(source)")
      }
    }
  }

  @Test func whatIsDeniedHasNoEffectAndTellsWhy() async throws {
    try await RightsLab.run { lab in
      let rights = try RightsLab.rights(["insert open1", "select open1"])
      let verdict = await lab.verdict("INSERT INTO open1 SELECT * FROM shut1", rights)
      #expect(verdict == .denied("u/bob may not select from main/main.shut1"))
      do {
        try await lab.run("SELECT 1;\nSELECT *\nFROM  shut1", rights)
        Issue.record("it was allowed")
      } catch {
        #expect(
          "\(error)"
            == "query:3:7: u/bob may not select from main/main.shut1. An admin (ann) can grant it: "
            + "tarn grant select --on 'main/main.shut1' --to u/bob (statement 2 of 2)")
      }
      // A table that is not there is told no other way than one that is.
      #expect(
        await lab.verdict("FROM nowhere", rights) == .denied("u/bob may not select from main/main.nowhere"))
      try await lab.run("SELECT error('changed') FROM open1 HAVING count(*) <> 1", nil)
    }
  }

  @Test func theLakesFilesAreNoWayAround() async throws {
    try await RightsLab.run { lab in
      let rights = try RightsLab.rights(Self.reader + ["insert open1"])
      let lake = lab.engine.configurations[0]
      let data = lake.storage.dataPath
      try await lab.run("INSERT INTO shut1 SELECT range, range FROM range(100000)", nil)
      for source in [
        "FROM read_parquet('\(data)**/*.parquet')", "FROM '\(data)main/shut1/*.parquet'",
        "FROM glob('\(data)**')",
        "FROM read_parquet(['\(data)main/shut1/*.parquet'])",
        "FROM parquet_metadata('\(data)main/*/*.parquet')",
        "FROM read_parquet('\(lab.folder.path)/**/*.parquet')", "FROM read_text('\(data)' || '**')",
        "FROM read_blob('/**')",
        "FROM read_parquet('\(lab.folder.path)/files/../' || 'x')", "FROM read_parquet('file://\(data)**')",
        "FROM read_parquet('files/../\(data.dropFirst(lab.folder.path.count + 1))**/*.parquet')",
        #"FROM "\#(data)main/shut1/x"."parquet""#, "COPY open1 FROM '\(data)main/shut1/x.parquet'",
        "CALL ducklake_add_data_files('dl', 'open1', '\(data)main/shut1/x.parquet')",
        "SET VARIABLE p = '\(data)**'; FROM read_parquet(getvariable('p'))",
      ] {
        let verdict = await lab.verdict(source, rights)
        #expect(verdict.isDenied, "\(source): \(verdict)")
      }
      let byParameter = "-- $p (TEXT)\nFROM read_parquet($p)"
      for scheme in ["", "file:", "file://", "file://localhost"] {
        let path = "\(scheme)\(data)**/*.parquet"
        #expect(await lab.verdict(byParameter, rights, arguments: ["p": path]).isDenied, "\(path)")
      }
    }
  }

  @Test func whoMayReadAllMayList() async throws {
    try await RightsLab.run { lab in
      let rights = try RightsLab.rights(["select main/*"])
      for source in [
        "SHOW TABLES", "FROM duckdb_tables()", "FROM dl.snapshots()", "FROM deep_view", "SELECT shut_macro()",
      ] {
        let verdict = await lab.verdict(source, rights)
        #expect(verdict == .allowed, "\(source)")
      }
      #expect(await lab.verdict("DELETE FROM shut1", rights).isDenied)
    }
  }

  /// A view's names mean what they mean in its schema, wherever it is used.
  @Test func viewsAreFollowedWhereTheyStand() async throws {
    try await RightsLab.run { lab in
      // sales.near reads sales.open1, and not the open1 that is current.
      let near = try RightsLab.rights(["select sales.near", "select open1"])
      #expect(await lab.verdict("FROM sales.near", near).isDenied)
      let right = try RightsLab.rights(["select sales.near", "select sales.open1"])
      #expect(await lab.verdict("FROM sales.near", right) == .allowed)
      #expect(await lab.verdict("USE dl.sales; FROM near", right) == .allowed)
      // The view alone gives nothing, and the table alone not the view.
      #expect(await lab.verdict("FROM sales.near", try RightsLab.rights(["select sales.near"])).isDenied)
      #expect(await lab.verdict("FROM sales.near", try RightsLab.rights(["select sales.open1"])).isDenied)
    }
  }

  /// What was decided by what the lake had a moment ago is decided anew.
  @Test func viewsThatChangeAreFollowedAnew() async throws {
    try await RightsLab.run { lab in
      let rights = try RightsLab.rights(["select open_view", "select open1", "create main.*", "drop main.*"])
      #expect(await lab.verdict("FROM open_view", rights) == .allowed)
      try await lab.run("CREATE OR REPLACE VIEW open_view AS FROM shut1", nil)
      #expect(await lab.verdict("FROM open_view", rights).isDenied)
      // No view is made and used where its text cannot be seen.
      #expect(await lab.verdict("BEGIN; CREATE VIEW v9 AS FROM open1; FROM v9; COMMIT", rights).isDenied)
    }
  }
}
