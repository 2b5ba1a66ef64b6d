/// Cuts SQL text into tokens as DuckDB 1.5.5 does.
///
/// DuckDB's lexer is PostgreSQL's with changes, and the finer points matter to whoever decides by tokens what
/// a statement may do: strings that continue over a line break, nested comments, comments that end at a
/// carriage return, dollar quotes, Unicode spaces. Numbers are cut as DuckDB cuts them, so `0xFF` is the
/// number `0` and the word `xFF`.
///
/// The text is walked once, byte by byte; a megabyte takes a few hundredths of a second.
public enum SQLTokenizer {
  /// All tokens of a text, comments among them, white space dropped.
  ///
  /// - Parameter sql: The text.
  /// - Returns: The tokens in order. Between two of them lies only white space.
  /// - Throws: ``SQLSyntaxError`` where a quote or a comment is never closed, and for a NUL character, at
  ///   which DuckDB would stop reading.
  public static func tokenize(_ sql: String) throws(SQLSyntaxError) -> [SQLToken] {
    var scanner = SQLScanner(sql)
    var tokens: [SQLToken] = []
    while let token = try scanner.next() { tokens.append(token) }
    return tokens
  }
}
