import SQLText
import Scripts
import Testing

@Suite struct StatementKindTests {
  private func statement(_ sql: String) throws -> ScriptStatement {
    let statements = try SQLScript.parse(sql, path: "a.sql").statements
    try #require(statements.count == 1)
    return statements[0]
  }

  @Test(arguments: [
    ("ATTACH 'ducklake' AS dl", "main", "dl"), ("attach 'DuckLake' as DL", "main", "DL"),
    ("ATTACH 'ducklake://lake2' AS x;", "lake2", "x"),
    ("ATTACH'ducklake://my-lake'AS \"my alias\"", "my-lake", "my alias"),
    ("ATTACH OR REPLACE 'ducklake' AS dl", "main", "dl"), ("ATTACH DATABASE 'ducklake' AS dl", "main", "dl"),
    ("ATTACH IF NOT EXISTS 'ducklake' AS dl", "main", "dl"),
    ("ATTACH OR REPLACE DATABASE 'ducklake' AS dl", "main", "dl"),
    ("ATTACH DATABASE IF NOT EXISTS 'ducklake' AS dl", "main", "dl"),
    ("ATTACH /* the */ 'ducklake' -- main\n AS dl", "main", "dl"),
    ("ATTACH $$ducklake$$ AS dl", "main", "dl"),
  ])
  func attachesALake(sql: String, lake: String, alias: String) throws {
    let statement = try statement(sql)
    #expect(statement.kind == .attachLake(lake: lake, alias: alias, options: []))
    #expect(statement.replacesAttached == sql.contains("REPLACE"))
    #expect(statement.skipsAttached == sql.contains("IF NOT"))
  }

  @Test func optionsOfALakeAreItsTokens() throws {
    let sql =
      "ATTACH 'ducklake://a' AS dl (READ_ONLY, SNAPSHOT_TIME '2024-01-01', DATA_INLINING_ROW_LIMIT (10))"
    guard case .attachLake(_, _, let options) = try statement(sql).kind else {
      Issue.record("not a lake")
      return
    }
    #expect(
      options.map(\.text)
        == [
          "READ_ONLY", ",", "SNAPSHOT_TIME", "'2024-01-01'", ",", "DATA_INLINING_ROW_LIMIT", "(", "10", ")",
        ])
  }

  @Test(
    arguments: [
      ("USE dl", .use(alias: "dl", schema: nil)), ("use dl.sales;", .use(alias: "dl", schema: "sales")),
      (#"USE "d l"."s.t""#, .use(alias: "d l", schema: "s.t")),
      ("DETACH dl", .detach(alias: "dl", ifExists: false)),
      ("DETACH DATABASE IF EXISTS dl", .detach(alias: "dl", ifExists: true)), ("USE a.b.c", .other),
      ("USE", .other),
      ("USE 'dl'", .other), ("DETACH", .other), ("DETACH a b", .other),
      ("ATTACH 'ducklake:postgres:dbname=x' AS dl", .other), ("ATTACH 'file.db'", .other),
      ("ATTACH 'ducklake.db' AS x", .other),
      ("ATTACH '' AS x (TYPE postgres)", .other), ("ATTACH dl", .other), ("SELECT 'ATTACH'", .other),
      ("\"use\" dl", .other),
    ] as [(String, ScriptStatement.Kind)])
  func othersAreToldApart(sql: String, kind: ScriptStatement.Kind) throws {
    #expect(try statement(sql).kind == kind)
  }

  @Test(arguments: [
    ("ATTACH 'ducklake://' AS dl", "names no lake", 8),
    ("ATTACH 'ducklake://a/b' AS dl", "cannot be a lake's name", 8),
    ("ATTACH 'ducklake://main'", "without a name", 8), ("ATTACH 'ducklake' AS 'dl'", "without a name", 8),
    ("ATTACH 'ducklake' AS dl READ_ONLY", "`READ_ONLY` after", 25),
  ])
  func aLakeThatIsAttachedWronglyIsAnError(sql: String, message: String, column: Int) throws {
    let error = try #require(throws: ScriptError.self) { try SQLScript.parse("\n\(sql)", path: "a.sql") }
    let diagnostic = try #require(error.diagnostics.first)
    #expect(diagnostic.message.contains(message))
    #expect((diagnostic.line, diagnostic.column) == (2, column))
    #expect(diagnostic.hint != nil)
  }

  @Test(arguments: [
    ("SELECT 1", true, false), ("FROM t", true, false), ("VALUES (1)", true, false), ("TABLE t", true, false),
    ("(SELECT 1)", true, false), ("WITH a AS (DELETE FROM x) SELECT 1", true, false),
    ("PIVOT t ON a", true, false),
    ("WITH a AS (SELECT 1) INSERT INTO t FROM a", false, false), ("INSERT INTO t SELECT 1", false, false),
    ("SET x = 1", false, true), ("USE dl", false, true), ("CREATE TEMP TABLE t AS SELECT 1", false, true),
    ("CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1", false, true), ("CREATE TABLE t(i INT)", false, false),
    ("DROP TABLE t", false, false), ("ATTACH 'ducklake' AS dl", false, true),
  ])
  func queriesAndSetupAreToldApart(sql: String, isQuery: Bool, isSetup: Bool) throws {
    #expect(try statement(sql).isQuery == isQuery)
    #expect(try statement(sql).isSetup == isSetup)
  }
}
