/// One word, literal, operator or comment of a SQL text, with its place in the source.
///
/// Tokens are cut exactly where DuckDB's own lexer cuts them. See ``SQLTokenizer``.
public struct SQLToken: Sendable, Hashable {
  /// What a token is.
  public enum Kind: Sendable {
    /// A keyword or an identifier without quotes.
    case word
    /// An identifier in double quotes.
    case quotedIdentifier
    /// A string in any spelling: `'…'`, `E'…'`, `x'…'`, `b'…'`, `U&'…'`, `$$…$$`, `$tag$…$tag$`.
    case string
    /// A number.
    case number
    /// `$name`, `$"name"`, `$1`, `?` or `?1`.
    case parameter
    /// An operator or a punctuation mark.
    case symbol
    /// `-- …`, without the end of its line.
    case lineComment
    /// `/* … */`.
    case blockComment
  }

  /// What the token is.
  public let kind: Kind

  /// The token exactly as it is written.
  public let text: String

  /// What the token stands for.
  ///
  /// For strings and quoted identifiers this is the content, without quotes and with escapes resolved; for
  /// parameters the name or number (empty for a bare `?`); for comments what lies between the comment marks.
  /// All others stand for what is written.
  public let value: String

  /// Where the token starts in the source, in UTF-8 bytes.
  public let utf8Offset: Int

  /// The line on which the token starts, counted from 1.
  public let line: Int

  /// The column at which the token starts, counted from 1 in Unicode scalars.
  public let column: Int

  /// Where the token lies in the source, in UTF-8 bytes.
  public var utf8Range: Range<Int> { utf8Offset..<(utf8Offset + text.utf8.count) }

  /// The line on which the token ends: strings and block comments may run over several.
  public var lastLine: Int {
    var breaks = 0
    var previous: UInt8 = 0
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\r") || (byte == UInt8(ascii: "\n") && previous != UInt8(ascii: "\r")) {
        breaks += 1
      }
      previous = byte
    }
    return line + breaks
  }

  /// Whether the token is a comment.
  public var isComment: Bool { kind == .lineComment || kind == .blockComment }

  /// Whether the token is this keyword, in any case of letters. A quoted identifier is never a keyword.
  ///
  /// - Parameter keyword: The keyword.
  public func isWord(_ keyword: String) -> Bool {
    kind == .word && value.isEqualIgnoringASCIICase(to: keyword)
  }

  /// Whether the token names this identifier, with or without quotes.
  ///
  /// DuckDB compares both spellings without regard to the case of ASCII letters, and so does this.
  ///
  /// - Parameter name: The identifier, without quotes.
  public func isIdentifier(_ name: String) -> Bool {
    (kind == .word || kind == .quotedIdentifier) && value.isEqualIgnoringASCIICase(to: name)
  }

  /// Whether the token is this operator or punctuation mark.
  ///
  /// - Parameter symbol: The symbol, such as `;` or `::`.
  public func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// A text that cannot be cut into tokens: something that was opened is never closed.
public struct SQLSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  public let message: String

  /// The line on which the unfinished token starts, counted from 1.
  public let line: Int

  /// The column at which the unfinished token starts, counted from 1 in Unicode scalars.
  public let column: Int

  /// The place and what is wrong there, in one line.
  public var description: String { "line \(line), column \(column): \(message)" }
}
