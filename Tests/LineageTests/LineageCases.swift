import Testing

/// One script and what it reads and writes.
///
/// Assets are written short: `orders` and `sales.orders` for lake `main`, `other/orders` for another lake,
/// `file:…`, `s3:…`; a write has its access before it.
struct LineageCase: Sendable, CustomTestStringConvertible {
  let sql: String
  var reads: [String] = []
  var writes: [String] = []

  init(_ sql: String, reads: [String] = [], writes: [String] = []) {
    self.sql = sql
    self.reads = reads
    self.writes = writes
  }

  var testDescription: String { sql }
}

/// SELECT in all its shapes.
let selectCases: [LineageCase] = [
  LineageCase("SELECT 1"),
  LineageCase("SELECT * FROM orders", reads: ["orders"]),
  LineageCase("select*from orders;", reads: ["orders"]),
  LineageCase("SELECT * FROM main.orders", reads: ["orders"]),
  LineageCase("SELECT * FROM dl.orders", reads: ["orders"]),
  LineageCase("SELECT * FROM dl.main.orders, DL.Sales.Orders", reads: ["orders", "Sales.Orders"]),
  LineageCase("SELECT * FROM sales.orders", reads: ["sales.orders"]),
  LineageCase("SELECT * FROM other.orders", reads: ["other/orders"]),
  LineageCase("SELECT * FROM other.main.orders", reads: ["other/orders"]),
  LineageCase("SELECT * FROM orders, ORDERS, \"Orders\"", reads: ["orders"]),
  LineageCase("SELECT * FROM a JOIN b USING (id) LEFT JOIN c ON a.x = c.x, d", reads: ["a", "b", "c", "d"]),
  LineageCase(
    "SELECT * FROM t1 INNER JOIN t2 USING (a) LEFT OUTER JOIN t3 ON TRUE FULL JOIN t4 USING (b) CROSS JOIN t5 "
      + "NATURAL JOIN t6 ASOF JOIN t7 ON t1.a >= t7.a POSITIONAL JOIN t8 SEMI JOIN t9 USING (a)",
    reads: ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"]),
  LineageCase(
    "SELECT * FROM t1 JOIN (t2 JOIN t3 ON true) ON (a, b) = (1, 2), t4", reads: ["t1", "t2", "t3", "t4"]),
  LineageCase("FROM ((t CROSS JOIN u) CROSS JOIN (FROM v))", reads: ["t", "u", "v"]),
  LineageCase("FROM orders", reads: ["orders"]),
  LineageCase("FROM t1, t2 SELECT a, b UNION ALL BY NAME FROM t3", reads: ["t1", "t2", "t3"]),
  LineageCase("FROM t SELECT DISTINCT ON (a, b) c, d WHERE e", reads: ["t"]),
  LineageCase("FROM a: t, b: u", reads: ["t", "u"]),
  LineageCase("TABLE orders", reads: ["orders"]),
  LineageCase("SELECT 1 FROM a UNION TABLE b INTERSECT ALL TABLE c", reads: ["a", "b", "c"]),
  LineageCase("(SELECT * FROM t) UNION (FROM u) ORDER BY 1", reads: ["t", "u"]),
  LineageCase("VALUES ((SELECT max(a) FROM t)), (2)", reads: ["t"]),
  LineageCase("DESCRIBE t", reads: ["t"]),
  LineageCase("DESCRIBE SELECT * FROM t", reads: ["t"]),
  LineageCase("SUMMARIZE dl.sales.t", reads: ["sales.t"]),
  LineageCase("SELECT * FROM (SUMMARIZE t) JOIN (DESCRIBE u) USING (column_name)", reads: ["t", "u"]),
  LineageCase("SHOW TABLES; DESCRIBE tables; FROM (DESCRIBE tables)"),
  LineageCase("FROM (values AS v LEFT JOIN t ON true)", reads: ["values", "t"]),
  LineageCase("EXPLAIN SELECT * FROM t", reads: ["t"]),
  LineageCase("EXPLAIN CREATE TABLE x AS SELECT * FROM t", reads: ["t"]),
  LineageCase("EXPLAIN ANALYZE CREATE TABLE x AS SELECT * FROM t", reads: ["t"], writes: ["create x"]),
  LineageCase("EXPLAIN (FORMAT json) FROM t", reads: ["t"]),
  LineageCase("SELECT * FROM t AT (VERSION => 3)", reads: ["t"]),
  LineageCase("SELECT * FROM t, u TABLESAMPLE reservoir(20 ROWS) REPEATABLE (1), v", reads: ["t", "u", "v"]),
  LineageCase("FROM t USING SAMPLE 10%", reads: ["t"]),
  LineageCase("SELECT * FROM t AS v(a, b), u AS \"select\"", reads: ["t", "u"]),
  LineageCase("SELECT * FROM values", reads: ["values"]),
  LineageCase("SELECT $1, $2 FROM t WHERE a = $3 LIMIT $4", reads: ["t"]),
  LineageCase("SELECT $name FROM t WHERE a > $from", reads: ["t"]),
]

/// Names and everything that may hide them or look like them.
let nameCases: [LineageCase] = [
  LineageCase(
    #"SELECT * FROM "My Table", "dl"."we.ird"."a""b", "order""#,
    reads: [#""My Table""#, #""we.ird"."a""b""#, "order"]),
  LineageCase(#"SELECT "from"."x" FROM t "from""#, reads: ["t"]),
  LineageCase("SELECT é FROM \"é t\", tä", reads: [#""é t""#, "tä"]),
  LineageCase("SELECT 'FROM fake' FROM t WHERE a = 'it''s FROM fake2'", reads: ["t"]),
  LineageCase("SELECT $$ FROM fake $$, $tag$ '; DROP TABLE x; -- $tag$ FROM t", reads: ["t"]),
  LineageCase("SELECT E'a\\' FROM fake' FROM t", reads: ["t"]),
  LineageCase(
    "-- FROM fake\nSELECT /* FROM fake /* nested FROM fake */ */ * FROM -- fake\n  /* , fake */ t -- , fake",
    reads: ["t"]),
  LineageCase("SELECT a FROM t; -- INSERT INTO fake\n/* ; DROP TABLE fake; */ FROM u;", reads: ["t", "u"]),
  LineageCase(
    "SELECT extract(year FROM d), substring(a FROM 1 FOR 2), trim(both ' ' FROM e) FROM t", reads: ["t"]),
  LineageCase("SELECT a IS DISTINCT FROM b, c IS NOT DISTINCT FROM d FROM t", reads: ["t"]),
  LineageCase("SELECT * FROM t1 JOIN t2 ON a IS DISTINCT FROM b, t3", reads: ["t1", "t2", "t3"]),
  LineageCase("SELECT 1 AS from FROM t", reads: ["t"]),
  LineageCase("SELECT t.from, t.join FROM t", reads: ["t"]),
  LineageCase("SELECT DISTINCT ON (a) b, c FROM t", reads: ["t"]),
  LineageCase("SELECT CAST(x AS STRUCT(a INT, b VARCHAR[])), x::DECIMAL(3, 2) FROM t", reads: ["t"]),
  LineageCase(
    "SELECT a[1:2], {x: 1, y: (SELECT 1 FROM s1)}, [x FOR x IN (FROM s2)] FROM t", reads: ["s1", "s2", "t"]),
  LineageCase(
    "SELECT * FROM information_schema.tables, duckdb_tables(), pg_catalog.pg_class, sqlite_master, "
      + "duckdb_columns, dl.information_schema.columns"),
  LineageCase("SELECT * FROM memory.t, temp.u, system.main.v"),
  LineageCase("SELECT * FROM __ducklake_metadata_dl.ducklake_table"),
  LineageCase("SELECT * FROM range(3) r(i), unnest([1, 2]) WITH ORDINALITY AS x(a, b), t", reads: ["t"]),
  LineageCase("SELECT * FROM json_each($messages)"),
  LineageCase("SELECT * FROM query_table('t'), query_table(['u', 'sales.v'])", reads: ["t", "u", "sales.v"]),
  LineageCase("SELECT * FROM query('SELECT * FROM t')", reads: ["t"]),
  LineageCase("SELECT * FROM (VALUES (1)) v(a), t", reads: ["t"]),
]

/// Subqueries and common table expressions.
let scopeCases: [LineageCase] = [
  LineageCase("WITH c AS (SELECT * FROM base) SELECT * FROM c, d", reads: ["base", "d"]),
  LineageCase("WITH orders AS (SELECT * FROM orders) SELECT * FROM orders", reads: ["orders"]),
  LineageCase("WITH orders AS (SELECT 1) SELECT * FROM orders"),
  LineageCase("WITH orders AS (SELECT 1) SELECT * FROM dl.orders", reads: ["orders"]),
  LineageCase("WITH \"C\" AS (VALUES (1)) SELECT * FROM c"),
  LineageCase("WITH a AS (FROM b), b AS (FROM a) FROM b", reads: ["b"]),
  LineageCase(
    "WITH a AS (FROM x), b AS NOT MATERIALIZED (FROM a), c(y) AS MATERIALIZED (FROM b) FROM c", reads: ["x"]),
  LineageCase("WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r, s) SELECT * FROM r", reads: ["s"]),
  LineageCase("WITH RECURSIVE a AS (FROM b), b AS (FROM a UNION ALL FROM b) FROM b", reads: ["b"]),
  LineageCase(
    "WITH RECURSIVE k(a, b) USING KEY (a) AS (SELECT 1, 2 UNION SELECT 1, 2 FROM recurring.k, u) FROM k",
    reads: ["u"]),
  LineageCase("SELECT * FROM (WITH x AS (SELECT * FROM y) SELECT * FROM x) q, x", reads: ["y", "x"]),
  LineageCase(
    "WITH c AS (FROM x) (SELECT * FROM c UNION SELECT * FROM (WITH c AS (FROM z) FROM c))", reads: ["x", "z"]),
  LineageCase("WITH a AS (FROM x) FROM a, LATERAL (WITH b AS (FROM a) FROM b)", reads: ["x"]),
  LineageCase(
    "SELECT (SELECT max(a) FROM t1), a IN (SELECT b FROM t2), ARRAY(SELECT 1 FROM t5) FROM t3 "
      + "WHERE EXISTS (FROM t4) AND c > ALL (SELECT 1 FROM t6)",
    reads: ["t1", "t2", "t5", "t3", "t4", "t6"]),
  LineageCase("SELECT * FROM t1, LATERAL (SELECT * FROM t2 WHERE t2.a = t1.a)", reads: ["t1", "t2"]),
  LineageCase("SELECT * FROM t ORDER BY (SELECT 1 FROM o) LIMIT (SELECT 3 FROM l)", reads: ["t", "o", "l"]),
  LineageCase(
    "SELECT sum(a) FILTER (WHERE b IN (FROM f)) OVER (PARTITION BY (SELECT 1 FROM w)) FROM t "
      + "QUALIFY row_number() OVER () IN (FROM q)",
    reads: ["f", "w", "t", "q"]),
  LineageCase("SELECT list_transform(l, lambda x: x + (SELECT max(a) FROM m)) FROM t", reads: ["m", "t"]),
  LineageCase("SELECT * REPLACE ((SELECT 1 FROM r) AS b) FROM t", reads: ["r", "t"]),
  LineageCase("SELECT CASE WHEN EXISTS(SELECT 1 FROM e) THEN 1 END FROM t", reads: ["e", "t"]),
  LineageCase("SELECT ((SELECT 1 FROM p)), ROW(1, (FROM s)) FROM t", reads: ["p", "s", "t"]),
  LineageCase("FROM t WHERE a IN u", reads: ["t"]),
]

/// PIVOT and UNPIVOT: some of these DuckDB cannot give names for.
let pivotCases: [LineageCase] = [
  LineageCase("PIVOT t ON a USING sum(b)", reads: ["t"]),
  LineageCase("PIVOT t ON a, c USING sum(b), max(d) GROUP BY e ORDER BY e", reads: ["t"]),
  LineageCase("PIVOT t ON a IN (1, 2) USING sum(b)", reads: ["t"]),
  LineageCase("SELECT * FROM (PIVOT t ON a USING sum(b)) p JOIN u USING (e)", reads: ["t", "u"]),
  LineageCase("PIVOT (SELECT * FROM t JOIN u USING (id)) ON a USING sum(b)", reads: ["t", "u"]),
  LineageCase("WITH c AS (FROM t) PIVOT c ON a USING sum(b)", reads: ["t"]),
  LineageCase("SELECT * FROM t PIVOT (sum(b) FOR a IN (1, 2) GROUP BY c), u", reads: ["t", "u"]),
  LineageCase("UNPIVOT t ON a, b INTO NAME n VALUE v", reads: ["t"]),
  LineageCase("SELECT * FROM t UNPIVOT (v FOR n IN (a, b)) AS x, u", reads: ["t", "u"]),
  LineageCase("CREATE TABLE p AS PIVOT t ON a USING sum(b)", reads: ["t"], writes: ["create p"]),
  LineageCase("INSERT INTO p (PIVOT t ON a USING sum(b))", reads: ["t"], writes: ["insert p"]),
]

/// CREATE, ALTER, DROP.
let definitionCases: [LineageCase] = [
  LineageCase("CREATE TABLE t (a INT, b VARCHAR DEFAULT 'x')", writes: ["create t"]),
  LineageCase("CREATE TABLE IF NOT EXISTS sales.t (a INT)", writes: ["create sales.t"]),
  LineageCase("CREATE OR REPLACE TABLE t AS SELECT * FROM u", reads: ["u"], writes: ["replace t"]),
  LineageCase("CREATE OR REPLACE TABLE t AS FROM u", reads: ["u"], writes: ["replace t"]),
  LineageCase("CREATE TABLE t AS (SELECT * FROM u)", reads: ["u"], writes: ["create t"]),
  LineageCase("CREATE TABLE t(x) AS TABLE u", reads: ["u"], writes: ["create t"]),
  LineageCase("CREATE TABLE t AS SELECT * FROM u WITH NO DATA", reads: ["u"], writes: ["create t"]),
  LineageCase(
    "CREATE TABLE t AS WITH c AS (FROM u) SELECT * FROM c, v", reads: ["u", "v"], writes: ["create t"]),
  LineageCase("CREATE TABLE t AS SELECT * FROM t2 WITH DATA", reads: ["t2"], writes: ["create t"]),
  LineageCase(
    "create /* x */ or -- y\n replace table \"T t\" as from /* z */ u", reads: ["u"],
    writes: ["replace \"T t\""]),
  LineageCase(
    "CREATE OR REPLACE TABLE t AS SELECT * FROM t UNION ALL FROM u", reads: ["t", "u"], writes: ["replace t"]),
  LineageCase("CREATE VIEW v AS SELECT * FROM t", reads: ["t"], writes: ["create v"]),
  LineageCase("CREATE OR REPLACE VIEW v (a, b) AS SELECT * FROM t", reads: ["t"], writes: ["replace v"]),
  LineageCase(
    "CREATE SCHEMA IF NOT EXISTS sales; CREATE TABLE sales.t AS SELECT 1", writes: ["create sales.t"]),
  LineageCase("CREATE MACRO m(a, b := 2) AS a + b", writes: ["create m()"]),
  LineageCase("CREATE MACRO m(a) AS (SELECT max(x) + a FROM t)", reads: ["t"], writes: ["create m()"]),
  LineageCase(
    "CREATE OR REPLACE MACRO m(a) AS TABLE SELECT x, (y) AS z FROM t WHERE x = a, (a, b) AS TABLE FROM u",
    reads: ["t", "u"], writes: ["replace m()"]),
  LineageCase("CREATE FUNCTION f() AS 1, (a) AS (FROM t)", reads: ["t"], writes: ["create f()"]),
  LineageCase("CREATE TEMP MACRO m(a) AS TABLE FROM t; SELECT * FROM m(1)", reads: ["t"]),
  LineageCase("ALTER TABLE t ADD COLUMN b INT DEFAULT 1", writes: ["alter t"]),
  LineageCase("ALTER TABLE IF EXISTS sales.t SET PARTITIONED BY (year(ts))", writes: ["alter sales.t"]),
  LineageCase(
    "ALTER TABLE sales.t RENAME TO u", reads: ["sales.t"], writes: ["drop sales.t", "create sales.u"]),
  LineageCase("ALTER TABLE t RENAME COLUMN a TO b", writes: ["alter t"]),
  LineageCase("DROP TABLE IF EXISTS t", writes: ["drop t"]),
  LineageCase("DROP VIEW sales.v CASCADE", writes: ["drop sales.v"]),
  LineageCase("DROP MACRO TABLE m", writes: ["drop m()"]),
  LineageCase("DROP SCHEMA sales CASCADE"),
  LineageCase("COMMENT ON TABLE t IS 'FROM u'", writes: ["alter t"]),
  LineageCase("COMMENT ON COLUMN sales.t.a IS 'x'", writes: ["alter sales.t"]),
  LineageCase("CREATE SECRET s (TYPE s3); CREATE SEQUENCE q; CREATE TYPE e AS ENUM ('a')"),
  LineageCase("CREATE TYPE e AS ENUM (SELECT DISTINCT x FROM t)", reads: ["t"]),
]

/// INSERT, UPDATE, DELETE, MERGE.
let changeCases: [LineageCase] = [
  LineageCase("INSERT INTO t VALUES (1, 'SELECT 1 FROM fake'), (2, $x)", writes: ["insert t"]),
  LineageCase("INSERT INTO t DEFAULT VALUES", writes: ["insert t"]),
  LineageCase("INSERT INTO t SELECT * FROM u", reads: ["u"], writes: ["insert t"]),
  LineageCase("INSERT INTO t (a, b) SELECT a, b FROM u", reads: ["u"], writes: ["insert t"]),
  LineageCase("INSERT INTO sales.t AS x BY NAME FROM u", reads: ["u"], writes: ["insert sales.t"]),
  LineageCase("INSERT INTO t (SELECT * FROM u)", reads: ["u"], writes: ["insert t"]),
  LineageCase("INSERT OR REPLACE INTO t VALUES ((SELECT max(a) FROM u))", reads: ["u"], writes: ["insert t"]),
  LineageCase(
    "INSERT INTO t SELECT * FROM u WHERE ts > (SELECT max(ts) FROM t)", reads: ["u", "t"],
    writes: ["insert t"]),
  LineageCase(
    "INSERT INTO t SELECT * FROM u ON CONFLICT (id) DO UPDATE SET a = (SELECT 1 FROM v) RETURNING (SELECT 2 FROM w)",
    reads: ["u", "v", "w"], writes: ["insert t"]),
  LineageCase(
    "WITH c AS (SELECT * FROM u) INSERT INTO t SELECT * FROM c", reads: ["u"], writes: ["insert t"]),
  LineageCase(
    "WITH c AS (SELECT * FROM u) INSERT INTO t WITH d AS (FROM c, v) SELECT * FROM d",
    reads: ["u", "v"], writes: ["insert t"]),
  LineageCase("UPDATE t SET a = 1", writes: ["update t"]),
  LineageCase("UPDATE t SET a = u.a FROM u WHERE t.id = u.id", reads: ["u"], writes: ["update t"]),
  LineageCase(
    "UPDATE sales.t AS x SET a = (SELECT max(b) FROM v), c = DEFAULT, d = extract(year FROM x.ts) "
      + "FROM u JOIN w USING (id) WHERE x.id IN (SELECT id FROM z) RETURNING (SELECT 1 FROM y)",
    reads: ["v", "u", "w", "z", "y"], writes: ["update sales.t"]),
  LineageCase(
    "UPDATE t x SET (a, b) = (SELECT a, b FROM u) WHERE a IS DISTINCT FROM b", reads: ["u"],
    writes: ["update t"]),
  LineageCase("WITH c AS (FROM u) UPDATE t SET a = c.a FROM c", reads: ["u"], writes: ["update t"]),
  LineageCase(
    "UPDATE t SET a = substring((SELECT x FROM u) FROM 1 FOR 2), b = CAST((FROM v) AS INT), "
      + "c = ((SELECT 1 FROM w), ((FROM x) UNION (FROM y) ORDER BY 1))",
    reads: ["u", "v", "w", "x", "y"], writes: ["update t"]),
  LineageCase("DELETE FROM t", writes: ["delete t"]),
  LineageCase("DELETE FROM t WHERE id IN (SELECT id FROM u)", reads: ["u"], writes: ["delete t"]),
  LineageCase(
    "DELETE FROM t AS x USING u, (SELECT * FROM v) AS w WHERE x.id = u.id", reads: ["u", "v"],
    writes: ["delete t"]),
  LineageCase(
    "WITH c AS (FROM u) DELETE FROM t USING c WHERE t.id = c.id", reads: ["u"], writes: ["delete t"]),
  LineageCase("DELETE FROM t WHERE id < (SELECT avg(id) FROM t)", reads: ["t"], writes: ["delete t"]),
  LineageCase("TRUNCATE t; TRUNCATE TABLE u", writes: ["delete t", "delete u"]),
  LineageCase(
    "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = u.a WHEN NOT MATCHED THEN INSERT",
    reads: ["u"], writes: ["update t", "insert t"]),
  LineageCase(
    "MERGE INTO sales.t AS x USING (SELECT * FROM u JOIN v USING (id)) s USING (id) "
      + "WHEN MATCHED AND s.gone THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (s.id, (SELECT 1 FROM w))",
    reads: ["u", "v", "w"], writes: ["delete sales.t", "insert sales.t"]),
  LineageCase(
    "WITH c AS (FROM u) MERGE INTO t USING c ON t.id = c.id WHEN NOT MATCHED BY SOURCE THEN DELETE",
    reads: ["u"], writes: ["delete t"]),
  LineageCase(
    "PREPARE p AS INSERT INTO t SELECT * FROM u WHERE a = $1; EXECUTE p(1)", reads: ["u"],
    writes: ["insert t"]),
  LineageCase("SET VARIABLE high = (SELECT max(ts) FROM t)", reads: ["t"]),
  LineageCase("BEGIN; SET threads = 4; PRAGMA version; COMMIT; ROLLBACK; CHECKPOINT; LOAD json"),
]

/// Files.
let fileCases: [LineageCase] = [
  LineageCase("SELECT * FROM 'raw/x.parquet'", reads: ["file:raw/x.parquet"]),
  LineageCase(
    "SELECT * FROM './raw//x.parquet' a, \"b.csv\", c.csv",
    reads: ["file:raw/x.parquet", "file:b.csv", "file:c.csv"]),
  LineageCase(
    "SELECT * FROM read_parquet('raw/x.parquet') r JOIN t USING (id)", reads: ["file:raw/x.parquet", "t"]),
  LineageCase(
    "SELECT * FROM read_csv(['a.csv', 'b.csv'], header = true), t", reads: ["file:a.csv", "file:b.csv", "t"]),
  LineageCase(
    "SELECT * FROM read_csv_auto('raw/*.csv', columns = {'from': 'int'})", reads: ["file:raw/*.csv"]),
  LineageCase(
    "SELECT * FROM read_json_auto('a.json'), read_ndjson('b.json')", reads: ["file:a.json", "file:b.json"]),
  LineageCase(
    "SELECT * FROM read_parquet('s3://lake/x.parquet'), 's3:///y.csv'",
    reads: ["s3:lake/x.parquet", "s3:/y.csv"]),
  LineageCase("SELECT * FROM read_parquet($path)"),
  LineageCase("SELECT * FROM read_parquet('raw/' || $name)"),
  LineageCase(
    "CREATE TABLE t AS FROM read_parquet('raw/t.parquet')", reads: ["file:raw/t.parquet"],
    writes: ["create t"]),
  LineageCase(
    "CREATE TABLE t AS FROM '../data/../raw/t.parquet'", reads: ["file:../raw/t.parquet"],
    writes: ["create t"]),
  LineageCase("COPY t FROM 'raw/t.csv' (HEADER)", reads: ["file:raw/t.csv"], writes: ["insert t"]),
  LineageCase("COPY t (a, b) FROM 'raw/t.csv'", reads: ["file:raw/t.csv"], writes: ["insert t"]),
  LineageCase(
    "COPY t TO 'out/t.parquet' (FORMAT parquet)", reads: ["t"], writes: ["create file:out/t.parquet"]),
  LineageCase(
    "COPY (SELECT * FROM t JOIN u USING (id)) TO 'out' (FORMAT parquet, PARTITION_BY (a))",
    reads: ["t", "u"],
    writes: ["create file:out"]),
  LineageCase(
    "COPY (WITH c AS (FROM t) FROM c) TO 's3://store/k.parquet'", reads: ["t"],
    writes: ["create s3:store/k.parquet"]),
  LineageCase("COPY (SELECT 1) TO 'x.parquet'; SELECT * FROM 'x.parquet'", writes: ["create file:x.parquet"]),
  LineageCase("COPY FROM DATABASE dl TO memory"),
]

/// Statements in order: aliases, temporary objects, what a script has written itself.
let sessionCases: [LineageCase] = [
  LineageCase("ATTACH 'ducklake' AS dl; USE dl; SELECT * FROM t", reads: ["t"]),
  LineageCase("ATTACH 'ducklake://other' AS x; SELECT * FROM x.t, t", reads: ["other/t", "t"]),
  LineageCase(
    "ATTACH 'ducklake://other' AS dl; USE dl; SELECT * FROM t, dl.sales.u",
    reads: ["other/t", "other/sales.u"]),
  LineageCase(
    "SELECT * FROM t; USE other; SELECT * FROM t; USE other.sales; FROM t",
    reads: ["t", "other/t", "other/sales.t"]),
  LineageCase("USE sales; FROM t; FROM main.t", reads: ["sales.t", "t"]),
  LineageCase("USE memory; CREATE TABLE t AS SELECT 1; FROM t; FROM dl.u", reads: ["u"]),
  LineageCase("ATTACH 'x.duckdb' AS x; SELECT * FROM x.t; INSERT INTO x.u SELECT * FROM v", reads: ["v"]),
  LineageCase(
    "ATTACH 'datatable://crm' AS pg; SELECT * FROM pg.friend, pg.app.city",
    reads: ["datatable:crm/friend", "datatable:crm/app.city"]),
  LineageCase("ATTACH 'x' AS x; DETACH x; SELECT * FROM x.t", reads: ["x.t"]),
  LineageCase("SELECT * FROM nowhere.main.t"),
  LineageCase(
    "CREATE TEMP TABLE s AS SELECT * FROM t; INSERT INTO u SELECT * FROM s", reads: ["t"],
    writes: ["insert u"]),
  LineageCase(
    "CREATE OR REPLACE TEMPORARY VIEW s AS FROM t; FROM s; INSERT INTO s VALUES (1); DROP VIEW s",
    reads: ["t"]),
  LineageCase("CREATE TEMP TABLE s AS SELECT 1; FROM main.s; FROM temp.s", reads: ["s"]),
  LineageCase("CREATE TEMP TABLE s AS SELECT 1; DROP TABLE s; FROM s", reads: ["s"]),
  LineageCase(
    "CREATE TABLE a AS SELECT * FROM raw; CREATE TABLE b AS SELECT * FROM a", reads: ["raw"],
    writes: ["create a", "create b"]),
  LineageCase("CREATE VIEW v AS FROM t; SELECT * FROM V", reads: ["t"], writes: ["create v"]),
  LineageCase("SELECT * FROM t; CREATE OR REPLACE TABLE t AS SELECT 1", reads: ["t"], writes: ["replace t"]),
  LineageCase(
    "CREATE TABLE IF NOT EXISTS t (a INT); INSERT INTO t SELECT * FROM u; FROM t", reads: ["u"],
    writes: ["create t", "insert t"]),
  LineageCase(
    "INSERT INTO t FROM a; INSERT INTO t FROM b; INSERT INTO T FROM c", reads: ["a", "b", "c"],
    writes: ["insert t"]),
  LineageCase("SELECT * FROM dl.table_changes('t', 1, 2)", reads: ["t"]),
  LineageCase(
    "SELECT * FROM other.sales.table_insertions('t', 1, 2), table_deletions('u', 1, 2)",
    reads: ["other/sales.t", "u"]),
  LineageCase("FROM ducklake_table_changes('dl', 'sales', 't', 1, 2)", reads: ["sales.t"]),
  LineageCase("FROM ducklake_list_files('dl', 't', schema => 'sales')", reads: ["sales.t"]),
  LineageCase("FROM dl.snapshots(); FROM ducklake_snapshots('dl'); CALL dl.set_commit_message('a', 'b')"),
  LineageCase(
    "CALL ducklake_add_data_files('dl', 't', 'raw/*.parquet', schema => 'sales')",
    reads: ["file:raw/*.parquet"],
    writes: ["insert sales.t"]),
  LineageCase("CALL f((SELECT max(a) FROM t))", reads: ["t"]),
  LineageCase(
    """
    -- $messages (json[])
    ATTACH 'ducklake://main' AS dl;
    USE dl;
    CREATE TABLE IF NOT EXISTS messages (content STRING NOT NULL, author STRING NOT NULL);
    CREATE TEMP TABLE new_messages AS
    SELECT value->>'content' AS content, value->>'author' AS author FROM json_each($messages);
    INSERT INTO messages
    SELECT * FROM new_messages;
    """,
    writes: ["create messages", "insert messages"]),
]

let allCases: [LineageCase] =
  selectCases + nameCases + scopeCases + pivotCases + definitionCases + changeCases + fileCases + sessionCases
