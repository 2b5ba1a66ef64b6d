/// The whole result of a statement, kept in memory by columns. DuckDB's `memory_limit` does not count it, so
/// results that may be large are better streamed: `stream(_:parameters:)`.
public struct QueryResult: Sendable {
  /// The columns' names and types.
  public var columns: [Column] { schema.columns }

  /// The rows, up to 2048 to a chunk.
  public let chunks: [DataChunk]

  /// How many rows there are.
  public let rowCount: Int

  /// How many rows the statement inserted, updated or deleted; 0 for other statements.
  public let changedRows: Int

  /// What the statement did.
  public let statementKind: StatementKind

  /// Whether the statement gives rows, only a count of changed rows, or nothing (DuckDB then still has a
  /// column).
  public let returns: Returns

  /// What a statement gives.
  public enum Returns: Sendable, Hashable {
    case rows, changedRows, nothing
  }

  let schema: ResultSchema

  init(schema: ResultSchema, chunks: [DataChunk], changedRows: Int, kind: StatementKind, returns: Returns) {
    self.schema = schema
    self.chunks = chunks
    self.changedRows = changedRows
    self.returns = returns
    statementKind = kind
    rowCount = chunks.reduce(0) { $0 + $1.rowCount }
  }

  /// A row with a count, as the result of a statement that changed so many rows.
  package func asChange(_ kind: StatementKind, count: Int) -> QueryResult {
    QueryResult(schema: schema, chunks: chunks, changedRows: count, kind: kind, returns: .changedRows)
  }

  /// The rows, one after the other, made when they are asked for.
  public var rows: Rows {
    Rows(chunks: chunks, schema: schema)
  }

  /// A row by its position, from 0.
  public subscript(_ row: Int) -> Row {
    precondition(row >= 0 && row < rowCount, "the result has \(rowCount) rows")
    // All chunks but the last are full when DuckDB materialises, but nothing promises it.
    var remaining = row
    for chunk in chunks {
      if remaining < chunk.rowCount { return Row(chunk: chunk, index: remaining) }
      remaining -= chunk.rowCount
    }
    preconditionFailure("the rows of the chunks do not add up")
  }

  /// The value in the first row and column, or nil when there are no rows. NULL is ``Value/null``.
  public func scalar() -> Value? {
    guard rowCount > 0, !columns.isEmpty else { return nil }
    return self[0][0]
  }

  /// The value in the first row and column as a Swift type, or nil when there are no rows or it is NULL; see
  /// ``Row/decode(_:)``.
  ///
  /// - Throws: ``DuckDBError`` of kind `.decoding` when the column is of another type.
  public func scalar<T: Decodable>(as type: T.Type) throws -> T? {
    guard rowCount > 0 else { return nil }
    return try self[0].decode(T?.self)
  }

  /// All values of a column, boxed, or nil when there is none of that name.
  public func values(_ name: String) -> [Value]? {
    guard let index = schema.index(of: name) else { return nil }
    return rows.map { $0[index] }
  }
}
