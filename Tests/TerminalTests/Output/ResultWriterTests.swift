import DuckDB
import Testing

@testable import Terminal

@Suite struct ResultWriterTests {
  private func written(
    _ sql: String, as format: OutputFormat, options: ResultOptions = ResultOptions()
  ) async throws -> String {
    let result = try await Database.open().connect().query(sql)
    let output = ByteOutput(collecting: "test")
    var writer = format.makeWriter(to: output, options: options)
    try writer.begin(columns: result.columns)
    for chunk in result.chunks { try writer.write(chunk) }
    try writer.end(ResultSummary(rowCount: result.rowCount))
    return output.contents
  }

  // MARK: - CSV

  @Test func csvQuotesWhatNeedsIt() async throws {
    let text = try await written(
      """
      SELECT 1::TINYINT AS "a,b", -5 AS n, NULL::VARCHAR AS nothing, '' AS empty, 'say "hi"' AS quoted,
        E'two\\nlines' AS lines, 1.50 AS amount, [1, 2] AS list, DATE '2024-02-29' AS day, true AS yes
      """, as: .csv)
    #expect(
      text == """
        "a,b",n,nothing,empty,quoted,lines,amount,list,day,yes
        1,-5,,"","say ""hi""\","two
        lines",1.50,"[1, 2]",2024-02-29,true

        """)
  }

  @Test func csvHasAllIntegers() async throws {
    let text = try await written(
      """
      SELECT '-128'::TINYINT, 32767::SMALLINT, '-2147483648'::INTEGER, '-9223372036854775808'::BIGINT, 255::UTINYINT,
        65535::USMALLINT, 4294967295::UINTEGER, 18446744073709551615::UBIGINT, 0,
        170141183460469231731687303715884105727::HUGEINT
      """, as: .csv)
    let expected =
      "-128,32767,-2147483648,-9223372036854775808,255,65535,4294967295,18446744073709551615,0,"
      + "170141183460469231731687303715884105727\n"
    #expect(text.hasSuffix("\n" + expected))
  }

  @Test func csvOfManyRowsIsWhole() async throws {
    let text = try await written("SELECT i, 'x' || i FROM range(5000) t(i)", as: .csv)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 5001)
    #expect(lines[4999] == "4998,x4998")
  }

  // MARK: - JSON

  @Test func jsonIsOneArray() async throws {
    #expect(
      try await written("SELECT i AS id, 'a\"b' AS t FROM range(2) t(i)", as: .json)
        == #"[{"id":0,"t":"a\"b"},{"id":1,"t":"a\"b"}]"# + "\n")
    #expect(try await written("SELECT 1 AS id WHERE false", as: .json) == "[]\n")
  }

  @Test func ndjsonIsAnObjectOnEachLine() async throws {
    #expect(try await written("SELECT i AS id FROM range(2) t(i)", as: .ndjson) == "{\"id\":0}\n{\"id\":1}\n")
    #expect(try await written("SELECT 1 AS id WHERE false", as: .ndjson) == "")
  }

  // MARK: - Markdown and lines

  @Test func markdownEscapesItsOwnMarks() async throws {
    #expect(
      try await written("SELECT 1 AS n, E'a|b\\nc' AS t UNION ALL SELECT NULL, 'x'", as: .markdown) == """
        | n | t |
        | ---: | --- |
        | 1 | a\\|b<br>c |
        | NULL | x |

        """)
  }

  @Test func linesAlignTheirNames() async throws {
    #expect(
      try await written("SELECT i AS id, E'a\\nb' AS text, NULL AS n FROM range(2) t(i)", as: .line) == """
          id = 0
        text = a
               b
           n = NULL

          id = 1
        text = a
               b
           n = NULL

        """)
  }

  @Test(arguments: OutputFormat.allCases)
  func aResultWithoutColumnsIsEmpty(format: OutputFormat) throws {
    let output = ByteOutput(collecting: "test")
    var writer = format.makeWriter(to: output)
    try writer.begin(columns: [])
    try writer.end(ResultSummary(rowCount: 0))
    #expect(output.contents == (format == .json ? "[]\n" : ""))
  }
}
