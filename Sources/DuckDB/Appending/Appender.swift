internal import CDuckDB

/// Adds many rows to a table, far faster than INSERT statements do.
///
/// ```swift
/// let appender = try await connection.appender(to: "reading")
/// for reading in readings { try await appender.append([.timestamp(reading.time), .double(reading.value)]) }
/// try await appender.close()
/// ```
///
/// Rows are collected and go into the table by batches: at the latest with ``flush()`` or ``close()``, and in
/// between whenever there are about 200,000. Each batch is a statement of its own, in the connection's
/// transaction if there is one. So any call here may throw what that statement throws, such as a broken
/// constraint; then none of the batch is in the table.
///
/// An appender that is dropped without ``close()`` drops the rows that are not in the table yet. It never
/// writes them behind your back, where an error would be lost. Each method comes twice: to be awaited from
/// anywhere, and without `await` inside ``Connection/run(_:)``, where the connection is given.
public final class Appender: Sendable {
  /// The columns that each row has a value for.
  public let columns: [Column]

  /// The connection that the appender belongs to.
  public let connection: Connection

  private let state: AppenderState

  init(_ state: AppenderState, columns: [Column], connection: Connection) {
    self.state = state
    self.columns = columns
    self.connection = connection
  }

  /// Adds a row.
  ///
  /// Numbers go into columns of other number types that hold them exactly, and into FLOAT and DOUBLE, which
  /// round; text goes into ENUM and JSON columns.
  ///
  /// - Parameter row: A value for each column.
  /// - Throws: ``DuckDBError``: `.invalidInput` for the wrong number of values, `.conversion` for a value
  ///   that does not fit its column (the row is not added); what adding a batch throws.
  public func append(_ row: [Value]) async throws {
    try await connection.perform { try self.append(row, on: $0) }
  }

  /// Adds a row.
  public func append(_ row: [Value], on connection: isolated Connection) throws {
    try connection.use(self, state) { state throws in try state.append(row) }
  }

  /// Adds rows.
  ///
  /// - Throws: As `append(_:)` does; rows before the one that failed have been added.
  public func append(rows: some Sequence<[Value]> & Sendable) async throws {
    try await connection.perform { connection in
      for row in rows { try self.append(row, on: connection) }
    }
  }

  /// Adds the rows of a chunk, such as one of a result. DuckDB converts columns of other types.
  ///
  /// - Throws: ``DuckDBError`` when the chunk's columns do not fit; what adding a batch throws.
  public func append(_ chunk: DataChunk) async throws {
    try await connection.perform { try self.append(chunk, on: $0) }
  }

  /// Adds the rows of a chunk. DuckDB converts columns of other types.
  public func append(_ chunk: DataChunk, on connection: isolated Connection) throws {
    try connection.use(self, state) { state throws in try state.append(chunk) }
  }

  /// Adds rows given by columns, which is the fastest way.
  ///
  /// - Parameter columns: As many values for each column of the appender.
  /// - Throws: ``DuckDBError``: `.invalidInput` for the wrong number of columns or unequal lengths,
  ///   `.conversion` for a column of another type; what adding a batch throws.
  public func append(columns: [AppendedColumn]) async throws {
    try await connection.perform { try self.append(columns: columns, on: $0) }
  }

  /// Adds rows given by columns.
  public func append(columns: [AppendedColumn], on connection: isolated Connection) throws {
    try connection.use(self, state) { state throws in try state.append(columns) }
  }

  /// Puts all rows that were added into the table.
  ///
  /// - Throws: ``DuckDBError``; none of the rows is in the table then, and they stay in the appender.
  public func flush() async throws {
    try await connection.perform { try self.flush(on: $0) }
  }

  /// Puts all rows that were added into the table.
  public func flush(on connection: isolated Connection) throws {
    try connection.use(self, state) { state throws in try state.flush() }
  }

  /// Forgets the rows that are not in the table yet.
  public func discard() async throws {
    try await connection.perform { connection in
      try connection.use(self, self.state) { state throws in try state.discard() }
    }
  }

  /// Puts all rows that were added into the table and ends the appender.
  ///
  /// - Throws: ``DuckDBError``; none of the rows is in the table then, and they are dropped.
  public func close() async throws {
    try await connection.perform { try self.close(on: $0) }
  }

  /// Puts all rows that were added into the table and ends the appender.
  public func close(on connection: isolated Connection) throws {
    defer { state.destroy() }
    try flush(on: connection)
  }
}

extension Connection {
  /// Makes an appender for a table.
  ///
  /// - Parameters:
  ///   - table: The table's name, as it is, without quotes.
  ///   - schema: Its schema; nil for the default one.
  ///   - catalog: Its database; nil for the current one.
  ///   - columns: The columns that rows have values for, others get their defaults; empty for all.
  /// - Throws: ``DuckDBError`` of kind `.catalog` when there is no such table or column.
  public nonisolated func appender(
    to table: String, schema: String? = nil, catalog: String? = nil, columns: [String] = []
  ) async throws -> Appender {
    try await perform { try $0.appender(to: table, schema: schema, catalog: catalog, columns: columns) }
  }

  /// Makes an appender for a table.
  public func appender(
    to table: String, schema: String? = nil, catalog: String? = nil, columns: [String] = []
  ) throws -> Appender {
    let connection = try begin(([table, schema ?? "", catalog ?? ""] + columns).joined(separator: " "))
    let state = try translating {
      try AppenderState(
        connection, table: table, schema: schema, catalog: catalog, columns: columns, thread: thread)
    }
    remember(state)
    return Appender(state, columns: state.columns, connection: self)
  }

  /// Lets `body` work on an appender's state; adding a batch is a statement, and makes way for itself like
  /// one.
  func use(_ appender: Appender, _ state: AppenderState, _ body: (AppenderState) throws -> Void) throws {
    try checkOwner(appender.connection)
    _ = try begin("")
    try translating { try body(state) }
  }
}
