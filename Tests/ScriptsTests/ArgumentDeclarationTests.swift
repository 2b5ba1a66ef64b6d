import Scripts
import Testing

@Suite struct ArgumentDeclarationTests {
  private func parse(_ source: String) throws(ScriptError) -> SQLScript {
    try SQLScript.parse(source, path: "a.sql")
  }

  @Test(
    arguments: [
      ("-- $a (bigint)", "a", "bigint", nil), ("--$a (BIGINT)", "a", "bigint", nil),
      ("  --   $a   ( text )  ", "a", "text", nil), ("-- $a", "a", nil, nil),
      ("-- $é_1 (int)", "é_1", "int", nil),
      ("-- $a (double precision)", "a", "double precision", nil),
      ("-- $a (DECIMAL(18, 2)) = 1.50", "a", "decimal(18,2)", .text("1.50")),
      ("-- $a (varchar(10))", "a", "varchar(10)", nil), ("-- $a (json[])", "a", "json[]", nil),
      ("-- $a (timestamp with time zone)", "a", "timestamp with time zone", nil),
      ("-- $a (struct(Id int, n varchar)[])", "a", "struct(Id int,n varchar)[]", nil),
      ("-- $a (enum('A', 'b'))", "a", "enum('A','b')", nil), ("-- $a (my_type)", "a", "my_type", nil),
      ("-- $a (int) = 5", "a", "int", .integer(5)), ("-- $a (int)=5", "a", "int", .integer(5)),
      ("-- $a (int) = null", "a", "int", .null), ("-- $a (text) = null", "a", "text", .null),
      ("-- $a (text) = 'null'", "a", "text", .text("null")), ("-- $a (text) = ''", "a", "text", .text("")),
      ("-- $a (text) = it's", "a", "text", .text("it's")),
      ("-- $a (text) = 'it''s'", "a", "text", .text("it's")),
      ("-- $a (text) = \"x y\"", "a", "text", .text("x y")),
      ("-- $a (text) = 007", "a", "text", .text("007")),
      ("-- $a (bool) = true", "a", "bool", .bool(true)), ("-- $a (float8) = 1", "a", "float8", .double(1)),
      ("-- $a (date) = 2024-01-31", "a", "date", .text("2024-01-31")),
      ("-- $a (json) = {\"k\": [1]}", "a", "json", .json("{\"k\": [1]}")),
      ("-- $a (json) = \"x\"", "a", "json", .json("\"x\"")),
      ("-- $a (int[]) = '[1,2]'", "a", "int[]", .json("[1,2]")),
      ("-- $a = 5", "a", nil, .integer(5)), ("-- $a = -1.5", "a", nil, .double(-1.5)),
      ("-- $a = true", "a", nil, .bool(true)), ("-- $a = plain words", "a", nil, .text("plain words")),
      ("-- $a = '5'", "a", nil, .text("5")), ("-- $a = null", "a", nil, .null),
    ] as [(String, String, String?, ScriptValue?)])
  func declares(line: String, name: String, type: String?, value: ScriptValue?) throws {
    let script = try parse("\(line)\nSELECT 1")
    #expect(script.arguments.map(\.name) == [name])
    #expect(script.arguments.map(\.type) == [type])
    #expect(script.arguments.map(\.default) == [value])
    #expect(script.arguments.map(\.hasDefault) == [value != nil])
  }

  @Test func wordsAfterTheTypeSayWhatItIsFor() throws {
    let script = try parse("-- $id (bigint) the customer's id")
    #expect(script.arguments.map(\.name) == ["id"])
    #expect(script.arguments.map(\.summary) == ["the customer's id"])
  }

  @Test(arguments: [
    "-- the argument $a (int)", "-- $a is the first day", "-- $a + 1", "-- $a (see below) is unused",
    "-- $1 a (int)",
    "-- $", "-- $ a (int)", "-- $$a (int)", "-- $a: int", "SELECT 1 -- $a (int)", "/* -- $a (int) */",
    "/*\n-- $a (int)\n*/",
    "SELECT '\n-- $a (int)\n'", "SELECT $$\n-- $a (int)\n$$", "SELECT \"\n-- $a (int)\n\"",
    "/* x */ -- $a (int)",
    "SELECT 1 /*\n*/ -- $a (int)",
  ])
  func leavesProseStringsAndBlockCommentsAlone(source: String) throws {
    #expect(try parse(source).arguments.isEmpty)
  }

  @Test func declarationsMayStandAnywhere() throws {
    let script = try parse("SELECT $b, $a;\n\n  -- $a (int)\r\n-- $b (text) = x\r\nSELECT $a")
    #expect(script.arguments.map(\.name) == ["a", "b"])
    #expect(script.arguments.map(\.line) == [3, 4])
    #expect(script.arguments.map(\.column) == [6, 4])
    #expect(script.undeclaredArguments.isEmpty)
  }

  @Test func aTokenOfSeveralLinesEndsWhereItsLastLineIs() throws {
    let script = try parse("SELECT 'x\u{0C}\u{2028}y';\n-- $a (int)\n/*\r\r\n*/\n-- $b (int)")
    #expect(script.arguments.map(\.name) == ["a", "b"])
    #expect(script.arguments.map(\.line) == [2, 6])
  }

  @Test func usedButNotDeclared() throws {
    let script = try parse("-- $a (int)\nSELECT $a, $b, '$c', $$ $d $$ -- $e\n, $B, $1;\nSELECT $b")
    #expect(script.undeclaredArguments.map(\.name) == ["b", "1"])
    #expect(script.undeclaredArguments.map(\.line) == [2, 3])
    #expect(script.undeclaredArguments.allSatisfy { $0.type == nil && !$0.hasDefault })
  }

  @Test func declaredButNotUsedIsFine() throws {
    #expect(try parse("-- $a (int)\nSELECT 1").arguments.count == 1)
  }

  @Test(arguments: [
    ("-- $a (int)\n-- $A (text)", 2, 4, "declared twice, first on line 1"),
    ("-- $a (int unsigned)", 1, 4, "is not a type"), ("-- $a (decimal((SELECT 1)))", 1, 4, "is not a type"),
    ("-- $a (date(f(1)))", 1, 4, "is not a type"), ("-- $a (struct(a int; b int))", 1, 4, "is not a type"),
    ("-- $a (text[)", 1, 4, "is not a type"), ("-- $a ()", 1, 4, "is not a type"),
    ("-- $a (int) =", 1, 4, "missing after `=`"), ("-- $a (int) = abc", 1, 4, "`abc` is not an int"),
    ("-- $a (tinyint) = 200", 1, 4, "`200` is not a tinyint"),
    ("-- $a (date) = 2024-02-30", 1, 4, "is not a date"),
    ("SELECT ?", 1, 8, "`?` has no name"), ("SELECT 1;\nSELECT 'x", 2, 8, "never closed"),
  ])
  func errorsSayWhereAndWhat(source: String, line: Int, column: Int, message: String) throws {
    let error = try #require(throws: ScriptError.self) { try parse(source) }
    #expect(error.diagnostics.count == 1)
    let diagnostic = try #require(error.diagnostics.first)
    #expect((diagnostic.line, diagnostic.column) == (line, column))
    #expect(diagnostic.message.contains(message))
    #expect(error.description.hasPrefix("a.sql:\(line):\(column): "))
  }

  @Test func allErrorsAreListedInTheOrderOfTheLines() throws {
    let error = try #require(throws: ScriptError.self) {
      try parse("-- $a (int) = x\nSELECT ?;\n-- data_test unique\nATTACH 'ducklake://a b' AS x")
    }
    #expect(error.diagnostics.map(\.line) == [1, 2, 3, 4])
    #expect(error.description.hasSuffix("(and 3 more)"))
  }

  @Test func anEmptyScriptIsAScript() throws {
    let script = try parse("")
    #expect(script.statements.isEmpty)
    #expect(script.arguments.isEmpty)
    #expect(script.resultCollection == .lastStatementAllRows)
  }
}
