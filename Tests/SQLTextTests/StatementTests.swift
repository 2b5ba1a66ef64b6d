import SQLText
import Testing

@Suite struct StatementTests {
  // Each expectation is what DuckDB 1.5.5 makes of the text, less white space and comments at the ends.
  @Test(arguments: [
    ("", []), (";", []), (" ; ;; ", []), ("-- only a comment;", []), ("/* ; */", []),
    ("select 1", ["select 1"]), ("select 1;", ["select 1"]),
    ("select 1;;;select 2;", ["select 1", "select 2"]),
    ("select 1 -- ;\n;select 2", ["select 1", "select 2"]),
    ("select 1 -- ;\r;select 2", ["select 1", "select 2"]),
    ("/* ; */ select /* ; */ 1 /* ; */;", ["select /* ; */ 1"]),
    ("select /* a /* ; */ ; */ 1; select 2", ["select /* a /* ; */ ; */ 1", "select 2"]),
    ("select ';'; select \";\"", ["select ';'", "select \";\""]),
    ("select 'a'\n';b'; select 2", ["select 'a'\n';b'", "select 2"]),
    (#"select e'a\';b'; select 2"#, [#"select e'a\';b'"#, "select 2"]),
    (#"select 'a\'; select 2"#, [#"select 'a\'"#, "select 2"]),
    ("select $a$;$a$;select 1", ["select $a$;$a$", "select 1"]),
    ("select $tag;select $tag2", ["select $tag", "select $tag2"]),
    ("select a$1$b from t; select 2", ["select a$1$b from t", "select 2"]),
    ("select $$;$$ || $x$;$$;$x$; select 2", ["select $$;$$ || $x$;$$;$x$", "select 2"]),
    ("create macro f(x) as (x);from f(1)", ["create macro f(x) as (x)", "from f(1)"]),
    (
      "ATTACH 'ducklake://main' AS dl;USE dl;\nSELECT 1 AS x",
      ["ATTACH 'ducklake://main' AS dl", "USE dl", "SELECT 1 AS x"]
    ),
  ])
  func splitsAsDuckDBDoes(sql: String, expected: [String]) throws {
    #expect(try SQLStatements.split(sql).map(\.text) == expected)
  }

  @Test func knowsWhereEachStatementStands() throws {
    let statements = try SQLStatements.split("-- é\nselect 1;\n\n  /* x */ select\n  $b, $a, $B, ?, ?2;")
    #expect(statements.map(\.line) == [2, 4])
    #expect(statements.map(\.column) == [1, 11])
    #expect(statements.map(\.utf8Range) == [6..<14, 27..<53])
    #expect(statements.map(\.parameterNames) == [[], ["b", "a", "2"]])
    #expect(statements[1].placeInScript(line: 1, column: 8) == (4, 18))
    #expect(statements[1].placeInScript(line: 2, column: 3) == (5, 3))
  }

  @Test func commentsAreNoTokensOfAStatement() throws {
    let statement = try SQLStatements.split("select -- a\n 1 /* b */ + 2")[0]
    #expect(statement.tokens.map(\.text) == ["select", "1", "+", "2"])
    #expect(statement.text == "select -- a\n 1 /* b */ + 2")
  }

  /// In `/* ' */ \u{FEFF}$a$ … $a$` DuckDB takes the space for a letter of the name `\u{FEFF}$a$`, and what
  /// follows for SQL. The text that it is given must not hold such a space.
  @Test func unicodeSpacesBetweenTokensBecomeBlanks() throws {
    let sql = "\u{FEFF}select\u{A0}/* ' \u{A0} */\u{FEFF}$a$, f(1) $a$, 'x\u{A0}y'\u{3000};"
    let statements = try SQLStatements.split(sql)
    #expect(statements.map(\.text) == ["select  /* ' \u{A0} */   $a$, f(1) $a$, 'x\u{A0}y'"])
    #expect(statements[0].tokens.map(\.kind) == [.word, .string, .symbol, .string])
    #expect(statements[0].text.utf8.count == statements[0].utf8Range.count)
  }

  @Test func anUnclosedQuoteIsAnError() {
    #expect(throws: SQLSyntaxError.self) { try SQLStatements.split("select 1; select 'a") }
  }
}
