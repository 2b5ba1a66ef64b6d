public import SQLText

// The same as in Connection+Statements.swift, to be awaited. Each call is one piece of work on the
// connection's thread, which the cancellation of the calling task interrupts.
extension Connection {
  /// Runs all statements of a text and drops their results. DuckDB parses the whole text before it runs the
  /// first.
  ///
  /// - Throws: ``DuckDBError``, the statements before the one that failed having been run;
  ///   `CancellationError` when the task is cancelled.
  @_disfavoredOverload
  public nonisolated func execute(_ sql: String) async throws {
    try await perform { try $0.execute(sql) }
  }

  /// Runs all statements of a text, the last one with bound values.
  ///
  /// ```swift
  /// let deleted = try await connection.execute("DELETE FROM log WHERE day < \(day)")
  /// ```
  ///
  /// - Returns: How many rows the last one inserted, updated or deleted.
  /// - Throws: ``DuckDBError``; `CancellationError` when the task is cancelled.
  @discardableResult
  public nonisolated func execute(_ sql: SQL) async throws -> Int {
    try await perform { try $0.execute(sql) }
  }

  /// Runs all statements of a text and keeps the result of the last one in memory.
  ///
  /// - Parameters:
  ///   - sql: The text.
  ///   - parameters: Values for the parameters of the last statement.
  /// - Throws: ``DuckDBError``; `CancellationError` when the task is cancelled.
  @_disfavoredOverload
  public nonisolated func query(_ sql: String, parameters: Parameters = .none) async throws -> QueryResult {
    try await perform { try $0.query(sql, parameters: parameters) }
  }

  /// Runs all statements of a text, the last one with bound values, and keeps its result in memory.
  ///
  /// - Throws: ``DuckDBError``; `CancellationError` when the task is cancelled.
  public nonisolated func query(_ sql: SQL) async throws -> QueryResult {
    try await perform { try $0.query(sql) }
  }

  /// Runs all statements of a text and gives the result of the last one by chunks, as they are asked for,
  /// while it runs.
  ///
  /// - Throws: ``DuckDBError``; `CancellationError` when the task is cancelled.
  @_disfavoredOverload
  public nonisolated func stream(_ sql: String, parameters: Parameters = .none) async throws -> ResultStream {
    try await perform { try $0.stream(sql, parameters: parameters) }
  }

  /// Runs all statements of a text, the last one with bound values, and gives its result by chunks, as they
  /// are asked for, while it runs.
  ///
  /// - Throws: ``DuckDBError``; `CancellationError` when the task is cancelled.
  public nonisolated func stream(_ sql: SQL) async throws -> ResultStream {
    try await perform { try $0.stream(sql) }
  }

  /// Runs all statements of a text and gives each chunk of the last one's result to a closure while the
  /// statement runs.
  ///
  /// This is the fastest way to read a large result: the closure runs on the connection's thread, with no
  /// change of threads between chunks.
  ///
  /// - Parameters:
  ///   - sql: The text.
  ///   - parameters: Values for the parameters of the last statement.
  ///   - body: Gets each chunk in order. An error it throws ends the statement and is thrown on.
  /// - Throws: ``DuckDBError``; what `body` throws; `CancellationError` when the task is cancelled.
  public nonisolated func forEachChunk(
    _ sql: String, parameters: Parameters = .none, _ body: @Sendable (DataChunk) throws -> Void
  ) async throws {
    try await perform { try $0.forEachChunk(sql, parameters: parameters, body) }
  }

  /// Prepares one statement, to run it several times.
  ///
  /// - Throws: ``DuckDBError`` when the text is not one statement, or names what is not there.
  public nonisolated func prepare(_ sql: String) async throws -> PreparedStatement {
    try await perform { try $0.prepare(sql) }
  }

  /// Parses a text into its statements, none of which is prepared yet.
  ///
  /// - Throws: ``DuckDBError`` of kind `.parser` when the text is not SQL.
  public nonisolated func extractStatements(_ sql: String) async throws -> [ExtractedStatement] {
    try await perform { try $0.extractStatements(sql) }
  }

  /// The tables that a query reads, in alphabetical order.
  ///
  /// - Parameters:
  ///   - query: One query. The tables need not exist, but functions do, and so do tables that are updated.
  ///   - qualified: Whether names come with catalog and schema where the query has them, and quoted where
  ///     needed.
  /// - Throws: ``DuckDBError`` when the text is no query.
  public nonisolated func tableNames(in query: String, qualified: Bool) async throws -> [String] {
    try await perform { try $0.tableNames(in: query, qualified: qualified) }
  }
}
