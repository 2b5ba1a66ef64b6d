import DuckDB
import SQLText
import Testing

@testable import Terminal

@Suite struct ReplFailureTests {
  private func render(_ column: Int, _ source: String, line: Int = 1, width: Int? = nil, firstLine: Int = 1)
    -> [String]
  {
    ReplFailure(message: "Binder Error: no", position: .init(line: line, column: column))
      .render(source: source, firstLine: firstLine, width: width)
  }

  @Test func theCaretStandsUnderThePlace() {
    #expect(render(8, "SELECT nope") == ["error: Binder Error: no", "  SELECT nope", "         ^"])
    #expect(
      render(3, "SELECT\n  nope", line: 2) == ["error: Binder Error: no", "line 2:   nope", "          ^"])
    #expect(
      render(8, "SELECT x", firstLine: 10) == [
        "error: Binder Error: no", "line 10: SELECT x", "                ^",
      ])
  }

  @Test func wideCharactersAndTabsAreCounted() {
    #expect(
      render(14, "SELECT '日本', x") == ["error: Binder Error: no", "  SELECT '日本', x", "                 ^"])
    #expect(render(2, "\tx") == ["error: Binder Error: no", "      x", "      ^"])
  }

  @Test func aLongLineIsCutAroundThePlace() {
    let source =
      "SELECT " + String(repeating: "a, ", count: 100) + "nope, " + String(repeating: "b, ", count: 100)
    let lines = render(308, source, width: 60)
    #expect(lines.allSatisfy { DisplayWidth.of($0) < 60 })
    let caret = lines[2].count - 1
    #expect(String(Array(lines[1])[caret...].prefix(4)) == "nope")
  }

  @Test func aPlaceThatIsNotThereIsLeftOut() {
    #expect(render(1, "SELECT 1", line: 5) == ["error: Binder Error: no"])
    #expect(render(99, "SELECT 1").count == 3)
  }

  @Test func errorsAreReadForWhatTheyAre() async throws {
    let connection = try await Database.open().connect()
    let error = await #expect(throws: DuckDBError.self) { try await connection.query("SELECT\n  nope") }
    let failure = ReplFailure(try #require(error))
    #expect(failure.position == .init(line: 2, column: 3))
    #expect(failure.message.hasPrefix("Binder Error: Referenced column \"nope\" was not found"))
    #expect(ReplFailure(DuckDBError(kind: .interrupt, message: "Interrupted!")).message == "interrupted")
    #expect(ReplFailure(CancellationError()).message == "interrupted")
    let unclosed = #expect(throws: SQLSyntaxError.self) { try SQLTokenizer.tokenize("SELECT 'a") }
    #expect(ReplFailure(try #require(unclosed)).position == .init(line: 1, column: 8))
  }

  @Test func hintsComeLast() {
    let failure = ReplFailure(message: "there is no lake mian\nin this workspace", hint: "Did you mean main?")
    #expect(failure.render() == ["error: there is no lake mian", "in this workspace", "Did you mean main?"])
    #expect(ReplFailure(message: "").render() == ["error: unknown"])
  }
}
