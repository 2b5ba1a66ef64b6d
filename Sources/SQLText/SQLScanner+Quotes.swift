// Strings, quoted identifiers, and everything that begins with a dollar sign.

extension SQLScanner {
  /// How the inside of a quoted string is read.
  enum QuoteStyle {
    /// `'…'`: a doubled quote stands for one.
    case standard
    /// `E'…'`: backslash escapes, and doubled quotes.
    case escapes
    /// `x'…'` and `b'…'`: the first quote ends it.
    case bits
  }

  /// Reads a string that starts at `start` with `prefix` bytes before its quote, over all its continuations.
  func quotedString(at start: Int, prefix: Int, style: QuoteStyle) throws(SQLSyntaxError) -> Lexeme {
    var offset = start + prefix + 1
    var pieceStart = offset
    var value: [UInt8] = []
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\\"), style == .escapes {
        value += bytes[pieceStart..<offset]
        offset = appendEscape(at: offset, to: &value)
        pieceStart = offset
      } else if byte != UInt8(ascii: "'") {
        offset += 1
      } else if style != .bits, self[offset + 1] == byte {
        value += bytes[pieceStart...offset]
        offset += 2
        pieceStart = offset
      } else if let next = try continuation(after: offset + 1) {
        value += bytes[pieceStart..<offset]
        offset = next
        pieceStart = offset
      } else {
        value += bytes[pieceStart..<offset]
        return (.string, offset + 1, String(decoding: value, as: UTF8.self))
      }
    }
    throw error("the string that starts here is never closed by '")
  }

  /// Reads an identifier whose opening quote stands at `start`.
  func quotedIdentifier(at start: Int) throws(SQLSyntaxError) -> (end: Int, value: String) {
    var offset = start + 1
    var pieceStart = offset
    var value: [UInt8] = []
    while offset < bytes.count {
      if bytes[offset] != UInt8(ascii: "\"") {
        offset += 1
      } else if self[offset + 1] == UInt8(ascii: "\"") {
        value += bytes[pieceStart...offset]
        offset += 2
        pieceStart = offset
      } else {
        value += bytes[pieceStart..<offset]
        return (offset + 1, String(decoding: value, as: UTF8.self))
      }
    }
    throw error("the identifier that starts here is never closed by \"")
  }

  /// Reads what begins with `$`: a parameter, a dollar-quoted string, or a lone `$`.
  func dollar(at start: Int) throws(SQLSyntaxError) -> Lexeme {
    let following = self[start + 1]
    if following.isASCIIDigit {
      let end = integerEnd(start + 1)
      return (.parameter, end, string(start + 1..<end))
    }
    if following == UInt8(ascii: "\"") {
      let (end, value) = try quotedIdentifier(at: start + 1)
      return (.parameter, end, value)
    }
    guard following == UInt8(ascii: "$") || following.isIdentifierStart, !startsPrefixedQuote(start + 1),
      unicodeSpaceLength(at: start + 1) == 0
    else {
      return (.symbol, start + 1, nil)
    }
    var tagEnd = start + 1
    while self[tagEnd].isTagByte, unicodeSpaceLength(at: tagEnd) == 0 { tagEnd += 1 }
    guard self[tagEnd] == UInt8(ascii: "$") else { return (.parameter, tagEnd, string(start + 1..<tagEnd)) }

    let delimiter = bytes[start...tagEnd]
    var offset = tagEnd + 1
    while offset + delimiter.count <= bytes.count {
      if bytes[offset] == UInt8(ascii: "$"), bytes[offset..<offset + delimiter.count] == delimiter {
        return (.string, offset + delimiter.count, string(tagEnd + 1..<offset))
      }
      offset += 1
    }
    throw error("the string that starts here is never closed by \(string(start..<tagEnd + 1))")
  }

  /// Where a string goes on after its closing quote, if it does.
  ///
  /// Two quoted parts are one string when a line break lies between them; comments may stand there too.
  private func continuation(after quoteEnd: Int) throws(SQLSyntaxError) -> Int? {
    var offset = quoteEnd
    var sawLineBreak = false
    var sawUnicodeSpace = false
    while true {
      switch self[offset] {
      case UInt8(ascii: "'"):
        guard sawLineBreak else { return nil }
        // DuckDB joins the parts or not, depending on quotes in comments before them.
        if sawUnicodeSpace {
          throw error("a Unicode space stands between the parts of the string that starts here")
        }
        return offset + 1
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        sawLineBreak = true
        offset += 1
      case UInt8(ascii: "-") where self[offset + 1] == UInt8(ascii: "-"):
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n"), bytes[offset] != UInt8(ascii: "\r") {
          offset += 1
        }
      default:
        let length = whiteSpaceLength(at: offset)
        if length == 0 { return nil }
        sawUnicodeSpace = sawUnicodeSpace || length > 1
        offset += length
      }
    }
  }

  /// Resolves the escape whose backslash stands at `start`.
  ///
  /// - Returns: The offset after the escape.
  private func appendEscape(at start: Int, to value: inout [UInt8]) -> Int {
    let byte = self[start + 1]
    switch byte {
    case 0:
      value.append(UInt8(ascii: "\\"))
      return start + 1
    case UInt8(ascii: "b"): value.append(0x08)
    case UInt8(ascii: "f"): value.append(0x0C)
    case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
    case UInt8(ascii: "r"): value.append(UInt8(ascii: "\r"))
    case UInt8(ascii: "t"): value.append(UInt8(ascii: "\t"))
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      let (number, end) = digits(at: start + 1, radix: 8, upTo: 3)
      value.append(UInt8(truncatingIfNeeded: number))
      return end
    case UInt8(ascii: "x"):
      let (number, end) = digits(at: start + 2, radix: 16, upTo: 2)
      value.append(end == start + 2 ? byte : UInt8(truncatingIfNeeded: number))
      return end
    case UInt8(ascii: "u"), UInt8(ascii: "U"):
      let count = byte == UInt8(ascii: "u") ? 4 : 8
      let (number, end) = digits(at: start + 2, radix: 16, upTo: count)
      guard end == start + 2 + count, let scalar = Unicode.Scalar(number) else {
        value.append(byte)
        return start + 2
      }
      value += Array(String(Character(scalar)).utf8)
      return end
    default: value.append(byte)
    }
    return start + 2
  }

  private func digits(at start: Int, radix: UInt32, upTo count: Int) -> (number: UInt32, end: Int) {
    var number: UInt32 = 0
    var end = start
    while end < start + count, let digit = Character(Unicode.Scalar(self[end])).hexDigitValue, digit < radix {
      number = number &* radix &+ UInt32(digit)
      end += 1
    }
    return (number, end)
  }
}
