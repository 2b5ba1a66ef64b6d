import Testing

@testable import Terminal

@Suite struct CompletionTests {
  private static let names = CatalogNames(
    tables: [
      .init(name: "orders", columns: ["id", "customer_id", "amount", "Order Date"]),
      .init(name: "order_lines", columns: ["order_id", "product", "quantity"]),
      .init(name: "customers", columns: ["id", "name", "city"]),
      .init(schema: "sales", name: "refunds", columns: ["refund_id", "reason"]),
      .init(name: "Strange Name", columns: ["x"]),
      .init(lake: "archive", name: "old_orders", columns: ["id", "year"]),
    ],
    schemas: ["main", "sales"], lakes: ["dl", "archive"],
    functions: ["count", "concat", "coalesce", "sum", "substr"])

  /// Completes at the `|`.
  private func complete(_ text: String) -> (String, [String]) {
    let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let result = Completion.complete(before: parts[0], after: parts[1], names: Self.names)
    return (result.replacing, result.candidates.map(\.text))
  }

  @Test(arguments: [
    "SELECT * FROM ord|", "SELECT 1 FROM customers JOIN ord|", "SELECT * FROM customers, ord|",
    "INSERT INTO ord|",
    "UPDATE ord|", "DROP TABLE ord|", "DROP TABLE IF EXISTS ord|", "DESCRIBE ord|",
    "SELECT 1; DELETE FROM ord|",
    "SELECT (SELECT 1 FROM ord|)", "ALTER TABLE ord|", "select\n*\nfrom ord|",
  ])
  func tablesWhereATableIsExpected(text: String) {
    #expect(complete(text) == ("ord", ["order_lines", "orders"]))
  }

  @Test func withNothingTypedAllTablesAndWhatHoldsThem() {
    #expect(
      complete("SELECT * FROM |").1
        == ["customers", "order_lines", "orders", "\"Strange Name\"", "main", "sales", "archive", "dl"])
  }

  @Test func aNewTableHasNoNameYet() {
    #expect(!complete("CREATE TABLE ord|").1.contains("orders"))
    #expect(!complete("SELECT a IS DISTINCT FROM ord|").1.contains("orders"))
  }

  @Test(arguments: [
    "SELECT cu| FROM orders", "SELECT * FROM orders WHERE cu|", "SELECT * FROM orders WHERE id = 1 AND cu|",
    "SELECT id, cu| FROM orders", "SELECT * FROM orders ORDER BY id, cu|", "SELECT max(cu|) FROM orders",
    "UPDATE orders SET cu|", "SELECT 1 + cu| FROM dl.main.orders",
  ])
  func columnsOfTheTablesThatTheStatementNames(text: String) {
    #expect(complete(text).1.first == "customer_id")
  }

  @Test func columnsOfAnInsert() {
    #expect(complete("INSERT INTO orders (|").1 == ["amount", "customer_id", "id", "\"Order Date\""])
    #expect(complete("INSERT INTO orders (id, am|").1 == ["amount"])
  }

  @Test func severalTablesOfferTheirNamesToo() {
    #expect(
      complete("SELECT o| FROM orders o JOIN order_lines l ON true").1 == ["\"Order Date\"", "order_id", "o"])
    #expect(complete("SELECT * FROM orders JOIN customers ON or|").1 == ["\"Order Date\"", "orders"])
  }

  @Test func valuesHaveFunctionsAndKeywordsAfterTheColumns() {
    #expect(
      complete("SELECT c| FROM customers").1 == [
        "city", "coalesce(", "concat(", "count(", "case", "cast", "current_date", "current_timestamp",
      ])
    #expect(complete("SELECT su|(id) FROM orders").1 == ["substr", "sum"])
    #expect(complete("SELECT | FROM customers").1 == ["city", "id", "name"])
    // While no table is named, any column may be meant.
    #expect(complete("SELECT reas|").1 == ["reason"])
  }

  @Test(arguments: [
    ("SELECT orders.|", ["amount", "customer_id", "id", "\"Order Date\""]),
    ("SELECT o.cu| FROM orders o", ["customer_id"]), ("SELECT o.cu| FROM orders AS o", ["customer_id"]),
    (
      "SELECT o.| FROM orders AS o JOIN customers c ON o.id = c.id",
      ["amount", "customer_id", "id", "\"Order Date\""]
    ),
    ("SELECT * FROM sales.|", ["refunds"]), ("SELECT * FROM archive.|", ["old_orders", "main"]),
    ("SELECT * FROM archive.main.|", ["old_orders"]),
    ("SELECT * FROM sales.refunds r WHERE r.re|", ["reason", "refund_id"]),
    ("SELECT sales.refunds.rea| FROM sales.refunds", ["reason"]),
    ("SELECT y.| FROM archive.old_orders y", ["id", "year"]),
    ("SELECT nobody.|", []), ("SELECT \"orders\".am|", ["amount"]),
  ])
  func namesAfterADot(text: String, expected: [String]) {
    #expect(complete(text).1 == expected)
  }

  @Test func keywordsFollowTheCaseOfTheTyping() {
    #expect(complete("sel|") == ("sel", ["select"]))
    #expect(complete("SEL|") == ("SEL", ["SELECT"]))
    #expect(complete("Sel|") == ("Sel", ["SELECT"]))
    #expect(complete("select * from orders wh|").1 == ["when", "where"])
    #expect(complete("SELECT * FROM orders WHERE id BETW|").1 == ["BETWEEN"])
    #expect(complete("SELECT * fr|").1 == ["from"])
    #expect(complete("explain sel|").1 == ["select"])
  }

  @Test func namesInQuotes() {
    #expect(complete("SELECT * FROM \"Str|") == ("\"Str", ["\"Strange Name\""]))
    #expect(complete("SELECT \"ord| FROM orders") == ("\"ord", ["\"Order Date\""]))
    #expect(complete("SELECT * FROM str|") == ("str", ["\"Strange Name\""]))
  }

  @Test(arguments: [
    "SELECT 'ord|", "SELECT 1 -- ord|", "SELECT /* ord|", "SELECT $$ ord|", "SELECT 12|", "SELECT 'a'|",
  ])
  func nothingInsideTextsAndComments(text: String) {
    #expect(complete(text).1 == [])
  }

  @Test func namesOfWith() {
    #expect(complete("WITH recent AS (SELECT 1) SELECT * FROM rec|").1 == ["recent"])
    #expect(
      complete("WITH a1 AS (SELECT 1), a2 AS (SELECT 2) SELECT * FROM a|").1 == ["a1", "a2", "archive"])
  }

  @Test func lakesToUse() {
    #expect(complete("USE ar|").1 == ["archive"])
  }

  @Test(arguments: [
    (".ta|", ["‹.tables›"]), (".mode |", ["csv", "json", "line", "markdown", "ndjson", "table"]),
    (".mode n|", ["ndjson"]),
    (".use |", ["archive", "dl"]), (".schema ord|", ["order_lines", "orders"]), (".timer o|", ["off", "on"]),
    (".quit |", []), (".tables ord x|", []),
  ])
  func dotCommands(text: String, expected: [String]) {
    #expect(complete(text).1 == expected.map { $0.filter { $0 != "‹" && $0 != "›" } })
  }

  // MARK: - What Tab does

  @Test func tabTakesTheOnlyCandidateOrWhatAllShare() {
    func action(_ replacing: String, _ candidates: CompletionResult.Candidate...) -> CompletionResult.Action {
      CompletionResult(replacing: replacing, candidates: candidates).action
    }
    #expect(action("sel", .init("select", .keyword)) == .replace("select "))
    #expect(action("ord", .init("orders", .table)) == .replace("orders"))
    #expect(action("o", .init("orders", .table), .init("order_lines", .table)) == .replace("order"))
    #expect(
      action("order", .init("orders", .table), .init("order_lines", .table))
        == .list(["orders", "order_lines"]))
    #expect(action("O", .init("orders", .table), .init("ORDER_LINES", .table)) == .replace("order"))
    #expect(action("x") == .nothing)
  }

  @Test func choicesAreLaidOutInColumns() {
    #expect(WordColumns.render(["a", "bb", "ccc", "dd", "e"], width: 16) == ["a    ccc  e", "bb   dd"])
    #expect(WordColumns.render(["a long name"], width: 5) == ["a l…"])
    #expect(WordColumns.render((0..<205).map { "w\($0)" }, width: 80).last == "… and 5 more")
  }
}
