import Testing

@testable import Terminal

@Suite struct StatementBufferTests {
  private func feed(_ lines: [String]) -> (whole: [String], rest: String, pending: StatementBuffer.Pending) {
    var buffer = StatementBuffer()
    let whole = lines.compactMap { buffer.append($0) }
    return (whole, buffer.text, buffer.pending)
  }

  @Test func aStatementEndsWithItsSemicolon() {
    #expect(feed(["SELECT 1;"]) == (["SELECT 1;"], "", .nothing))
    #expect(feed(["SELECT", "1", ";"]) == (["SELECT\n1\n;"], "", .nothing))
    #expect(feed(["SELECT 1"]) == ([], "SELECT 1", .statement))
    #expect(feed(["SELECT 1; -- done"]) == (["SELECT 1;"], "", .nothing))
  }

  @Test(arguments: [
    ("SELECT 'a;", StatementBuffer.Pending.string), ("SELECT E'a\\';", .string), ("SELECT \"a;", .identifier),
    ("SELECT $$a;", .dollarString), ("SELECT $tag$a; $$", .dollarString),
    ("SELECT 1 /* a; /* b */ ;", .comment),
    ("SELECT 1 -- a;", .statement), ("SELECT 'it''s;", .string), ("SELECT '日本', \"x", .identifier),
  ])
  func aSemicolonInsideSomethingEndsNothing(line: String, pending: StatementBuffer.Pending) {
    #expect(feed([line]) == ([], line, pending))
  }

  @Test func quotesMayCloseOnALaterLine() {
    #expect(feed(["SELECT 'a;", "b'", ";"]) == (["SELECT 'a;\nb'\n;"], "", .nothing))
    #expect(feed(["SELECT /* a;", "*/ 1;"]) == (["SELECT /* a;\n*/ 1;"], "", .nothing))
  }

  @Test func severalStatementsOnALine() {
    #expect(feed(["SELECT 1; SELECT 2; SELECT"]) == (["SELECT 1; SELECT 2;"], "SELECT", .statement))
    #expect(feed(["SELECT 1; SELECT", "2;"]) == (["SELECT 1;", "SELECT\n2;"], "", .nothing))
  }

  @Test func blankLinesAndCommentsBeginNothing() {
    #expect(feed(["", "  ", "-- hello", "/* a */"]) == ([], "", .nothing))
    #expect(feed(["-- hello;", "SELECT 1;"]) == (["SELECT 1;"], "", .nothing))
    #expect(feed([";"]) == ([";"], "", .nothing))
  }

  @Test func resetForgetsEverything() {
    var buffer = StatementBuffer()
    _ = buffer.append("SELECT 'a")
    buffer.reset()
    #expect(buffer.isEmpty && buffer.pending == .nothing)
    #expect(buffer.append("SELECT 1;") == "SELECT 1;")
  }

  @Test func thousandsOfLinesAreReadOnce() {
    var buffer = StatementBuffer()
    _ = buffer.append("INSERT INTO t VALUES")
    for row in 0..<20_000 {
      #expect(buffer.append("(\(row), 'some text that makes the line longer'),") == nil)
    }
    #expect(buffer.append("(0, '');")?.utf8.count ?? 0 > 900_000)
  }
}

@Suite struct ScriptReaderTests {
  @Test func linesAreCounted() {
    var reader = ScriptReader(name: nil)
    #expect(reader.take("").isEmpty)
    #expect(reader.take("-- a comment").isEmpty)
    #expect(reader.take("SELECT").isEmpty)
    #expect(reader.take("1; SELECT") == [.init(kind: .sql, text: "SELECT\n1;", line: 3)])
    #expect(reader.take("2;") == [.init(kind: .sql, text: "SELECT\n2;", line: 4)])
    #expect(reader.take("  .tables") == [.init(kind: .command, text: ".tables", line: 6)])
    #expect(reader.take("SELECT 3").isEmpty)
    #expect(reader.rest() == .init(kind: .sql, text: "SELECT 3", line: 7))
    #expect(reader.rest() == nil)
  }

  @Test func aDotInsideAStatementIsNoCommand() {
    var reader = ScriptReader(name: nil)
    #expect(reader.take("SELECT 1").isEmpty)
    #expect(reader.take(".5;") == [.init(kind: .sql, text: "SELECT 1\n.5;", line: 1)])
  }
}
