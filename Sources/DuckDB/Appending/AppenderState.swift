internal import CDuckDB

/// An open `duckdb_appender` and the chunk that rows are collected in.
///
/// Sendable, unchecked: everything but the constants is only touched on the connection's thread; the last
/// owner sends the handles there to be destroyed.
final class AppenderState: @unchecked Sendable {
  let columns: [Column]
  private let thread: ConnectionThread
  private let writers: [VectorWriter]
  private var handles: Handles?
  private var rowCount = 0

  private struct Handles {
    let appender: duckdb_appender
    let chunk: duckdb_data_chunk

    func destroy() {
      // Destroying would write what is left, and lose the error.
      duckdb_appender_clear(appender)
      var appender: duckdb_appender? = appender
      duckdb_appender_destroy(&appender)
      var chunk: duckdb_data_chunk? = chunk
      duckdb_destroy_data_chunk(&chunk)
    }
  }

  init(
    _ connection: duckdb_connection, table: String, schema: String?, catalog: String?,
    columns names: [String],
    thread: ConnectionThread
  ) throws {
    var appender: duckdb_appender?
    let state = duckdb_appender_create_ext(connection, catalog, schema, table, &appender)
    guard state == DuckDBSuccess, let appender else {
      let error = AppenderState.error(of: appender)
      duckdb_appender_destroy(&appender)
      throw error
    }
    do {
      for name in names where duckdb_appender_add_column(appender, name) != DuckDBSuccess {
        throw AppenderState.error(of: appender)
      }
      let all = try AppenderState.columnNames(connection, table: table, schema: schema, catalog: catalog)
      let types = (0..<duckdb_appender_column_count(appender)).map {
        LogicalType(taking: duckdb_appender_column_type(appender, $0))
      }
      columns = zip(names.isEmpty ? all : names, types).map { Column(name: $0, type: $1) }
      let chunk = try AppenderState.makeChunk(types)
      handles = Handles(appender: appender, chunk: chunk)
      writers = types.enumerated().map { index, type in
        VectorWriter(duckdb_data_chunk_get_vector(chunk, idx_t(index)), type: type)
      }
    } catch {
      var dead: duckdb_appender? = appender
      duckdb_appender_destroy(&dead)
      throw error
    }
    self.thread = thread
  }

  deinit {
    guard let handles else { return }
    let dead = Dead(handles: handles)
    thread.enqueue { dead.handles.destroy() }
  }

  /// Frees the appender at once. Call it on the connection's thread.
  func destroy() {
    handles?.destroy()
    handles = nil
  }

  private func live() throws -> Handles {
    guard let handles else {
      throw DuckDBError(kind: .invalidInput, message: "The appender has been closed.")
    }
    return handles
  }

  func append(_ row: [Value]) throws {
    _ = try live()
    try checkWidth(row.count)
    for (index, value) in row.enumerated() {
      try naming(index) { try writers[index].write(value, at: rowCount) }
    }
    rowCount += 1
    if rowCount == VectorWriter.capacity { try passOn() }
  }

  func append(_ chunk: DataChunk) throws {
    try passOn()
    let handles = try live()
    try checkWidth(chunk.columnCount)
    try withExtendedLifetime(chunk) { try check(duckdb_append_data_chunk(handles.appender, chunk.handle)) }
  }

  func append(_ columns: [AppendedColumn]) throws {
    try passOn()
    _ = try live()
    try checkWidth(columns.count)
    let count = columns.first?.count ?? 0
    guard columns.allSatisfy({ $0.count == count }) else {
      throw DuckDBError(kind: .invalidInput, message: "The columns have different numbers of values.")
    }
    var start = 0
    while start < count {
      let rows = start..<min(start + VectorWriter.capacity, count)
      for (index, column) in columns.enumerated() {
        try naming(index) { try writers[index].write(column, rows: rows) }
      }
      rowCount = rows.count
      try passOn()
      start = rows.upperBound
    }
  }

  func flush() throws {
    try passOn()
    try check(duckdb_appender_flush(try live().appender))
  }

  func discard() throws {
    rowCount = 0
    try reset()
    try check(duckdb_appender_clear(try live().appender))
  }

  /// Gives the collected rows to DuckDB's appender.
  private func passOn() throws {
    guard rowCount > 0 else { return }
    let handles = try live()
    duckdb_data_chunk_set_size(handles.chunk, idx_t(rowCount))
    rowCount = 0
    let state = duckdb_append_data_chunk(handles.appender, handles.chunk)
    try reset()
    try check(state)
  }

  private func reset() throws {
    duckdb_data_chunk_reset(try live().chunk)
    for writer in writers { writer.reset() }
  }

  private func check(_ state: duckdb_state) throws {
    guard state != DuckDBSuccess else { return }
    throw AppenderState.error(of: handles?.appender)
  }

  private func checkWidth(_ count: Int) throws {
    guard count == columns.count else {
      throw DuckDBError(
        kind: .invalidInput, message: "A row has \(columns.count) values here, and \(count) were given.")
    }
  }

  /// Adds the column's name to what a writer complains about.
  private func naming(_ index: Int, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as DuckDBError {
      throw DuckDBError(
        kind: error.kind, message: "Column \"\(columns[index].name)\": \(error.message)",
        candidates: error.candidates)
    }
  }

  private static func error(of appender: duckdb_appender?) -> DuckDBError {
    var data: duckdb_error_data? = duckdb_appender_error_data(appender)
    defer { duckdb_destroy_error_data(&data) }
    guard let data, duckdb_error_data_has_error(data), let message = duckdb_error_data_message(data) else {
      return DuckDBError(kind: .invalidInput, message: "DuckDB refused the rows and gave no reason.")
    }
    return DuckDBError(text: String(cString: message), type: duckdb_error_data_error_type(data))
  }

  private static func makeChunk(_ types: [LogicalType]) throws -> duckdb_data_chunk {
    let chunk = try LogicalType.withHandles(types) { duckdb_create_data_chunk($0, idx_t(types.count)) }
    guard let chunk else {
      // Of what a table can hold, that is VARIANT: name it, so that the column can be left out.
      let refused = types.first { $0.physicalType == .structure && $0.base == .variant } ?? .any
      throw DuckDBError(
        kind: .notImplemented, message: "DuckDB's appender takes no column of type \(refused).")
    }
    return chunk
  }

  private static func columnNames(
    _ connection: duckdb_connection, table: String, schema: String?, catalog: String?
  ) throws -> [String] {
    var description: duckdb_table_description?
    defer { duckdb_table_description_destroy(&description) }
    let state = duckdb_table_description_create_ext(connection, catalog, schema, table, &description)
    guard state == DuckDBSuccess else {
      let text = duckdb_table_description_error(description).map { String(cString: $0) }
      throw DuckDBError(text: text ?? "DuckDB does not describe the table \(table).")
    }
    return (0..<duckdb_table_description_get_column_count(description)).map {
      CText.take(duckdb_table_description_get_column_name(description, $0)) ?? ""
    }
  }

  /// Sendable, unchecked: made in the deinit of the only owner, so nobody else has the handles any more.
  private struct Dead: @unchecked Sendable {
    let handles: Handles
  }
}
