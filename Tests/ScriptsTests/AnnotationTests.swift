import Scripts
import Testing

@Suite struct AnnotationTests {
  private func parse(_ source: String) throws -> SQLScript { try SQLScript.parse(source, path: "a.sql") }

  private func diagnostic(_ source: String) throws -> Diagnostic {
    let error = try #require(throws: ScriptError.self) { try parse(source) }
    #expect(error.diagnostics.count == 1)
    return try #require(error.diagnostics.first)
  }

  // MARK: - Result collection

  @Test(arguments: ResultCollection.allCases)
  func resultCollections(collection: ResultCollection) throws {
    #expect(try parse("-- result_collection=\(collection.rawValue)\nSELECT 1").resultCollection == collection)
    #expect(collection.coversAllStatements == collection.rawValue.hasPrefix("all_"))
    #expect(collection.isFirstRow == collection.rawValue.contains("first_row"))
    #expect(collection.isScalar == collection.rawValue.hasSuffix("scalar"))
  }

  @Test(arguments: [
    "-- result_collection=legacy", "-- result_collection=nonsense", "-- result_collection=",
    "-- result_collection",
    "SELECT '\n-- result_collection=last_statement_first_row\n'",
    "-- result_collection=last_statement_all_rows\n-- result_collection=last_statement_first_row",
  ])
  func otherwiseAllRowsOfTheLastStatement(source: String) throws {
    #expect(try parse(source).resultCollection == .lastStatementAllRows)
  }

  // MARK: - Pipeline, on, others

  @Test func annotationsAreListedInOrder() throws {
    let script = try parse(
      """
      -- pipeline
      -- on ducklake://main/raw.orders
      -- on s3:///in/{partition}/a.csv debounce=60s
      -- on schedule
      -- partitioned daily tz="Europe/Berlin"
      SELECT 1;
        -- tag heavy
      """)
    let raw = Asset.table(schema: "raw", name: "orders")
    #expect(
      script.annotations.map(\.kind) == [
        .pipeline, .on(raw), .on(try Asset(parsing: "s3:///in/{partition}/a.csv")),
        .other(name: "on", text: "schedule"),
        .other(name: "partitioned", text: #"daily tz="Europe/Berlin""#), .other(name: "tag", text: "heavy"),
      ])
    #expect(script.annotations.map(\.line) == [1, 2, 3, 4, 5, 7])
    #expect(script.annotations.last?.column == 6)
    #expect(script.isPipelineStep)
    #expect(script.triggers.count == 2)
    #expect(script.annotations[2].text == "on s3:///in/{partition}/a.csv debounce=60s")
  }

  @Test(arguments: [
    ("-- retry 3 10s", "retry", "3 10s"), ("-- retry 3", "retry", "3"), ("-- trigger all", "trigger", "all"),
    ("-- debounce 5m", "debounce", "5m"), ("-- freshness 1h30m", "freshness", "1h30m"),
    ("-- macros", "macros", ""),
    ("-- use f/lib/macros", "use", "f/lib/macros"),
    ("-- column total <- ducklake://main/orders.amount", "column", "total <- ducklake://main/orders.amount"),
    ("-- partitioned dynamic key=\"$.a\"", "partitioned", "dynamic key=\"$.a\""),
  ])
  func otherAnnotationsAreKept(line: String, name: String, text: String) throws {
    #expect(try parse(line).annotations.map(\.kind) == [.other(name: name, text: text)])
  }

  @Test(arguments: [
    "-- pipeline broken on staging", "-- pipelines", "-- on https://example.org we found this",
    "-- on Mondays we load twice", "-- on",
    "-- on ducklake tables",
    "-- materialize the daily totals", "-- materialize", "-- materialize manual", "-- materialized: yes",
    "-- use this script to load", "-- use", "-- tag all of them", "-- tag", "-- retry until it works",
    "-- retry",
    "-- macros are below", "-- trigger all of them", "-- freshness matters", "-- debounce later",
    "-- column a holds b",
    "-- partitioned by day", "-- data_tests are below", "-- data tests", "-- the pipeline",
    "-- result_collections",
    "SELECT 1 -- pipeline", "/* -- pipeline */", "SELECT '\n-- pipeline\n'", "-- Pipeline", "----", "--",
  ])
  func proseIsNoAnnotation(line: String) throws {
    #expect(try parse(line).annotations.isEmpty)
  }

  @Test(arguments: [
    ("-- on ducklake://", 7, "names no lake"), ("-- on duklake://main/orders", 7, "is not an asset"),
    ("--   on ducklake://main/orders and more", 32, "`and` after the asset"),
  ])
  func aWrongAssetIsAnError(line: String, column: Int, message: String) throws {
    let diagnostic = try diagnostic("\n" + line)
    #expect(diagnostic.line == 2)
    #expect(diagnostic.column == column)
    #expect(diagnostic.message.contains(message))
  }

  // MARK: - Materialize

  @Test(
    arguments: [
      ("ducklake://main/t", .replace, .fail), ("ducklake://main/t append", .append, .fail),
      ("ducklake://main/t key=id", .merge(key: ["id"]), .fail),
      (#"ducklake://main/t key=id,"my day" on_schema_change=sync"#, .merge(key: ["id", "my day"]), .sync),
      ("ducklake://main/t on_schema_change=ignore", .replace, .ignore),
      ("ducklake://main/t key=id history", .history(key: ["id"], track: [], closesDeleted: false), .fail),
      (
        "scd2 ducklake://main/t key=id track=a,b deletes=close",
        .history(key: ["id"], track: ["a", "b"], closesDeleted: true), .fail
      ),
      ("manual ducklake://main/t", .manual, .fail),
    ] as [(String, Materialization.Strategy, Materialization.SchemaChange)])
  func materializes(text: String, strategy: Materialization.Strategy, change: Materialization.SchemaChange)
    throws
  {
    let made = try #require(try parse("-- materialize \(text)\nSELECT 1").materialization)
    #expect(made.target == .table(name: "t"))
    #expect(made.strategy == strategy)
    #expect(made.onSchemaChange == change)
    #expect(made.isManaged == (strategy != .manual))
  }

  @Test(arguments: [
    ("ducklake://main", 16, "is not a table of a lake"), ("s3://a/b", 16, "is not a table of a lake"),
    ("ducklake://main/t apend", 34, "`apend` is not an option"),
    ("ducklake://main/t key", 34, "lacks its columns"),
    ("ducklake://main/t key=", 34, "lacks a column"), ("ducklake://main/t key=a,,b", 34, "lacks a column"),
    ("ducklake://main/t deletes=open", 34, "deleted rows"),
    ("ducklake://main/t on_schema_change=x", 34, "changed columns"),
    ("ducklake://main/t append key=id", 16, "exclude each other"),
    ("ducklake://main/t history", 16, "needs a key"),
    ("ducklake://main/t track=a", 16, "belong to history"),
    ("manual ducklake://main/t append", 23, "writes its table itself"),
    ("ducklake://main/t append key=id history", 16, "exclude each other"),
  ])
  func wrongMaterializationsAreErrors(text: String, column: Int, message: String) throws {
    let diagnostic = try diagnostic("-- materialize \(text)\nSELECT 1")
    #expect(diagnostic.column == column)
    #expect(diagnostic.message.contains(message))
    #expect(diagnostic.hint != nil)
  }

  @Test func aMistypedOptionGetsTheNearestOne() throws {
    #expect(
      try diagnostic("-- materialize ducklake://main/t apend\nSELECT 1").hint == "did you mean `append`?")
  }

  @Test(arguments: [
    ("", 1, "has no query"), ("INSERT INTO t SELECT 1", 2, "is not the query"),
    ("CREATE TABLE x(i INT); SELECT 1", 2, "`CREATE` before the query"),
    ("SELECT 1;\nSELECT 2", 2, "`SELECT` before the query"),
  ])
  func aManagedTableNeedsOneQueryAtTheEnd(statements: String, line: Int, message: String) throws {
    let diagnostic = try diagnostic("-- materialize ducklake://main/t\n\(statements)")
    #expect(diagnostic.line == line)
    #expect(diagnostic.message.contains(message))
  }

  @Test func setupMayStandBeforeTheQuery() throws {
    let source = """
      -- materialize ducklake://main/t
      ATTACH 'ducklake' AS dl; USE dl; SET threads = 2; CREATE TEMP TABLE x AS SELECT 1;
      WITH a AS (SELECT 1) SELECT * FROM a
      """
    #expect(try parse(source).materialization?.target == .table(name: "t"))
    let manual = "-- materialize manual ducklake://main/t\nCREATE TABLE t(i INT); INSERT INTO t VALUES (1)"
    #expect(try parse(manual).materialization?.strategy == .manual)
  }

  @Test func aScriptMakesOneTable() throws {
    let diagnostic = try diagnostic(
      "-- materialize ducklake://main/a\n-- materialize ducklake://main/b\nSELECT 1")
    #expect(diagnostic.line == 2)
    #expect(diagnostic.message.contains("line 1 already names it"))
  }
}
