import DuckDB
import Testing

@testable import Terminal

@Suite struct TableWriterTests {
  private func table(_ sql: String, _ options: ResultOptions = ResultOptions()) async throws -> String {
    let result = try await Database.open().connect().query(sql)
    let output = ByteOutput(collecting: "test")
    var writer = TableWriter(output, options: options)
    try writer.begin(columns: result.columns)
    for chunk in result.chunks { try writer.write(chunk) }
    try writer.end(ResultSummary(rowCount: result.rowCount))
    return output.contents
  }

  @Test func columnsAlign() async throws {
    #expect(
      try await table(
        "SELECT 7 AS id, '日本語' AS name, 1.5 AS x UNION ALL SELECT 1000, 'é👩‍👩‍👧', NULL ORDER BY 1") == """
          ┌─────────┬─────────┬──────────────┐
          │   id    │  name   │      x       │
          │ INTEGER │ VARCHAR │ DECIMAL(2,1) │
          ├─────────┼─────────┼──────────────┤
          │       7 │ 日本語  │          1.5 │
          │    1000 │ é👩‍👩‍👧     │         NULL │
          └─────────┴─────────┴──────────────┘

          """)
  }

  @Test func valuesMayHaveSeveralLines() async throws {
    #expect(
      try await table("SELECT 1 AS n, E'a\\nb\\nc\\nd' AS lines", ResultOptions(valueLineLimit: 3)) == """
        ┌─────────┬─────────┐
        │    n    │  lines  │
        │ INTEGER │ VARCHAR │
        ├─────────┼─────────┤
        │       1 │ a       │
        │         │ b       │
        │         │ …       │
        └─────────┴─────────┘

        """)
  }

  @Test func longTextIsCutToTheWidth() async throws {
    let text = try await table(
      "SELECT repeat('x', 100) AS a, 12345678901 AS b, repeat('日', 50) AS c", ResultOptions(width: 60))
    let lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { DisplayWidth.of($0) == 60 })
    #expect(lines[4] == "│ xxxxxxxxxxxxxxxxxxx… │ 12345678901 │ 日日日日日日日日日… │")
  }

  @Test func columnsThatDoNotFitAreLeftOut() async throws {
    #expect(
      try await table("SELECT 1 AS first, 2 AS second, 3 AS third, 4 AS last", ResultOptions(width: 36))
        == """
        ┌─────────┬─────────┬───┬─────────┐
        │  first  │ second  │ … │  last   │
        │ INTEGER │ INTEGER │   │ INTEGER │
        ├─────────┼─────────┼───┼─────────┤
        │       1 │       2 │ … │       4 │
        └─────────┴─────────┴───┴─────────┘

        """)
  }

  @Test(arguments: [0, 1, 39, 40])
  func fewRowsAreAllShown(count: Int) async throws {
    let text = try await table("SELECT i FROM range(\(count)) t(i)", ResultOptions(rowLimit: 40))
    #expect(text.split(separator: "\n").count == 5 + count)
  }

  @Test(arguments: [41, 2048, 2049, 2060, 10_000])
  func ofManyRowsTheFirstAndTheLastAreShown(count: Int) async throws {
    let text = try await table(
      "SELECT i AS n FROM range(\(count)) t(i) ORDER BY i", ResultOptions(rowLimit: 5))
    let lines = text.split(separator: "\n").map { $0.filter { $0.isNumber || $0 == "⋮" } }
    #expect(lines[4...9] == ["0", "1", "2", "⋮", "\(count - 2)", "\(count - 1)"])
    #expect(text.hasSuffix("\n\(HumanText.count(count)) rows, 5 shown\n"))
  }

  @Test func rowsAfterTheSampleKeepToItsLayout() async throws {
    let text = try await table(
      """
      SELECT CASE WHEN i = \(TableWriter.sampleSize + 5) THEN 'wider than the sample' ELSE 'x' END AS t
      FROM range(\(TableWriter.sampleSize + 10)) t(i) ORDER BY i
      """)
    let lines = text.split(separator: "\n")
    #expect(lines.count == TableWriter.sampleSize + 15)
    #expect(lines[4] == "│ x       │")
    #expect(lines[4 + TableWriter.sampleSize + 5] == "│ wider than the sample │")
    #expect(lines.last == "└─────────┘")
  }

  @Test func coloursTakeNoRoom() async throws {
    let plain = try await table("SELECT 1 AS a, NULL AS b")
    let coloured = try await table(
      "SELECT 1 AS a, NULL AS b", ResultOptions(style: TextStyle(isEnabled: true)))
    var stripped = coloured
    for code in ["\u{1B}[1m", "\u{1B}[2m", "\u{1B}[0m"] { stripped = stripped.replacing(code, with: "") }
    #expect(coloured != plain)
    #expect(stripped == plain)
  }
}
