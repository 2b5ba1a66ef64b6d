internal import CDuckDB

/// Up to 2048 rows of a result, kept by columns as DuckDB made them.
///
/// Sendable, unchecked: a chunk is DuckDB's own copy of the rows, flattened; nobody writes to it after it was
/// fetched, and the memory is freed when the last reference goes. Reading it from several threads is
/// therefore safe. It does not depend on the connection or the database it came from.
public final class DataChunk: @unchecked Sendable {
  let handle: duckdb_data_chunk
  let schema: ResultSchema
  let storage: [ColumnStorage]

  /// How many rows there are.
  public let rowCount: Int

  init(taking handle: duckdb_data_chunk, schema: ResultSchema) {
    self.handle = handle
    self.schema = schema
    let rowCount = Int(duckdb_data_chunk_get_size(handle))
    self.rowCount = rowCount
    storage = schema.columns.enumerated().map { index, column in
      ColumnStorage(duckdb_data_chunk_get_vector(handle, idx_t(index)), type: column.type, count: rowCount)
    }
  }

  deinit {
    var handle: duckdb_data_chunk? = handle
    duckdb_destroy_data_chunk(&handle)
  }

  /// The columns' names and types.
  public var columns: [Column] { schema.columns }

  /// How many columns there are.
  public var columnCount: Int { storage.count }

  /// A column by its position, from 0.
  public subscript(_ column: Int) -> ColumnView {
    ColumnView(chunk: self, storage: storage[column], name: schema.columns[column].name)
  }

  /// A column by its name, or nil when there is none.
  public subscript(_ name: String) -> ColumnView? {
    schema.index(of: name).map { self[$0] }
  }

  /// The value in a row and column, boxed: for a few values, not for many.
  public func value(row: Int, column: Int) -> Value {
    precondition(row >= 0 && row < rowCount, "the chunk has \(rowCount) rows")
    return storage[column].value(row)
  }

  /// The rows, one after the other.
  public var rows: Rows {
    Rows(chunks: [self], schema: schema)
  }
}
