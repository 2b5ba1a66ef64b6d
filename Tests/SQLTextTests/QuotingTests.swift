import SQLText
import Testing

@Suite struct QuotingTests {
  @Test(arguments: [
    ("a", #""a""#), (#"a"b"#, #""a""b""#), ("a.b", #""a.b""#), ("", #""""#), ("\"\u{301}", "\"\"\"\u{301}\""),
    ("\r\n\"", "\"\r\n\"\"\""),
  ])
  func identifiers(name: String, expected: String) throws {
    #expect(SQLIdentifier.quote(name) == expected)
    if !name.isEmpty {
      let tokens = try SQLTokenizer.tokenize(expected)
      #expect(tokens.map(\.kind) == [.quotedIdentifier])
      #expect(tokens.map(\.value) == [name])
    }
  }

  @Test(arguments: [
    ("orders", false), ("_x1", false), ("Orders", false), ("date", false), ("1a", true), ("a b", true),
    ("a$b", true),
    ("select", true), ("TABLE", true), ("left", true), ("int", true), ("größe", true), ("", true),
    ("a\"", true),
  ])
  func quotesOnlyWhereNeeded(name: String, needsQuotes: Bool) {
    #expect(SQLIdentifier.quoteIfNeeded(name) == (needsQuotes ? SQLIdentifier.quote(name) : name))
  }

  @Test(arguments: ["", "a", "it's", "''", "'", "a\\", "\"", "$1", "-- x", "\n", "'\u{301}", "日本"])
  func literalsReadBackAsTheSameText(text: String) throws {
    let tokens = try SQLTokenizer.tokenize(SQLLiteral.string(text))
    #expect(tokens.map(\.kind) == [.string])
    #expect(tokens.map(\.value) == [text])
  }
}
