internal import CDuckDB

/// A `duckdb_result` while it is read. Only used on its connection's thread.
struct ResultReader {
  private var result: duckdb_result
  let schema: ResultSchema
  let kind: StatementKind

  init(taking result: duckdb_result) {
    self.result = result
    var result = result
    kind = StatementKind(duckdb_result_statement_type(result))
    schema = ResultSchema(
      (0..<duckdb_column_count(&result)).map { index in
        Column(
          name: duckdb_column_name(&result, index).map { String(cString: $0) } ?? "",
          type: LogicalType(taking: duckdb_column_logical_type(&result, index)))
      })
  }

  /// The next chunk, or nil at the end.
  ///
  /// - Throws: ``DuckDBError`` when the statement fails while it runs.
  mutating func next(_ source: StatementText) throws(DuckDBError) -> DataChunk? {
    guard let handle = duckdb_fetch_chunk(result) else {
      if let error = duckdb_result_error(&result) {
        throw source.error(String(cString: error), type: duckdb_result_error_type(&result))
      }
      return nil
    }
    let chunk = DataChunk(taking: handle, schema: schema)
    return chunk.rowCount == 0 ? nil : chunk
  }

  mutating func destroy() {
    duckdb_destroy_result(&result)
  }

  /// Reads everything and destroys the result.
  static func readAll(_ result: duckdb_result, _ source: StatementText) throws(DuckDBError) -> QueryResult {
    var raw = result
    let returns: QueryResult.Returns =
      switch duckdb_result_return_type(raw) {
      case DUCKDB_RESULT_TYPE_QUERY_RESULT: .rows
      case DUCKDB_RESULT_TYPE_CHANGED_ROWS: .changedRows
      default: .nothing
      }
    let changed = returns == .changedRows ? Int(clamping: duckdb_rows_changed(&raw)) : 0
    var reader = ResultReader(taking: raw)
    defer { reader.destroy() }
    var chunks: [DataChunk] = []
    while let chunk = try reader.next(source) { chunks.append(chunk) }
    return QueryResult(
      schema: reader.schema, chunks: chunks, changedRows: changed, kind: reader.kind, returns: returns)
  }
}
