import Lineage
import Scripts
import Testing

@Suite("Places, notes and uses")
struct PlaceTests {
  private let source = """
    -- what was sold
    CREATE TEMP TABLE recent AS
      SELECT * FROM orders
      JOIN dl.customers c USING (id);

    INSERT INTO sales.daily
      SELECT * FROM recent, read_parquet('raw/x.parquet'), sales.daily;
    """

  @Test("reads and writes have lines, columns and statements, parsed or by tokens", arguments: [true, false])
  func places(isParsed: Bool) throws {
    let script = try SQLScript.parse(source, path: "daily.sql")
    let answers: [NameRequest.ID: ExtractedNames] =
      isParsed
      ? try answer(
        script,
        [
          .names([#""dl"."customers""#, #""orders""#]),
          .names([#""recent""#, #""sales"."daily""#]),
        ]) : [:]
    let assets = ScriptAssets.resolve(script: script, answers: answers)
    #expect(
      assets.reads.map { "\(short($0.asset)) \($0.line):\($0.column) \($0.statementIndex ?? -1)" }.sorted()
        == ["customers 4:8 0", "file:raw/x.parquet 7:25 1", "orders 3:17 0", "sales.daily 7:56 1"])
    #expect(
      assets.writes.map { "\(short($0.asset)) \($0.line):\($0.column) \($0.statementIndex ?? -1)" }
        == ["sales.daily 6:13 1"])
    #expect(assets.precision == (isParsed ? .parsed : .tokens))
    #expect(assets.notes.map(\.line) == (isParsed ? [] : [2, 6]))
  }

  @Test("how an asset is used")
  func usage() throws {
    let assets = try resolve(source)
    #expect(try assets.usage(of: asset("orders")) == .read)
    #expect(try assets.usage(of: asset("ORDERS")) == .read)
    #expect(try assets.usage(of: asset("sales.daily")) == .readWrite)
    #expect(try assets.usage(of: asset("recent")) == nil)
    #expect(assets.filesRead.map(\.asset.path) == ["raw/x.parquet"])
    #expect(assets.filesWritten.isEmpty)
  }

  @Test("schemas with their lake")
  func schemas() throws {
    let assets = try resolve(
      "CREATE SCHEMA a;\nCREATE SCHEMA IF NOT EXISTS dl.b; USE memory; CREATE SCHEMA c")
    #expect(
      assets.schemas == [
        SchemaUse(lake: "main", name: "a", line: 1), SchemaUse(lake: "main", name: "b", line: 2),
      ])
  }

  @Test("calls may be macros; those of this script and temporary ones are none")
  func calls() throws {
    let assets = try resolve(
      """
      CREATE MACRO own(x) AS x; CREATE TEMP MACRO here(x) AS x;
      SELECT net(price), own(1), here(2), sales.tax(3), extract(year FROM d) FROM top(10) t(a, b)
      WHERE a IN (1, 2) AND (b OR c);
      UPDATE t SET a = net2(b) WHERE NOT even(c);
      """)
    let calls = Set(assets.calls.map { short($0.asset) })
    #expect(calls.isSuperset(of: ["net()", "sales.tax()", "top()", "net2()", "even()"]))
    #expect(calls.isDisjoint(with: ["own()", "here()", "t()", "in()", "and()", "\"in\"()", "\"and\"()"]))
  }

  @Test("what cannot be followed is noted with its line")
  func notes() throws {
    let assets = try resolve(
      "SELECT 1;\nCREATE TABLE t AS FROM read_csv($path);\nCOPY t TO $out;\nINSERT INTO nowhere.main.t VALUES (1)",
      parameters: ["out": "x.csv"])
    #expect(assets.notes.filter { $0.kind != .tokensOnly }.map(\.line) == [2, 4])
    #expect(
      assets.notes.filter { $0.kind != .tokensOnly }.map(\.message) == [
        "the file is argument $path, whose value is not known here",
        "no lake or attached database is called nowhere",
      ])
    #expect(assets.filesWritten.map(\.asset.path) == ["x.csv"])
  }

  @Test("argument values name files, in any case of letters")
  func parameters() throws {
    let assets = try resolve("FROM read_parquet($Path)", parameters: ["path": "raw/x.parquet"])
    #expect(assets.filesRead.map(\.asset.path) == ["raw/x.parquet"])
  }

  @Test("an answer that DuckDB refused falls back to tokens for that query alone")
  func fallback() throws {
    let script = try SQLScript.parse("FROM a; PIVOT b ON x USING sum(y)", path: "p.sql")
    let answers = try answer(
      script, [.names([#""a""#]), .unavailable("Only SELECT statements can be serialized to json!")])
    let assets = ScriptAssets.resolve(script: script, answers: answers)
    #expect(assets.reads.map { short($0.asset) } == ["a", "b"])
    #expect(assets.precision == .tokens)
    #expect(assets.notes.map(\.kind) == [.tokensOnly])
  }

  @Test("DuckDB's answer wins over the tokens; a name that these missed gets the place of its spelling")
  func answerWins() throws {
    let script = try SQLScript.parse("SELECT\n  hidden FROM a, b", path: "p.sql")
    let answers = try answer(script, [.names([#""a""#, #""hidden""#])])
    let assets = ScriptAssets.resolve(script: script, answers: answers)
    #expect(assets.reads.map { "\(short($0.asset)) \($0.line)" } == ["hidden 2", "a 2"])
  }

  @Test(
    "an asset's nearest neighbour",
    arguments: [
      ("custmer", "customer"), ("orders", "sales.orders"), ("ORDER", nil), ("xyz", nil),
    ])
  func nearest(name: String, expected: String?) throws {
    let known = try ["customer", "sales.orders", "order"].map(asset)
    #expect(try asset(name).nearest(among: known)?.shortName == expected)
  }

  private func asset(_ name: String) throws -> Asset { try TableName(parsing: name).asset() }

  private func resolve(_ source: String, parameters: [String: String] = [:]) throws -> ScriptAssets {
    ScriptAssets.resolve(
      script: try SQLScript.parse(source, path: "script.sql"), parameters: parameters)
  }

  private func answer(
    _ script: SQLScript, _ names: [ExtractedNames]
  ) throws -> [NameRequest.ID: ExtractedNames] {
    let requests = LineagePlan.requests(for: script)
    try #require(requests.count == names.count)
    return Dictionary(uniqueKeysWithValues: zip(requests.map(\.id), names))
  }
}

@Suite("Heads of statements")
struct StatementHeadTests {
  @Test(
    "queries inside statements become SELECTs by themselves",
    arguments: [
      ("CREATE TABLE t AS SELECT 1 /* c */ FROM u", ["SELECT 1 /* c */ FROM u"]),
      ("CREATE TABLE t AS FROM u WITH NO DATA", ["FROM u"]),
      ("INSERT INTO t (a) SELECT 1 FROM u RETURNING a", ["SELECT 1 FROM u"]),
      ("INSERT INTO t VALUES (1), (2)", []),
      ("WITH c AS (FROM u) INSERT INTO t FROM c", ["WITH c AS (FROM u) FROM c"]),
      (
        "WITH c AS (FROM u) INSERT INTO t WITH d AS (FROM c) FROM d",
        ["WITH c AS (FROM u) SELECT * FROM ( WITH d AS (FROM c) FROM d )"]
      ),
      ("DELETE FROM t", []),
      ("DELETE FROM t USING u, v WHERE t.a = u.a", ["SELECT 1 FROM u, v"]),
      ("DELETE FROM t WHERE a IN (SELECT a FROM u)", ["SELECT 1 , (SELECT a FROM u)"]),
      (
        "UPDATE t SET a = (SELECT 1 FROM v), b = DEFAULT FROM u WHERE t.a = u.a",
        ["SELECT 1 , (SELECT 1 FROM v) FROM u"]
      ),
      ("MERGE INTO t USING (FROM u) s ON t.a = s.a WHEN MATCHED THEN DELETE", ["SELECT 1 FROM (FROM u) s"]),
      ("COPY (FROM t) TO 'x'", ["FROM t"]),
      ("EXPLAIN ANALYZE SELECT 1 FROM t", ["SELECT 1 FROM t"]),
      (
        "CREATE MACRO m(a) AS TABLE SELECT b, (c) AS d FROM t, (a, b) AS TABLE FROM u",
        ["SELECT b, (c) AS d FROM t", "FROM u"]
      ),
      ("PIVOT t ON a USING sum(b)", ["PIVOT t ON a USING sum(b)"]),
      ("SELECT 1", []),
    ])
  func requests(sql: String, expected: [String]) throws {
    let script = try SQLScript.parse(sql, path: "script.sql")
    #expect(LineagePlan.requests(for: script).map(\.sql) == expected)
  }

  @Test(
    "verbs",
    arguments: [
      ("SELECT 1", StatementHead.Verb.select), ("(FROM t)", .select), ("WITH c AS (FROM t) FROM c", .select),
      ("WITH c AS (FROM t) DELETE FROM u USING c", .delete), ("INSERT OR IGNORE INTO t VALUES (1)", .insert),
      ("TRUNCATE t", .truncate), ("MERGE INTO t USING u ON true WHEN MATCHED THEN DO NOTHING", .merge),
      ("CREATE OR REPLACE TEMP VIEW v AS FROM t", .create), ("COPY t FROM 'x'", .copyFrom),
      ("COPY t TO 'x'", .copyTo), ("CALL f(1)", .call), ("EXPLAIN DELETE FROM t", .explain),
      ("BEGIN TRANSACTION", .transaction), ("ROLLBACK", .transaction), ("PRAGMA version", .pragma),
      ("ATTACH 'x' AS y", .attach), ("DETACH y", .detach), ("RESET threads", .set), ("SHOW TABLES", .show),
      ("VACUUM", .other), ("gibberish in, gibberish out", .other), (")", .other), ("INSERT", .insert),
      ("CREATE", .create), ("WITH", .select), ("MERGE INTO", .merge), ("COPY", .other), ("DROP TABLE", .drop),
    ])
  func verb(sql: String, expected: StatementHead.Verb) throws {
    let script = try SQLScript.parse(sql, path: "script.sql")
    #expect(StatementHead.read(script.statements[0].sql).verb == expected)
  }

  @Test(
    "targets",
    arguments: [
      ("CREATE OR REPLACE TEMP TABLE \"a b\".t AS SELECT 1", "replace temp table a b|t"),
      ("CREATE VIEW v AS FROM t", "create view v"),
      ("CREATE SCHEMA IF NOT EXISTS dl.sales", "create schema dl|sales"),
      ("DROP TABLE IF EXISTS a, b.c", "drop table a, drop table b|c"),
      ("ALTER VIEW s.v RENAME TO w", "drop view s|v, create view s|w"),
      ("TRUNCATE TABLE t", "delete table t"),
      ("COPY t FROM 'x.csv'", "insert table t"),
      ("CREATE INDEX i ON t (a)", "alter table t"),
      ("EXPLAIN INSERT INTO t VALUES (1)", ""),
    ])
  func targets(sql: String, expected: String) throws {
    let script = try SQLScript.parse(sql, path: "script.sql")
    let targets = StatementHead.read(script.statements[0].sql).targets.map { target in
      let temporary = target.isTemporary ? "temp " : ""
      return "\(target.access.rawValue) \(temporary)\(target.object.rawValue) "
        + target.name.parts.joined(separator: "|")
    }
    #expect(targets.joined(separator: ", ") == expected)
  }

  @Test("brackets of any depth do no harm", arguments: [990, 100_000])
  func deepBrackets(depth: Int) throws {
    let open = String(repeating: "(", count: depth)
    let close = String(repeating: ")", count: depth)
    let nested = String(repeating: "(FROM ", count: depth)
    for sql in [
      "SELECT \(open)1\(close) FROM t", "FROM \(nested)t\(close)", "FROM \(open)t\(close)",
      "UPDATE t SET a = \(open)1\(close)", "SELECT f\(open)", "INSERT INTO t \(close)",
    ] {
      let script = try SQLScript.parse(sql, path: "script.sql")
      _ = LineagePlan.requests(for: script)
      let reads = ScriptAssets.resolve(script: script).reads.map { short($0.asset) }
      #expect(reads == (depth < 1_000 && sql.contains("FROM") ? ["t"] : []))
    }
  }

  /// Recorded from `duckdb_get_table_names(…, qualified)`, DuckDB 1.5.5: aliases and samples come with the name.
  @Test(
    "names as DuckDB writes them",
    arguments: [
      ("orders", ["orders"]), ("dl.sales.orders", ["dl", "sales", "orders"]),
      (#"dl."we.ird"."a""b""#, ["dl", "we.ird", #"a"b"#]), (#""My Table""#, ["My Table"]),
      ("t AS x", ["t"]), (#"t AS "select""#, ["t"]), (#""a.csv" AS a"#, ["a.csv"]),
      ("t TABLESAMPLE System(10.0 PERCENT)", ["t"]),
      ("u TABLESAMPLE Reservoir(20 ROWS)REPEATABLE (1)", ["u"]),
      (#"a.information_schema."tables""#, ["a", "information_schema", "tables"]), (#""é t""#, ["é t"]),
    ])
  func qualifiedNames(text: String, parts: [String]) {
    #expect(SQLName(qualified: text)?.parts == parts)
  }

  @Test("what is no name", arguments: ["", "1", "'t'", "(t)", "\"unclosed"])
  func noNames(text: String) {
    #expect(SQLName(qualified: text) == nil)
  }
}
