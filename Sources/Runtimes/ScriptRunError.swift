import DuckDB
public import Lake
import Scripts

/// A script that failed, with the place in its file.
public struct ScriptRunError: Error, Sendable, CustomStringConvertible {
  /// The script's file.
  public let path: String
  /// Where in the file; line and column from 1. The column is known when the engine told it.
  public let line: Int
  public let column: Int?
  /// Which statement of the script, from 1, and how many there are.
  public let statement: Int
  public let statementCount: Int
  /// What went wrong.
  public let cause: LakeError

  /// `orders.sql:12:8: there is no column 'amout'. Did you mean 'amount'?`
  public var description: String {
    let place = column.map { "\(path):\(line):\($0)" } ?? "\(path):\(line)"
    let which = statementCount > 1 ? " (statement \(statement) of \(statementCount))" : ""
    return "\(place): \(cause.description)\(which)"
  }
}
