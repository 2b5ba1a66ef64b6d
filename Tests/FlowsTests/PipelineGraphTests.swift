import Flows
import Lineage
import Scripts
import Testing

@Suite("Planning a pipeline")
struct PipelineGraphTests {
  @Test("writers come before readers, in stages")
  func order() throws {
    let plan = try makePlan([
      "report.sql": "CREATE OR REPLACE TABLE report AS SELECT * FROM joined",
      "join.sql": "CREATE TABLE joined AS SELECT * FROM orders JOIN customers USING (id)",
      "orders.sql": "CREATE TABLE orders AS FROM 'raw/orders.parquet'",
      "customers.sql": "CREATE TABLE customers AS FROM 'raw/customers.parquet'",
    ])
    #expect(plan.steps.map(\.id) == ["customers.sql", "orders.sql", "join.sql", "report.sql"])
    #expect(plan.steps.map(\.stage) == [0, 0, 1, 2])
    #expect(plan["join.sql"]?.dependencies == ["customers.sql", "orders.sql"])
    #expect(plan.stages.map(\.steps) == [["customers.sql", "orders.sql"], ["join.sql"], ["report.sql"]])
    #expect(plan.downstream(of: "orders.sql").map(\.id) == ["orders.sql", "join.sql", "report.sql"])
    #expect(plan["report.sql"]?.reads.map(\.shortName) == ["joined"])
    #expect(plan["report.sql"]?.writes.map(\.shortName) == ["report"])
    #expect(plan["report.sql"]?.name == "report")
  }

  @Test("folders name the stages")
  func stageLabels() throws {
    let plan = try makePlan([
      "ingest/b.sql": "CREATE TABLE b AS FROM 'b.csv'",
      "ingest/a.sql": "CREATE TABLE a AS FROM 'a.csv'",
      "check/a.sql": "SELECT count(*) FROM a",
      "join/c.sql": "CREATE TABLE c AS FROM a, b",
    ])
    #expect(plan.stages.map(\.label) == ["ingest", "check, join"])
    #expect(plan["join/c.sql"]?.folder == "join")
  }

  @Test("the order does not depend on how the scripts are listed")
  func determinism() throws {
    let scripts = try (0..<12).map { number in
      try script(
        "s\(number).sql",
        number < 4
          ? "CREATE TABLE t\(number) AS SELECT 1"
          : "CREATE TABLE t\(number) AS FROM t\(number / 2), t\(number / 4)")
    }
    let expected = try PipelineGraph.plan(scripts: scripts)
    var random = SeededRandom(seed: 7)
    for _ in 0..<20 {
      #expect(try PipelineGraph.plan(scripts: scripts.shuffled(using: &random)) == expected)
    }
  }

  @Test("a script that writes a file comes before those that read it, also by pattern or folder")
  func files() throws {
    let plan = try makePlan([
      "a.sql": "COPY (SELECT 1) TO 'out/x.parquet'",
      "b.sql": "COPY (SELECT 1) TO 's3://store/parts' (FORMAT parquet, PARTITION_BY (a))",
      "c.sql": "CREATE TABLE c AS FROM read_parquet('./out/*.parquet')",
      "d.sql": "CREATE TABLE d AS FROM 's3://store/parts/**/*.parquet'",
      "e.sql": "CREATE TABLE e AS FROM 'out/y.parquet'",
    ])
    #expect(plan["c.sql"]?.dependencies == ["a.sql"])
    #expect(plan["d.sql"]?.dependencies == ["b.sql"])
    #expect(plan["e.sql"]?.dependencies == [])
  }

  @Test("macros, views and names in another case make edges")
  func otherObjects() throws {
    let plan = try makePlan(
      [
        "macro.sql": "CREATE OR REPLACE MACRO net(x) AS x * 0.8",
        "view.sql": "CREATE VIEW Sold AS SELECT * FROM orders",
        "use.sql": "CREATE TABLE totals AS SELECT sum(dl.net(price)) FROM SOLD",
      ], existing: ["orders"])
    #expect(plan["use.sql"]?.dependencies == ["macro.sql", "view.sql"])
  }

  @Test("a schema's creator comes before those that write into it")
  func schemas() throws {
    let plan = try makePlan([
      "a_use.sql": "CREATE TABLE sales.t AS SELECT 1",
      "b_own.sql": "CREATE SCHEMA IF NOT EXISTS sales; CREATE TABLE sales.u AS FROM sales.t",
      "z_make.sql": "CREATE SCHEMA IF NOT EXISTS sales",
    ])
    // b_own would do too, but it reads what a_use writes.
    #expect(plan["a_use.sql"]?.dependencies == ["z_make.sql"])
    #expect(plan["b_own.sql"]?.dependencies == ["a_use.sql"])
    #expect(plan.edges.contains { $0.reason == .schema(lake: "main", name: "sales") && $0.to == "a_use.sql" })
  }

  @Test("no conflict: one script's statements, drops, schemas, reading its own table")
  func noConflicts() throws {
    let plan = try makePlan(
      [
        "a.sql":
          "CREATE SCHEMA IF NOT EXISTS s; DROP TABLE IF EXISTS t; CREATE TABLE t (a INT); INSERT INTO t VALUES (1)",
        "b.sql": "CREATE SCHEMA IF NOT EXISTS s; DROP TABLE IF EXISTS t",
        "c.sql": "INSERT INTO log SELECT * FROM t WHERE a > (SELECT max(a) FROM log)",
      ], existing: ["log"])
    #expect(plan["c.sql"]?.dependencies == ["a.sql"])
    #expect(plan["b.sql"]?.dependencies == [])
    #expect(plan["b.sql"]?.writes == [])
  }

  @Test("an empty pipeline is an empty plan")
  func empty() throws {
    let plan = try PipelineGraph.plan(scripts: [])
    #expect(plan.steps.isEmpty && plan.stages.isEmpty)
  }

  @Test("a chain of ten thousand scripts is planned without deep recursion")
  func longChain() throws {
    let scripts = (0..<10_000).map { number in
      PipelineScript(
        path: "s\(number).sql",
        assets: ScriptAssets(
          reads: number == 0 ? [] : [AssetUse(table(number - 1), line: 1)],
          writes: [AssetWrite(table(number), .create, line: 1)]))
    }
    let plan = try PipelineGraph.plan(scripts: scripts)
    #expect(plan.steps.last?.stage == 9_999)
  }
}

@Suite("What keeps a pipeline from being planned")
struct PipelineErrorTests {
  @Test("two writers of one table")
  func twoWriters() {
    expectErrors(
      [
        "b.sql": "SELECT 1;\n\nCREATE OR REPLACE TABLE orders AS SELECT 1",
        "a.sql": "-- first\nCREATE TABLE Orders (a INT)",
      ],
      ["b.sql:3:25 Orders has 2 writers: a.sql:2 (create) and b.sql:3 (replace)"],
      hint: "let one script own Orders: merge them, or have the others write tables of their own")
  }

  @Test("two appenders say how to solve it")
  func twoAppenders() {
    expectErrors(
      ["a.sql": "INSERT INTO log SELECT 1", "b.sql": "INSERT INTO log SELECT 2"], existing: ["log"],
      ["b.sql:1:13 log has 2 writers: a.sql:1 (insert) and b.sql:1 (insert)"],
      hint:
        "merge them into one script that inserts from all sources, or let each fill a table of its own and "
        + "one script insert from these")
  }

  @Test("two writers of one file")
  func twoFileWriters() {
    expectErrors(
      ["a.sql": "COPY (SELECT 1) TO 'x.csv'", "b.sql": "COPY (SELECT 1) TO './x.csv'"],
      ["b.sql:1:20 x.csv has 2 writers: a.sql:1 (create) and b.sql:1 (create)"])
  }

  @Test("a cycle names all of it")
  func cycle() {
    expectErrors(
      [
        "a.sql": "CREATE TABLE a AS\nSELECT * FROM c",
        "b.sql": "CREATE TABLE b AS SELECT * FROM a",
        "c.sql": "CREATE TABLE c AS\n\nSELECT * FROM b",
        "d.sql": "CREATE TABLE d AS FROM c",
      ],
      [
        "a.sql:2:15 the scripts wait for each other in a circle: a.sql:2 reads c from c.sql; c.sql:3 reads b "
          + "from b.sql; b.sql:1 reads a from a.sql"
      ])
  }

  @Test("of several cycles in one knot the shortest is told, and every knot is")
  func cycles() {
    expectErrors(
      [
        "a.sql": "CREATE TABLE a AS FROM b, d", "b.sql": "CREATE TABLE b AS FROM a",
        "c.sql": "CREATE TABLE c AS FROM b", "d.sql": "CREATE TABLE d AS FROM c",
        "x.sql": "CREATE TABLE x AS FROM y", "y.sql": "CREATE TABLE y AS FROM x",
      ],
      [
        "a.sql:1:24 the scripts wait for each other in a circle: a.sql:1 reads b from b.sql; b.sql:1 reads a "
          + "from a.sql",
        "x.sql:1:24 the scripts wait for each other in a circle: x.sql:1 reads y from y.sql; y.sql:1 reads x "
          + "from x.sql",
      ])
  }

  @Test("a table that nothing makes, with the nearest one")
  func missingTable() {
    expectErrors(
      ["a.sql": "CREATE TABLE t AS\n  SELECT * FROM custmer", "b.sql": "CREATE TABLE customer AS SELECT 1"],
      ["a.sql:2:17 custmer does not exist, and no script of the pipeline makes it"],
      hint: "did you mean customer?")
  }

  @Test("a table of the right name in another schema is suggested first")
  func otherSchema() {
    expectErrors(
      ["a.sql": "SELECT * FROM orders"], existing: ["sales.orders", "order"],
      ["a.sql:1:15 orders does not exist, and no script of the pipeline makes it"],
      hint: "did you mean sales.orders?")
  }

  @Test("a table that the script itself makes only later")
  func readBeforeMade() {
    expectErrors(
      ["a.sql": "CREATE TEMP TABLE s AS FROM t;\nCREATE OR REPLACE TABLE t AS FROM s"],
      ["a.sql:1:29 t is read before line 2 makes it, and it does not exist yet"])
    #expect(throws: Never.self) {
      try makePlan(
        ["a.sql": "CREATE TEMP TABLE s AS FROM t; CREATE OR REPLACE TABLE t AS FROM s"], existing: ["t"])
    }
  }

  @Test(
    "changes of a table that neither exists nor is created",
    arguments: [
      "INSERT INTO t SELECT 1", "UPDATE t SET a = 1", "DELETE FROM t", "ALTER TABLE t ADD COLUMN b INT",
      "MERGE INTO t USING (SELECT 1 AS a) s ON t.a = s.a WHEN NOT MATCHED THEN INSERT",
    ])
  func missingTarget(_ sql: String) {
    let error = #expect(throws: PipelineError.self) { try makePlan(["a.sql": sql]) }
    #expect(error?.diagnostics.count == 1)
    #expect(
      error?.diagnostics.first?.message
        == "t does not exist, and the script does not create it before it writes")
    #expect(throws: Never.self) { try makePlan(["a.sql": sql], existing: ["t"]) }
    #expect(throws: Never.self) { try makePlan(["a.sql": "CREATE TABLE IF NOT EXISTS t (a INT); " + sql]) }
  }

  @Test("everything that is wrong is told at once, by path and line")
  func allErrors() {
    expectErrors(
      [
        "b.sql": "SELECT * FROM nope;\nSELECT * FROM nope2", "a.sql": "CREATE TABLE t AS SELECT 1",
        "c.sql": "CREATE TABLE t AS SELECT 1",
      ],
      [
        "b.sql:1:15 nope does not exist, and no script of the pipeline makes it",
        "b.sql:2:15 nope2 does not exist, and no script of the pipeline makes it",
        "c.sql:1:14 t has 2 writers: a.sql:1 (create) and c.sql:1 (create)",
      ])
  }

  @Test("what only macros, temporary tables and DuckDB itself have is not missing")
  func nothingMissing() throws {
    _ = try makePlan([
      "a.sql": "CREATE TEMP TABLE s AS SELECT 1; SELECT sum(x) FROM s, duckdb_tables(), range(3), 'x.csv'"
    ])
  }

  private func expectErrors(
    _ sources: [String: String], existing: [String] = [], _ expected: [String], hint: String? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: PipelineError.self, sourceLocation: location) {
      try makePlan(sources, existing: existing)
    }
    let found = error?.diagnostics.map { "\($0.path):\($0.line):\($0.column) \($0.message)" }
    #expect(found == expected, sourceLocation: location)
    if let hint { #expect(error?.diagnostics.first?.hint == hint, sourceLocation: location) }
  }
}
