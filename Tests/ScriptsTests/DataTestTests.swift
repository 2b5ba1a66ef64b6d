import Scripts
import Testing

@Suite struct DataTestTests {
  private func tests(_ source: String) throws -> [DataTest] {
    try SQLScript.parse(source, path: "a.sql").dataTests
  }

  @Test(
    arguments: [
      ("unique id", .unique(columns: ["id"])), ("unique id, day", .unique(columns: ["id", "day"])),
      (#"unique (id,"my day")"#, .unique(columns: ["id", "my day"])),
      ("not_null a,b", .notNull(columns: ["a", "b"])),
      (
        "accepted_values status open,closed,'in transit'",
        .acceptedValues(column: "status", values: [.text("open"), .text("closed"), .text("in transit")])
      ),
      (
        "accepted_values status = a, b c , 'd,e'",
        .acceptedValues(column: "status", values: [.text("a"), .text("b c"), .text("d,e")])
      ),
      (
        "accepted_values n in (1, -2, 3.5, '4', 2024-01-01)",
        .acceptedValues(
          column: "n", values: [.integer(1), .integer(-2), .double(3.5), .text("4"), .text("2024-01-01")])
      ),
      (
        #"accepted_values "my col" ('it''s', true)"#,
        .acceptedValues(column: "my col", values: [.text("it's"), .bool(true)])
      ),
      ("accepted_values x IN 'in'", .acceptedValues(column: "x", values: [.text("in")])),
      (
        "relationships customer_id -> customers.id",
        .relationships(column: "customer_id", table: TableName(table: "customers"), referencedColumn: "id")
      ),
      (
        "relationships customer_id->sales.customers.id",
        .relationships(
          column: "customer_id", table: TableName(schema: "sales", table: "customers"), referencedColumn: "id"
        )
      ),
      (
        "relationships a my-lake/c.id",
        .relationships(column: "a", table: TableName(lake: "my-lake", table: "c"), referencedColumn: "id")
      ),
      (
        "relationships a ducklake://main/sales.c.id",
        .relationships(
          column: "a", table: TableName(lake: "main", schema: "sales", table: "c"), referencedColumn: "id")
      ),
      (
        #"relationships "a b" -> "c d"."e.f""#,
        .relationships(column: "a b", table: TableName(table: "c d"), referencedColumn: "e.f")
      ),
      ("sql SELECT * FROM t WHERE a < 0;", .sql("SELECT * FROM t WHERE a < 0")),
      ("sql FROM t WHERE b = 'x -- y'", .sql("FROM t WHERE b = 'x -- y'")),
      ("f/tests/orders", .script(path: "f/tests/orders")),
    ] as [(String, DataTest.Check)])
  func readsEveryRule(text: String, check: DataTest.Check) throws {
    let tests = try tests("SELECT 1;\n-- data_test \(text)")
    #expect(tests.map(\.check) == [check])
    #expect(tests.map(\.line) == [2])
    #expect(tests.map(\.table) == [nil])
    #expect(tests.map(\.name) == [nil])
  }

  @Test func aTestMayNameItsTableAndItself() throws {
    let tests = try tests(
      """
      -- data_test orders: unique id
      -- data_test main/sales.orders: name=ids not_null id
      -- data_test "my table": name="every id" unique id
      -- data_test name=positive sql SELECT 1
      """)
    #expect(
      tests.map(\.table) == [
        TableName(table: "orders"), TableName(lake: "main", schema: "sales", table: "orders"),
        TableName(table: "my table"), nil,
      ])
    #expect(tests.map(\.name) == [nil, "ids", "every id", "positive"])
    #expect(tests.map(\.label) == ["unique(id)", "ids", "every id", "positive"])
  }

  @Test func aQueryGoesOnInCommentsThatAreIndentedFurther() throws {
    let tests = try tests(
      """
      -- data_test sql SELECT *
      --   FROM orders -- of all years
      --     WHERE amount < 0
      -- data_test unique id
      --   the source gives ids
      -- data_test sql SELECT 1

      --   not a part of it
      -- data_test sql
      --   SELECT 2
      --   UNION SELECT 3
      """)
    #expect(
      tests.map(\.check) == [
        .sql("SELECT *\nFROM orders -- of all years\nWHERE amount < 0"), .unique(columns: ["id"]),
        .sql("SELECT 1"),
        .sql("SELECT 2\nUNION SELECT 3"),
      ])
  }

  @Test func theLinesOfAQueryAreNoAnnotations() throws {
    let script = try SQLScript.parse(
      "-- data_test sql SELECT 1\n--   -- pipeline\n--   -- $a (int)\n", path: "a.sql")
    #expect(script.annotations.count == 1)
    #expect(script.arguments.isEmpty)
  }

  @Test(arguments: [
    ("", "names no rule", 4), ("orders:", "names no rule", 4), ("uniqe id", "`uniqe` is not a rule", 14),
    ("unique", "unique names no column", 14), ("unique a b", "`b` is not where a comma belongs", 14),
    ("unique a,", "after the last comma", 14), ("not_null 'a'", "`'a'` is not where a column belongs", 14),
    ("accepted_values", "names no column", 14), ("accepted_values status", "names no values", 14),
    ("accepted_values a,b", "names no column before", 14),
    ("accepted_values s a,,b", "between the commas", 14),
    ("accepted_values s a, null", "null is not a value", 14),
    ("accepted_values s O'Brien", "never closed", 14),
    ("relationships a", "names no column that `a` refers to", 14), ("relationships", "names no column", 14),
    ("relationships a -> b", "is not a table and its column", 14),
    ("relationships a -> b.c d", "`d` after", 14),
    ("relationships a -> datatable://main/b.c", "is not in a lake", 14),
    ("relationships a -> w.x.y.z", "is not a table and its column", 14),
    ("sql", "no query", 14), ("sql DELETE FROM t", "`DELETE` does not start a query", 14),
    ("sql SELECT 1; SELECT 2", "more than one statement", 14), ("sql SELECT 'a", "never closed", 14),
    ("a b.c: unique id", "`a` is not a rule", 14), ("a.b.c.d: unique id", "more parts", 14),
  ])
  func errorsTeach(text: String, message: String, column: Int) throws {
    let error = try #require(throws: ScriptError.self) { try tests("\n-- data_test \(text)") }
    let diagnostic = try #require(error.diagnostics.first)
    #expect(error.diagnostics.count == 1)
    #expect(diagnostic.message.contains(message))
    #expect((diagnostic.line, diagnostic.column) == (2, column))
    #expect(diagnostic.hint?.isEmpty == false)
  }

  @Test func aMistypedRuleGetsTheNearestOne() throws {
    let error = try #require(throws: ScriptError.self) { try tests("-- data_test uniqe id") }
    #expect(error.description == "a.sql:1:14: `uniqe` is not a rule of data_test; did you mean `unique`?")
  }
}
