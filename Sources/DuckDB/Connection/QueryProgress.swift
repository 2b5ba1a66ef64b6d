/// How far the statement that runs on a connection has come, as DuckDB estimates it.
public struct QueryProgress: Sendable, Hashable {
  /// 0 to 100, or nil when nothing runs or DuckDB cannot tell.
  public let percentage: Double?

  /// Rows that the running pipelines have read so far.
  public let rowsProcessed: UInt64

  /// Rows that the running pipelines are expected to read.
  public let totalRows: UInt64

  /// Nothing runs.
  public static let none = QueryProgress(percentage: nil, rowsProcessed: 0, totalRows: 0)
}
