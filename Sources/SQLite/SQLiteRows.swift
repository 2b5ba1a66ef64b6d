/// The rows of a statement.
public struct SQLiteRows: Sendable {
  /// Names, in order; empty for a statement that gives no rows.
  public let columns: [String]
  /// Values, in the order of the columns.
  public let rows: [[SQLiteValue]]
}
