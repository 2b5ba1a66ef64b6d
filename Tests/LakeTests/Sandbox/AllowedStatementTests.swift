import DuckDB
import Foundation
import Lake
import LakeSettings
import SQLText
import TestKit
import Testing

@Suite(.serialized) struct AllowedStatementTests {
  static let allowed = [
    "SELECT 1", "(SELECT 1)", "FROM orders", "FROM orders SELECT id LIMIT 1", "VALUES (1), (2)",
    "TABLE orders",
    "WITH a AS (SELECT 1 AS x), b AS (FROM a) SELECT * FROM b",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r",
    "SELECT x.y, x.z FROM orders", "SELECT orders.x.y FROM orders", "SELECT o.x.y FROM orders o",
    "SELECT dl.orders.id FROM dl.orders",
    "SELECT dl.main.orders.id FROM dl.main.orders", "SELECT list_transform([1, 2], lambda v: v + 1)",
    "SELECT list_filter([1, 2], v -> v > 1)",
    "PIVOT orders ON kind USING count(*)", "PIVOT (SELECT kind, id FROM orders) ON kind USING sum(id)",
    "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME n VALUE v",
    "FROM (PIVOT orders ON kind USING count(*)) SELECT count(*)",
    "SUMMARIZE orders", "SUMMARIZE SELECT 1 AS a", "DESCRIBE orders", "DESCRIBE SELECT 1", "SHOW TABLES",
    "SHOW ALL TABLES", "SHOW TABLES FROM dl",
    "SHOW orders", "PRAGMA table_info('orders')", "PRAGMA show_tables", "PRAGMA version",
    "PRAGMA database_list", "EXPLAIN SELECT * FROM orders",
    "EXPLAIN ANALYZE SELECT * FROM orders", "EXPLAIN (FORMAT json) SELECT 1",
    "EXPLAIN ANALYZE INSERT INTO orders (id) VALUES (1)",
    "INSERT INTO orders (id) VALUES (1)", "INSERT INTO dl.main.orders BY NAME SELECT 5 AS id",
    "UPDATE orders SET kind = 'q' WHERE id = 1",
    "DELETE FROM orders WHERE id = 1", "DELETE FROM orders USING (SELECT 2 AS id) d WHERE orders.id = d.id",
    "TRUNCATE orders",
    "MERGE INTO orders USING (SELECT 1 AS id) s ON orders.id = s.id WHEN MATCHED THEN UPDATE SET kind = 'm' WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
    "WITH s AS (SELECT 7 AS id) INSERT INTO orders (id) SELECT id FROM s",
    "CREATE TABLE t (a INT NOT NULL, b VARCHAR DEFAULT 'x')",
    "CREATE OR REPLACE TABLE t AS SELECT 1 AS a", "CREATE TABLE IF NOT EXISTS orders (a INT)",
    "DROP TABLE IF EXISTS nothing",
    "CREATE VIEW v AS SELECT * FROM orders", "CREATE OR REPLACE VIEW v AS SELECT 1",
    "CREATE MACRO plus(a, b) AS a + b",
    "CREATE MACRO top_rows(n) AS TABLE SELECT * FROM orders LIMIT n", "CREATE SCHEMA s",
    "CREATE SCHEMA IF NOT EXISTS s; CREATE TABLE s.t (a INT)",
    "ALTER TABLE orders ADD COLUMN note VARCHAR", "ALTER TABLE orders SET PARTITIONED BY (kind)",
    "COMMENT ON TABLE orders IS 'all of them'",
    "COMMENT ON COLUMN dl.orders.id IS 'number'", "SET VARIABLE n = 5; SELECT getvariable('n')",
    "RESET VARIABLE n",
    "CREATE TEMP TABLE q AS SELECT 1 AS a; INSERT INTO q VALUES (2); FROM q; DROP TABLE q",
    "CREATE TEMP VIEW tv AS FROM orders; FROM tv",
    "CREATE TEMP MACRO tm(a) AS a * 2; SELECT tm(2)", "FROM dl.snapshots()", "FROM ducklake_snapshots('dl')",
    "FROM dl.current_snapshot()",
    "FROM ducklake_table_info('dl')", "FROM ducklake_table_changes('dl', 'main', 'orders', 1, 1)",
    "FROM ducklake_table_changes('dl', 'main', 'orders', 1, 1)",
    "FROM ducklake_table_insertions('dl', 'main', 'orders', 1, 1)",
    "FROM ducklake_list_files('dl', 'orders')", "FROM dl.options()", "FROM dl.main.orders AT (VERSION => 1)",
    "CALL dl.snapshots()", "CALL ducklake_flush_inlined_data('dl')",
    "BEGIN; INSERT INTO orders (id) VALUES (1); ROLLBACK", "BEGIN TRANSACTION READ ONLY; FROM orders; COMMIT",
    "START TRANSACTION; COMMIT",
    "BEGIN; CALL dl.set_commit_message('me', 'why'); INSERT INTO orders (id) VALUES (1); COMMIT",
    "FROM 'raw/in.csv'", "FROM read_csv('raw/i*.csv')", "FROM read_csv(['raw/in.csv', 'raw/in.csv'])",
    "FROM '{ws}/raw/in.csv'", "FROM glob('raw/*.csv')",
    "COPY orders TO 'raw/out.parquet'; FROM 'raw/out.parquet'",
    "COPY (FROM orders) TO 'raw/out.csv' (HEADER)",
    "COPY orders TO 'raw/parts' (FORMAT parquet, PARTITION_BY (kind))",
    "COPY (SELECT 1 AS a) TO 'raw/n.json'", "CREATE TABLE n (a INT); COPY n FROM 'raw/in.csv'",
    "SELECT * FROM duckdb_tables()",
    "SELECT * FROM information_schema.tables", "SELECT * FROM pg_catalog.pg_tables",
    "SELECT trim('a' FROM 'raw/x')",
    "SELECT 'raw/a' IS DISTINCT FROM 'raw/b'", "SELECT extract(year FROM DATE '2020-01-01')",
    // Tables and columns with names that are functions, keywords or lakes.
    "CREATE TABLE query (a INT); INSERT INTO query (a) VALUES (1); SELECT query.a FROM query",
    "CREATE TABLE IF NOT EXISTS postgres_query (a INT)",
    "CREATE TABLE sqlite_orders (a INT); INSERT INTO sqlite_orders (a) VALUES (1)",
    "CREATE TABLE temp (a INT); INSERT INTO temp VALUES (1); FROM temp",
    "CREATE TABLE sales (id INT); INSERT INTO sales VALUES (1); SELECT sales.id FROM sales",
    "SELECT sales.id FROM orders sales",
    "SELECT dl.y FROM (SELECT {'y': 1} AS dl)", "SELECT sales.y FROM (SELECT {'y': 1} AS sales)",
    "SELECT memory FROM (SELECT 1 AS memory)",
    "SELECT o.memory.y FROM (SELECT {'y': 1} AS memory) o", "SELECT 'a;b'", "SELECT 1 -- ; DROP TABLE orders",
    "SELECT $$ ; DROP TABLE orders $$",
  ]

  /// Each in a transaction that is rolled back, but for those that have their own.
  @Test(arguments: allowed)
  func runs(_ script: String) async throws {
    try await SandboxFixture.run { fixture, session in
      let hasTransaction = script.hasPrefix("BEGIN") || script.hasPrefix("START")
      if !hasTransaction { try await session.begin() }
      let error = await lakeError { try await session.run(fixture.filled(script)) }
      #expect(error == nil, "\(error.map(String.init(describing:)) ?? "")")
    }
  }

  /// The same through the library, on a warm reader and then on one that has a transaction open.
  @Test func readsThroughTheLake() async throws {
    try await SandboxFixture.run { fixture, _ in
      let lake = try await fixture.engine.lake()
      let starts = [
        "SELECT", "FROM", "WITH", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "SUMMARIZE", "DESCRIBE", "SHOW",
        "PRAGMA", "EXPLAIN", "(",
      ]
      for sql in Self.allowed where starts.contains(where: sql.hasPrefix) && !sql.contains("INSERT") {
        for _ in 1...2 {
          let error = await lakeError { try await lake.query(SQL(raw: fixture.filled(sql))).result() }
          #expect(error == nil, "\(sql): \(error.map(String.init(describing:)) ?? "")")
        }
      }
    }
  }
}
