internal import CDuckDB
internal import SQLText

/// The text of one statement, and where it stands in the text that was given.
///
/// DuckDB 1.5.5 counts positions in the whole text but quotes the statement alone, so the caret of an error
/// in a second statement points nowhere. Statements are therefore given to DuckDB one by one, and positions
/// moved afterwards.
struct StatementText: Sendable {
  /// What DuckDB gets.
  let text: String

  /// The text that the statement stands in.
  let whole: String

  private let line: Int
  private let column: Int

  /// A text that is one statement.
  init(_ text: String) {
    self.text = text
    whole = text
    line = 1
    column = 1
  }

  private init(_ statement: SQLStatement, in whole: String) {
    text = statement.text
    self.whole = whole
    line = statement.line
    column = statement.column
  }

  /// The statements of a text; the text itself where it cannot be cut, so that DuckDB says what is wrong.
  static func all(in sql: String) -> [StatementText] {
    guard sql.utf8.contains(UInt8(ascii: ";")), let statements = try? SQLStatements.split(sql),
      statements.count > 1
    else { return [StatementText(sql)] }
    return statements.map { StatementText($0, in: sql) }
  }

  /// DuckDB's error text, with its position in the whole text.
  func error(_ text: String, type: duckdb_error_type? = nil) -> DuckDBError {
    let error = DuckDBError(text: text, type: type, sql: self.text)
    let atEnd = error.message == "syntax error at end of input" ? endOfText : nil
    let position = (error.position ?? atEnd).map { position in
      DuckDBError.SourcePosition(
        line: position.line + line - 1,
        column: position.line == 1 ? position.column + column - 1 : position.column)
    }
    return DuckDBError(
      kind: error.kind, message: error.message, position: position, candidates: error.candidates, sql: whole)
  }

  private var endOfText: DuckDBError.SourcePosition {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return .init(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
  }

  /// An error of this binding about the statement.
  func error(_ kind: DuckDBError.Kind, _ message: String, candidates: [String] = []) -> DuckDBError {
    DuckDBError(kind: kind, message: message, candidates: candidates, sql: whole)
  }
}
