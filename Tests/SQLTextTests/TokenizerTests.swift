import SQLText
import Testing

@Suite struct TokenizerTests {
  /// Tokens as `kind:value`, so that a test reads as a list.
  private func listing(_ sql: String) throws -> [String] {
    try SQLTokenizer.tokenize(sql).map { "\($0.kind):\($0.value)" }
  }

  @Test(
    arguments: [
      ("''", ""), ("'it''s'", "it's"), ("'a\\'", "a\\"), ("'a\nb'", "a\nb"), ("'-- no'", "-- no"),
      (#"E'a\'b'"#, "a'b"), (#"e'\n\t\\\q'"#, "\n\t\\q"), (#"E'\x41\101\u0042\U00000043'"#, "AABC"),
      (#"E'it''s'"#, "it's"), ("x'ab;'", "ab;"), ("B'01'", "01"), ("U&'a'", "a"),
      ("$$it's; $1$$", "it's; $1"), ("$tag$ $$ $ta$ $tag$", " $$ $ta$ "), ("$é$x$é$", "x"), ("$a$$a$", ""),
    ])
  func stringsAreOneToken(sql: String, value: String) throws {
    let tokens = try SQLTokenizer.tokenize(sql)
    #expect(tokens.map(\.kind) == [.string])
    #expect(tokens.map(\.value) == [value])
    #expect(tokens.map(\.text) == [sql])
  }

  @Test func aStringGoesOnAfterALineBreak() throws {
    #expect(try listing("'a'\n'b'") == ["string:ab"])
    #expect(try listing("'a' -- c ' \n -- d\r 'b;'") == ["string:ab;"])
    #expect(try listing(#"E'a\''  \#n '\n'"#) == ["string:a'\n"])
    #expect(try listing("x'01'\n'02'") == ["string:0102"])
    #expect(try listing("'a' 'b'") == ["string:a", "string:b"])
    #expect(try listing("'a' /* c */\n'b'") == ["string:a", "blockComment: c ", "string:b"])
    #expect(try listing("x'ab''cd'") == ["string:ab", "string:cd"])
  }

  @Test func quotedIdentifiers() throws {
    #expect(try listing(#""a""b" U&"c""#) == [#"quotedIdentifier:a"b"#, "quotedIdentifier:c"])
    let token = try SQLTokenizer.tokenize(#""Select""#)[0]
    #expect(!token.isWord("select"))
    #expect(token.isIdentifier("SELECT"))
  }

  @Test(arguments: [
    ("$name", ["parameter:name"]), ("$1", ["parameter:1"]), ("?", ["parameter:"]), ("?12", ["parameter:12"]),
    (#"$"my name""#, ["parameter:my name"]), ("$select", ["parameter:select"]), ("$_é", ["parameter:_é"]),
    ("$1$", ["parameter:1", "symbol:$"]), ("$1a", ["parameter:1", "word:a"]),
    ("$ a", ["symbol:$", "word:a"]),
    ("a$1$b", ["word:a$1$b"]), ("a$$b$$", ["word:a$$b$$"]), ("1$a", ["number:1", "parameter:a"]),
    ("$a$x$a$a$", ["string:x", "word:a$"]),
    // The letter before a quote belongs to the quote, also after a dollar sign.
    (#"$e'\''"#, ["symbol:$", "string:'"]), ("$n'x'", ["parameter:n", "string:x"]),
  ])
  func dollarsAndQuestionMarks(sql: String, expected: [String]) throws {
    #expect(try listing(sql) == expected)
  }

  @Test(arguments: [
    ("1", ["number:1"]), ("1_000", ["number:1_000"]), ("1_", ["number:1", "word:_"]), ("1.5", ["number:1.5"]),
    (".5", ["number:.5"]), ("5.", ["number:5."]), ("1e5", ["number:1e5"]), ("1.5E-3", ["number:1.5E-3"]),
    ("1e", ["number:1", "word:e"]), ("1e+", ["number:1", "word:e", "symbol:+"]),
    ("1..2", ["number:1", "symbol:..", "number:2"]), ("0xFF", ["number:0", "word:xFF"]),
    ("12abc", ["number:12", "word:abc"]), ("a.5", ["word:a", "number:.5"]),
    ("[1:2]", ["symbol:[", "number:1", "symbol::", "number:2", "symbol:]"]),
  ])
  func numbers(sql: String, expected: [String]) throws {
    #expect(try listing(sql) == expected)
  }

  @Test(arguments: [
    ("a::int", ["a", "::", "int"]), ("a->>'b'", ["a", "->>", "'b'"]),
    ("f(x := 1, y=>2)", ["f", "(", "x", ":=", "1", ",", "y", "=>", "2", ")"]),
    ("a=-1", ["a", "=", "-", "1"]), ("a<=-1", ["a", "<=", "-", "1"]), ("a||-1", ["a", "||-", "1"]),
    ("1--2", ["1", "--2"]), ("a*/*c*/b", ["a", "*", "/*c*/", "b"]), ("a !~~* b", ["a", "!~~*", "b"]),
    ("a @> b", ["a", "@>", "b"]), ("2**3//4", ["2", "**", "3", "//", "4"]), ("#1", ["#", "1"]),
    ("+-+", ["+", "-", "+"]),
    ("{'a': 1}", ["{", "'a'", ":", "1", "}"]), ("a;;b", ["a", ";", ";", "b"]),
  ])
  func symbols(sql: String, expected: [String]) throws {
    #expect(try SQLTokenizer.tokenize(sql).map(\.text) == expected)
  }

  @Test(arguments: [
    ("-- a\nb", ["lineComment: a", "word:b"]), ("-- a\rb", ["lineComment: a", "word:b"]),
    ("--", ["lineComment:"]),
    ("/* a /* b */ c */d", ["blockComment: a /* b */ c ", "word:d"]), ("/**/", ["blockComment:"]),
    ("/*/ */", ["blockComment:/ "]), ("/***/", ["blockComment:*"]),
    ("/* ' -- \" */", ["blockComment: ' -- \" "]),
  ])
  func comments(sql: String, expected: [String]) throws {
    #expect(try listing(sql) == expected)
  }

  @Test func wordsMayHoldLettersOfAnyScript() throws {
    #expect(try listing("Größe 売上_2024 _x a$b") == ["word:Größe", "word:売上_2024", "word:_x", "word:a$b"])
    let token = try SQLTokenizer.tokenize("Select")[0]
    #expect(token.isWord("SELECT"))
    #expect(token.value == "Select")
  }

  @Test func namesAreComparedWithoutTheCaseOfASCIILettersOnly() throws {
    let token = try SQLTokenizer.tokenize("Été")[0]
    #expect(token.isIdentifier("ÉTé"))
    #expect(!token.isIdentifier("été"))
  }

  @Test func unicodeSpacesAreWhiteSpaceOutsideQuotes() throws {
    #expect(
      try listing("\u{FEFF}select\u{A0}1\u{3000}from\u{2003}t") == [
        "word:select", "number:1", "word:from", "word:t",
      ])
    #expect(try listing("'a\u{A0}b' \"c\u{3000}d\"") == ["string:a\u{A0}b", "quotedIdentifier:c\u{3000}d"])
    #expect(try listing("$id\u{A0}and") == ["parameter:id", "word:and"])
  }

  @Test func placesAreCountedInLinesAndScalars() throws {
    let tokens = try SQLTokenizer.tokenize("é a\r\n  b\rc\n\nd /*\n*/ e")
    #expect(tokens.map(\.text) == ["é", "a", "b", "c", "d", "/*\n*/", "e"])
    #expect(tokens.map(\.line) == [1, 1, 2, 3, 5, 5, 6])
    #expect(tokens.map(\.lastLine) == [1, 1, 2, 3, 5, 6, 6])
    #expect(tokens.map(\.column) == [1, 3, 3, 1, 1, 3, 4])
    #expect(tokens.map(\.utf8Offset) == [0, 3, 8, 10, 13, 15, 21])
  }

  @Test(arguments: [
    ("a\n 'b", 2, 2, "string"), ("E'a\\'", 1, 1, "string"), ("x 'a'\n'b", 1, 3, "string"),
    ("\"a", 1, 1, "identifier"),
    ("$$a$", 1, 1, "$$"), ("  $x$ $y$", 1, 3, "$x$"), ("/* /* */", 1, 1, "comment"), ("a\0b", 1, 2, "NUL"),
    ("'a'\n\u{A0}'b'", 1, 1, "Unicode space"),
  ])
  func whatIsNeverClosedIsAnErrorWhereItStarts(sql: String, line: Int, column: Int, word: String) throws {
    let error = try #require(throws: SQLSyntaxError.self) { try SQLTokenizer.tokenize(sql) }
    #expect(error.line == line)
    #expect(error.column == column)
    #expect(error.message.contains(word))
    #expect(error.description.hasPrefix("line \(line), column \(column): "))
  }

  @Test func emptyTextHasNoTokens() throws {
    #expect(try SQLTokenizer.tokenize("").isEmpty)
    #expect(try SQLTokenizer.tokenize(" \n\t\r\u{0C}\u{FEFF}").isEmpty)
  }

  /// Were any of these read in quadratic time, this test would not end.
  @Test(arguments: [
    ("+", 50_000), ("(", 50_000), ("$", 12_500), ("'", 1), ("-", 1), ("a$", 1), ("1_", 2), ("~+", 782),
    ("$a ", 50_000),
    ("'' ", 50_000),
  ])
  func longRunsAreReadInLinearTime(piece: String, count: Int) throws {
    #expect(try SQLTokenizer.tokenize(String(repeating: piece, count: 50_000)).count == count)
  }
}
