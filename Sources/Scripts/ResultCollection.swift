internal import SQLText

/// Which rows a script returns, and in which shape: `-- result_collection=…`.
public enum ResultCollection: String, Sendable, Hashable, CaseIterable {
  /// All rows of the last statement, as an array of records. This is the default.
  case lastStatementAllRows = "last_statement_all_rows"
  /// The first row of the last statement, as a record, or null.
  case lastStatementFirstRow = "last_statement_first_row"
  /// The first column of all rows of the last statement, as an array.
  case lastStatementAllRowsScalar = "last_statement_all_rows_scalar"
  /// The first column of the first row of the last statement, or null.
  case lastStatementFirstRowScalar = "last_statement_first_row_scalar"
  /// All rows of every statement, as an array of arrays of records.
  case allStatementsAllRows = "all_statements_all_rows"
  /// The first row of every statement, as an array of records and nulls.
  case allStatementsFirstRow = "all_statements_first_row"
  /// The first column of all rows of every statement, as an array of arrays.
  case allStatementsAllRowsScalar = "all_statements_all_rows_scalar"
  /// The first column of the first row of every statement, as an array of values and nulls.
  case allStatementsFirstRowScalar = "all_statements_first_row_scalar"

  /// Whether every statement contributes, not only the last one.
  public var coversAllStatements: Bool { rawValue.hasPrefix("all_statements") }

  /// Whether a statement contributes its first row only.
  public var isFirstRow: Bool { rawValue.contains("_first_row") }

  /// Whether a row is reduced to its first column.
  public var isScalar: Bool { rawValue.hasSuffix("_scalar") }

  /// Reads the text of a comment, if it is this annotation. A value that is not known means the default.
  init?(comment: String) {
    guard let value = comment.dropping(prefix: "result_collection")?.trimmed.dropping(prefix: "=") else {
      return nil
    }
    self = ResultCollection(rawValue: value.trimmed) ?? .lastStatementAllRows
  }
}
