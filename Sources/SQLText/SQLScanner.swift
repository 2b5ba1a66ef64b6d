/// Walks over the bytes of a SQL text and yields its tokens.
///
/// Reading past the end yields 0. A NUL inside the text is refused, so 0 always means the end.
struct SQLScanner {
  /// The kind and the value of a token whose bytes run from its start to `end`. A value of nil is the text
  /// itself.
  typealias Lexeme = (kind: SQLToken.Kind, end: Int, value: String?)

  let bytes: [UInt8]
  private var offset = 0
  private var place = Place()

  private struct Place {
    var offset = 0
    var line = 1
    var column = 1
  }

  init(_ sql: String) { bytes = Array(sql.utf8) }

  /// The next token, or nil at the end of the text.
  mutating func next() throws(SQLSyntaxError) -> SQLToken? {
    skipWhiteSpace()
    guard offset < bytes.count else { return nil }
    advancePlace()
    let start = offset
    let (kind, end, value) = try lexeme(at: start)
    offset = end
    let text = string(start..<end)
    return SQLToken(
      kind: kind, text: text, value: value ?? text, utf8Offset: start, line: place.line, column: place.column)
  }

  private func lexeme(at start: Int) throws(SQLSyntaxError) -> Lexeme {
    let byte = self[start]
    let following = self[start + 1]
    switch byte {
    case 0:
      throw error("a NUL character cannot stand in SQL")
    case UInt8(ascii: "'"):
      return try quotedString(at: start, prefix: 0, style: .standard)
    case UInt8(ascii: "\""):
      let (end, value) = try quotedIdentifier(at: start)
      return (.quotedIdentifier, end, value)
    case UInt8(ascii: "$"):
      return try dollar(at: start)
    case UInt8(ascii: "?"):
      let end = following.isASCIIDigit ? integerEnd(start + 1) : start + 1
      return (.parameter, end, string(start + 1..<end))
    case UInt8(ascii: "-") where following == UInt8(ascii: "-"):
      let end = lineEnd(from: start)
      return (.lineComment, end, string(start + 2..<end))
    case UInt8(ascii: "/") where following == UInt8(ascii: "*"):
      let end = try blockCommentEnd(from: start)
      return (.blockComment, end, string(start + 2..<end - 2))
    case UInt8(ascii: "."):
      if following.isASCIIDigit { return (.number, numberEnd(start), nil) }
      return (.symbol, following == byte ? start + 2 : start + 1, nil)
    case UInt8(ascii: ":"):
      let isPair = following == byte || following == UInt8(ascii: "=")
      return (.symbol, isPair ? start + 2 : start + 1, nil)
    default:
      break
    }
    if byte.isASCIIDigit { return (.number, numberEnd(start), nil) }
    if startsPrefixedQuote(start) { return try prefixedQuote(at: start) }
    if byte.isIdentifierStart { return (.word, wordEnd(start), nil) }
    if byte.isOperatorByte { return (.symbol, operatorEnd(start), nil) }
    return (.symbol, start + 1, nil)
  }

  /// Whether `E'…'`, `x'…'`, `b'…'`, `U&'…'` or `U&"…"` starts here: a quote that belongs to the letter
  /// before it.
  func startsPrefixedQuote(_ start: Int) -> Bool {
    switch self[start].lowercasedASCII {
    case UInt8(ascii: "e"), UInt8(ascii: "x"), UInt8(ascii: "b"):
      return self[start + 1] == UInt8(ascii: "'")
    case UInt8(ascii: "u"):
      let quote = self[start + 2]
      return self[start + 1] == UInt8(ascii: "&")
        && (quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""))
    default:
      return false
    }
  }

  private func prefixedQuote(at start: Int) throws(SQLSyntaxError) -> Lexeme {
    switch (self[start].lowercasedASCII, self[start + 2]) {
    case (UInt8(ascii: "e"), _):
      return try quotedString(at: start, prefix: 1, style: .escapes)
    case (UInt8(ascii: "u"), UInt8(ascii: "'")):
      return try quotedString(at: start, prefix: 2, style: .standard)
    case (UInt8(ascii: "u"), _):
      let (end, value) = try quotedIdentifier(at: start + 2)
      return (.quotedIdentifier, end, value)
    default:
      return try quotedString(at: start, prefix: 1, style: .bits)
    }
  }
}

// MARK: - Bytes and places

extension SQLScanner {
  subscript(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// An error at the start of the token that is being read.
  func error(_ message: String) -> SQLSyntaxError {
    SQLSyntaxError(message: message, line: place.line, column: place.column)
  }

  /// How many bytes of white space start here: 0 for none.
  ///
  /// DuckDB replaces these Unicode spaces by blanks before it reads anything.
  func whiteSpaceLength(at offset: Int) -> Int {
    switch self[offset] {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), 0x0C: 1
    case 0x80...: unicodeSpaceLength(at: offset)
    default: 0
    }
  }

  func unicodeSpaceLength(at offset: Int) -> Int {
    switch (self[offset], self[offset + 1], self[offset + 2]) {
    case (0xC2, 0xA0, _): 2  // U+00A0
    case (0xE2, 0x80, 0x80...0x8B), (0xE2, 0x80, 0xAF): 3  // U+2000 to U+200B, U+202F
    case (0xE2, 0x81, 0x9F), (0xE2, 0x81, 0xA0): 3  // U+205F, U+2060
    case (0xE3, 0x80, 0x80): 3  // U+3000
    case (0xEF, 0xBB, 0xBF): 3  // U+FEFF
    default: 0
    }
  }

  private mutating func skipWhiteSpace() {
    while true {
      let length = whiteSpaceLength(at: offset)
      if length == 0 { return }
      offset += length
    }
  }

  private mutating func advancePlace() {
    while place.offset < offset {
      let byte = bytes[place.offset]
      place.offset += 1
      if byte == UInt8(ascii: "\n")
        || (byte == UInt8(ascii: "\r") && self[place.offset] != UInt8(ascii: "\n"))
      {
        place.line += 1
        place.column = 1
      } else if byte & 0xC0 != 0x80 {
        place.column += 1
      }
    }
  }
}

// MARK: - Words, numbers, operators, comments

extension SQLScanner {
  private func wordEnd(_ start: Int) -> Int {
    var end = start
    while self[end].isIdentifierByte {
      if self[end] >= 0x80, unicodeSpaceLength(at: end) > 0 { break }
      end += 1
    }
    return end
  }

  /// The end of digits, with single underscores between them.
  func integerEnd(_ start: Int) -> Int {
    var end = start
    while self[end].isASCIIDigit
      || (end > start && self[end] == UInt8(ascii: "_") && self[end + 1].isASCIIDigit)
    {
      end += 1
    }
    return end
  }

  private func numberEnd(_ start: Int) -> Int {
    var end = integerEnd(start)
    // `1..2` is a range: the number ends before both dots.
    if self[end] == UInt8(ascii: "."), self[end + 1] != UInt8(ascii: ".") { end = integerEnd(end + 1) }
    if self[end].lowercasedASCII == UInt8(ascii: "e") {
      let isSigned = self[end + 1] == UInt8(ascii: "+") || self[end + 1] == UInt8(ascii: "-")
      let digits = end + (isSigned ? 2 : 1)
      if self[digits].isASCIIDigit { end = integerEnd(digits) }
    }
    return end
  }

  /// The end of an operator: it stops before a comment, and `+` or `-` cannot end it unless it holds one of
  /// the characters that no operator of standard SQL has.
  ///
  /// DuckDB refuses operators of 64 bytes and more, so looking further ahead only costs time.
  private func operatorEnd(_ start: Int) -> Int {
    let limit = start + 128
    var end = start
    var holdsSpecial = false
    scan: while end < limit, self[end].isOperatorByte {
      switch (self[end], self[end + 1]) {
      case (UInt8(ascii: "/"), UInt8(ascii: "*")), (UInt8(ascii: "-"), UInt8(ascii: "-")):
        break scan
      case (UInt8(ascii: "+"), _), (UInt8(ascii: "-"), _), (UInt8(ascii: "*"), _), (UInt8(ascii: "/"), _),
        (UInt8(ascii: "<"), _), (UInt8(ascii: ">"), _), (UInt8(ascii: "="), _):
        break
      default:
        holdsSpecial = true
      }
      end += 1
    }
    if holdsSpecial { return end }
    while end - start > 1, self[end - 1] == UInt8(ascii: "+") || self[end - 1] == UInt8(ascii: "-") {
      end -= 1
    }
    return end
  }

  private func lineEnd(from start: Int) -> Int {
    var end = start
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), bytes[end] != UInt8(ascii: "\r") { end += 1 }
    return end
  }

  private func blockCommentEnd(from start: Int) throws(SQLSyntaxError) -> Int {
    var end = start + 2
    var depth = 1
    while end < bytes.count {
      switch (bytes[end], self[end + 1]) {
      case (UInt8(ascii: "/"), UInt8(ascii: "*")):
        depth += 1
        end += 2
      case (UInt8(ascii: "*"), UInt8(ascii: "/")):
        depth -= 1
        end += 2
        if depth == 0 { return end }
      default:
        end += 1
      }
    }
    throw error("the comment that starts here with /* is never closed by */")
  }
}
