/// One statement of a script.
public struct SQLStatement: Sendable, Hashable {
  /// The statement as written, from its first token to its last: without the `;`, and without the comments
  /// before and after it. Comments inside it are kept.
  ///
  /// One thing is changed: a Unicode space between tokens is written as blanks, as many as it has bytes.
  /// DuckDB takes such a space for a letter where a quote in a comment has confused it, and would then see
  /// other tokens in this text than ``tokens`` has.
  public let text: String

  /// The tokens of the statement, comments left out. There is at least one.
  ///
  /// Their offsets, lines and columns are those in the whole script.
  public let tokens: [SQLToken]

  /// Where ``text`` lies in the script, in UTF-8 bytes.
  public let utf8Range: Range<Int>

  /// The line of the first token, counted from 1.
  public let line: Int

  /// The column of the first token, counted from 1 in Unicode scalars.
  public let column: Int

  /// The names and numbers of the parameters that the statement uses, each once, in the order of their first
  /// use.
  ///
  /// DuckDB takes `$Id` and `$id` for one parameter; the first spelling is listed. A bare `?` has no name and
  /// is left out.
  public var parameterNames: [String] {
    var names: [String] = []
    for token in tokens where token.kind == .parameter && !token.value.isEmpty {
      if !names.contains(where: { $0.isEqualIgnoringASCIICase(to: token.value) }) {
        names.append(token.value)
      }
    }
    return names
  }

  /// Where a place in ``text``, such as an error message names, lies in the whole script.
  ///
  /// - Parameters:
  ///   - line: The line in ``text``, counted from 1.
  ///   - column: The column in that line, counted from 1.
  /// - Returns: The line and the column in the script.
  public func placeInScript(line: Int, column: Int) -> (line: Int, column: Int) {
    (self.line + line - 1, line == 1 ? self.column + column - 1 : column)
  }
}

/// Splits scripts into statements.
public enum SQLStatements {
  /// The statements of a script, in order. Empty ones are dropped.
  ///
  /// - Parameter sql: The script.
  /// - Throws: ``SQLSyntaxError`` where the text cannot be cut into tokens.
  public static func split(_ sql: String) throws(SQLSyntaxError) -> [SQLStatement] {
    split(sql, tokens: try SQLTokenizer.tokenize(sql))
  }

  /// The statements of a script whose tokens are already known.
  ///
  /// - Parameters:
  ///   - sql: The script.
  ///   - tokens: All tokens of `sql`, as ``SQLTokenizer/tokenize(_:)`` gives them.
  public static func split(_ sql: String, tokens: [SQLToken]) -> [SQLStatement] {
    let bytes = Array(sql.utf8)
    var statements: [SQLStatement] = []
    for part in tokens.split(whereSeparator: { $0.isSymbol(";") }) {
      guard let first = part.firstIndex(where: { !$0.isComment }),
        let last = part.lastIndex(where: { !$0.isComment })
      else { continue }
      statements.append(statement(of: part[first...last], in: bytes))
    }
    return statements
  }

  private static func statement(of tokens: ArraySlice<SQLToken>, in source: [UInt8]) -> SQLStatement {
    let first = tokens[tokens.startIndex]
    let range = first.utf8Offset..<tokens[tokens.endIndex - 1].utf8Range.upperBound
    var bytes = source[range]
    var gapStart = range.lowerBound
    for token in tokens {
      for offset in gapStart..<token.utf8Offset where bytes[offset] >= 0x80 {
        bytes[offset] = UInt8(ascii: " ")
      }
      gapStart = token.utf8Range.upperBound
    }
    return SQLStatement(
      text: String(decoding: bytes, as: UTF8.self), tokens: tokens.filter { !$0.isComment }, utf8Range: range,
      line: first.line, column: first.column)
  }
}
