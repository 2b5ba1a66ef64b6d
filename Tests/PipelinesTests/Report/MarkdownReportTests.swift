import Testing

@testable import Pipelines

@Suite("Reports in Markdown")
struct MarkdownReportTests {
  private func number(_ text: String) -> ReportTable.Cell { .init(text, number: Double(text)) }

  private func table(_ columns: [String], _ rows: [[ReportTable.Cell]], omitted: Int = 0) -> String {
    MarkdownTable(table: ReportTable(columns: columns, rows: rows, omittedRows: omitted)).text
  }

  @Test("a report with and without a chart, whole")
  func whole() throws {
    let plan = ReportPlan(
      file: "reports/retail.md", title: "Retail", introduction: ["Hello.", "", "World."],
      sections: [
        ReportSection(heading: "Stores & sales", texts: ["Two", "lines."], statement: 0, line: 1),
        ReportSection(
          heading: "Stores & sales", chart: ReportChart(kind: .bar, x: "shop", y: "sales_total"),
          statement: 1,
          line: 5),
      ])
    let result = ReportTable(
      columns: ["shop", "sales_total"],
      rows: [[.init("north"), number("1200")], [.init("a|b"), number("34000.50")], [.null, .null]])
    let files = try MarkdownReport.render(plan, tables: [result, result], generatedAt: "2026-01-02 03:04")
    #expect(files.map(\.relativePath) == ["reports/retail/stores-sales.svg", "reports/retail.md"])
    #expect(
      files.last?.contents == """
        # Retail

        _Generated 2026-01-02 03:04_

        Hello.

        World.

        ## Stores & sales

        Two
        lines.

        | shop  | sales_total |
        |-------|------------:|
        | north |       1,200 |
        | a\\|b  |   34,000.50 |
        |       |             |

        ## Stores & sales

        ![Stores & sales. Bar chart, sales total by shop; 3 values of shop, from north to (none); \
        between 1200 and 34,000.50](retail/stores-sales.svg)

        <details>
        <summary>The numbers behind the chart (3 rows)</summary>

        | shop  | sales_total |
        |-------|------------:|
        | north |       1,200 |
        | a\\|b  |   34,000.50 |
        |       |             |

        </details>

        """)
    #expect(
      try MarkdownReport.render(plan, tables: [result, result], generatedAt: "2026-01-02 03:04") == files)
  }

  @Test("numbers are grouped from five digits on, but not keys and years")
  func grouping() {
    #expect(
      table(
        ["name", "n", "year", "customer_sk"],
        [
          [.init("12345"), number("-12345"), number("2001"), number("12345")],
          [.null, number("1e+20"), .null, .null],
        ])
          == """
          | name  |       n | year | customer_sk |
          |-------|--------:|-----:|------------:|
          | 12345 | -12,345 | 2001 |       12345 |
          |       |   1e+20 |      |             |
          """)
  }

  @Test("rows that are not shown are counted")
  func limit() {
    let rows = (1...203).map { [number("\($0)")] }
    #expect(table(["n"], rows).split(separator: "\n").count == 203)
    #expect(table(["n"], rows).hasSuffix("| 200 |\n\n_3 more rows are left out._"))
    #expect(table(["n"], rows, omitted: 99_997).hasSuffix("_100,000 more rows are left out._"))
    #expect(table(["n"], Array(rows.prefix(201))).hasSuffix("_1 more row is left out._"))
  }

  @Test("a table without rows or columns says so")
  func empty() {
    #expect(table(["a"], []) == "| a   |\n|-----|\n\n_No rows._")
    #expect(table([], []) == "The statement returned no table.")
  }

  @Test("rows that are too short or too long are made to fit")
  func ragged() {
    let table = ReportTable(
      columns: ["a", "b"], rows: [[.init("1")], [.init("1"), .init("2"), .init("3")]])
    #expect(table.rows == [[.init("1"), .null], [.init("1"), .init("2")]])
  }

  @Test(
    "text from the data is shown as it is",
    arguments: [
      ("plain_name of_it", "plain_name of_it"), ("_under_", "\\_under\\_"), ("a|b", "a\\|b"),
      ("a\nb\r\nc", "a<br>b<br>c"), ("<script>", "\\<script\\>"), ("2 * 3", "2 \\* 3"), ("a & b", "a & b"),
      ("&lt;", "\\&lt;"), ("&#60;", "\\&#60;"), ("[x](y)", "\\[x\\](y)"),
      ("`c` ~~d~~", "\\`c\\` \\~\\~d\\~\\~"),
      ("back\\slash", "back\\\\slash"), ("tab\there", "tab here"), ("$1 and $2", "\\$1 and \\$2"),
      ("日本", "日本"),
    ])
  func escaping(text: String, expected: String) {
    #expect(MarkdownText.cell(text) == expected)
  }

  @Test("links reach files whose names have spaces and letters of any kind")
  func links() throws {
    #expect(MarkdownText.link("my report/ä(1).svg") == "my%20report/%C3%A4%281%29.svg")
    let plan = ReportPlan(
      file: "Bericht 1.md", title: "T",
      sections: [
        ReportSection(heading: "日本", chart: .init(kind: .line, x: "a", y: "b"), statement: 0, line: 1),
        ReportSection(heading: "Chart", chart: .init(kind: .line, x: "a", y: "b"), statement: 1, line: 2),
      ])
    let empty = ReportTable(columns: ["a", "b"], rows: [])
    let files = try MarkdownReport.render(plan, tables: [empty, empty])
    #expect(files.map(\.relativePath) == ["Bericht 1/chart.svg", "Bericht 1/chart-2.svg", "Bericht 1.md"])
    #expect(files.last?.contents.contains("](Bericht%201/chart.svg)") == true)
  }

  @Test("a chart of columns that are not there, or of no numbers, is an error with the section's line")
  func wrongColumns() throws {
    let plan = ReportPlan(
      file: "a.md", title: "T",
      sections: [
        ReportSection(
          heading: "A", chart: .init(kind: .line, x: "mont", y: "revenue"), statement: 0, line: 3),
        ReportSection(heading: "B", chart: .init(kind: .bar, x: "MONTH", y: "month"), statement: 1, line: 8),
      ])
    let result = ReportTable(columns: ["month", "revenue"], rows: [[.init("May"), number("1")]])
    let error = #expect(throws: ReportError.self) {
      try MarkdownReport.render(plan, tables: [result, result])
    }
    #expect(
      error?.problems.map(\.description) == [
        "3: the chart's x names the column `mont`, which the query does not return. "
          + "It returns `month`, `revenue`. Did you mean `month`?",
        "8: the column `month` cannot be drawn as y: `May` is no number. Give y= a column of numbers",
      ])
    #expect(throws: ReportError.self) { try MarkdownReport.render(plan, tables: [result]) }
  }
}
