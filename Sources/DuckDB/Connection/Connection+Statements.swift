internal import CDuckDB
public import SQLText

// What blocks. All of it runs on the connection's thread; see Connection+Async.swift for the same to be awaited.
//
// A literal, with values in it or not, is meant to be an `SQL`, whose values are bound, and never a `String`, into which
// they would be spliced. Hence `@_disfavoredOverload` on what takes a `String`.
extension Connection {
  /// Runs all statements of a text and drops their results. DuckDB parses the whole text before it runs the first.
  ///
  /// - Throws: ``DuckDBError``; the statements before the one that failed have been run.
  @_disfavoredOverload
  public func execute(_ sql: String) throws {
    let connection = try begin(sql)
    var result = duckdb_result()
    defer { duckdb_destroy_result(&result) }
    try check(duckdb_query(connection, sql, &result), &result, sql: sql)
  }

  /// Runs all statements of a text, the last one with bound values.
  ///
  /// - Returns: How many rows the last one inserted, updated or deleted.
  @discardableResult
  public func execute(_ sql: SQL) throws -> Int {
    try query(sql).changedRows
  }

  /// Runs all statements of a text and keeps the result of the last one in memory. Values are bound to the last one.
  @_disfavoredOverload
  public func query(_ sql: String, parameters: Parameters = .none) throws -> QueryResult {
    let statements = sql.utf8.contains(UInt8(ascii: ";")) || !parameters.isNone ? try extract(sql) : nil
    guard let statements, statements.count > 1 || !parameters.isNone else {
      return try queryDirectly(sql)
    }
    let last = try prepareLast(of: statements)
    defer { last.destroy() }
    return try materialize(last, parameters)
  }

  /// Runs all statements of a text, the last one with bound values, and keeps its result in memory.
  public func query(_ sql: SQL) throws -> QueryResult {
    let (text, parameters) = try Connection.rendered(sql)
    return try query(text, parameters: parameters)
  }

  /// Runs all statements of a text and gives the result of the last one by chunks, as they are asked for.
  @_disfavoredOverload
  public func stream(_ sql: String, parameters: Parameters = .none) throws -> ResultStream {
    let last = try prepareLast(of: try extract(sql))
    return try open(last, parameters)
  }

  /// Runs all statements of a text, the last one with bound values, and gives its result by chunks, as they are asked for.
  public func stream(_ sql: SQL) throws -> ResultStream {
    let (text, parameters) = try Connection.rendered(sql)
    return try stream(text, parameters: parameters)
  }

  /// Runs all statements of a text and gives each chunk of the last one's result to a closure.
  public func forEachChunk(
    _ sql: String, parameters: Parameters = .none, _ body: (DataChunk) throws -> Void
  ) throws {
    let last = try prepareLast(of: try extract(sql))
    defer { last.destroy() }
    try drain(last, parameters, body)
  }

  /// Prepares one statement.
  public func prepare(_ sql: String) throws -> PreparedStatement {
    let connection = try begin(sql)
    var statement: duckdb_prepared_statement?
    let state = duckdb_prepare(connection, sql, &statement)
    return try adopt(try translating { try StatementHandle(taking: statement, state: state, sql: sql, thread: thread) })
  }

  /// Parses a text into its statements, none of which is prepared yet.
  public func extractStatements(_ sql: String) throws -> [ExtractedStatement] {
    let statements = try extract(sql)
    return (0..<statements.count).map { ExtractedStatement(index: $0, of: statements, connection: self) }
  }

  /// The tables that a query reads, as it names them or with catalog and schema.
  public func tableNames(in query: String, qualified: Bool = false) throws -> [String] {
    let connection = try begin(query)
    guard let names = duckdb_get_table_names(connection, query, qualified) else {
      // DuckDB tells no reason here; its parser does.
      _ = try extract(query)
      throw DuckDBError(
        kind: .binder, message: "DuckDB could not tell the tables of the text: it takes one query.", sql: query)
    }
    defer {
      var names: duckdb_value? = names
      duckdb_destroy_value(&names)
    }
    return (0..<duckdb_get_list_size(names)).compactMap { index in
      var name = duckdb_get_list_child(names, index)
      defer { duckdb_destroy_value(&name) }
      return CText.take(duckdb_get_varchar(name))
    }
  }

  // MARK: - Steps

  private func queryDirectly(_ sql: String) throws -> QueryResult {
    let connection = try begin(sql)
    var result = duckdb_result()
    let state = duckdb_query(connection, sql, &result)
    do {
      try check(state, &result, sql: sql)
    } catch {
      duckdb_destroy_result(&result)
      throw error
    }
    return try translating { try ResultReader.readAll(result, sql: sql) }
  }

  private func extract(_ sql: String) throws -> ExtractedStatements {
    let connection = try begin(sql)
    return try ExtractedStatements(sql, connection: connection, thread: thread)
  }

  /// Runs all statements but the last, and prepares that.
  private func prepareLast(of statements: ExtractedStatements) throws -> StatementHandle {
    guard statements.count > 0 else {
      throw DuckDBError(kind: .invalidInput, message: "The text has no statement.", sql: statements.sql)
    }
    for index in 0..<statements.count - 1 {
      let statement = try handle(of: statements, at: index)
      defer { statement.destroy() }
      _ = try materialize(statement, .none)
    }
    return try handle(of: statements, at: statements.count - 1)
  }

  private func handle(of statements: ExtractedStatements, at index: Int) throws -> StatementHandle {
    let connection = try begin("")
    return try translating { try statements.prepare(at: index, connection: connection) }
  }

  func prepare(_ statements: ExtractedStatements, at index: Int) throws -> PreparedStatement {
    try adopt(try handle(of: statements, at: index))
  }

  private func adopt(_ handle: StatementHandle) throws -> PreparedStatement {
    remember(handle)
    return try PreparedStatement(handle, connection: self)
  }

  func materialize(_ statement: StatementHandle, _ parameters: Parameters) throws -> QueryResult {
    let result = try start(statement, parameters, streaming: false)
    return try translating { try ResultReader.readAll(result, sql: statement.sql) }
  }

  func open(_ statement: StatementHandle, _ parameters: Parameters) throws -> ResultStream {
    let reader = ResultReader(taking: try start(statement, parameters, streaming: true))
    // The closure keeps the connection, and so its thread, until the result is freed.
    let state = StreamState(reader: reader, sql: statement.sql) { leftover in
      self.thread.enqueue { self.assumeIsolated { $0.release(leftover) } }
    }
    activate(state)
    return ResultStream(
      columns: reader.schema.columns, statementKind: reader.kind, state: state, connection: self)
  }

  func drain(_ statement: StatementHandle, _ parameters: Parameters, _ body: (DataChunk) throws -> Void) throws {
    let stream = try open(statement, parameters)
    defer { finish(stream.state) }
    while let chunk = try fetch(stream.state) { try body(chunk) }
  }

  /// The next chunk of a stream.
  func fetch(_ stream: StreamState) throws -> DataChunk? {
    guard stream.reader != nil else {
      guard stream.ending == .superseded else { return nil }
      throw DuckDBError(
        kind: .invalidInput, message: "The stream has ended: another statement was run on its connection.")
    }
    try gate.checkpoint()
    do {
      let chunk = try translating { try stream.reader?.next(sql: stream.sql) }
      if chunk == nil { finish(stream) }
      return chunk
    } catch {
      finish(stream)
      stream.ending = .failed
      throw error
    }
  }

  private func start(
    _ statement: StatementHandle, _ parameters: Parameters, streaming: Bool
  ) throws -> duckdb_result {
    _ = try begin("")
    try statement.bind(parameters)
    let handle = try statement.live()
    var result = duckdb_result()
    let state =
      streaming ? duckdb_execute_prepared_streaming(handle, &result) : duckdb_execute_prepared(handle, &result)
    do {
      try check(state, &result, sql: statement.sql)
    } catch {
      duckdb_destroy_result(&result)
      throw error
    }
    return result
  }

  private func check(_ state: duckdb_state, _ result: inout duckdb_result, sql: String) throws {
    guard state != DuckDBSuccess else { return }
    let text = duckdb_result_error(&result).map { String(cString: $0) } ?? "DuckDB gave no reason."
    throw gate.translate(DuckDBError(text: text, type: duckdb_result_error_type(&result), sql: sql))
  }

  /// Turns DuckDB's interrupt error into a `CancellationError` where the task was cancelled.
  private func translating<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DuckDBError {
      throw gate.translate(error)
    }
  }

  private static func rendered(_ sql: SQL) throws -> (String, Parameters) {
    let (text, bindables) = sql.rendered { "$\($0)" }
    let values = try bindables.map { bindable in
      guard let convertible = bindable as? any DuckDBConvertible else {
        throw DuckDBError(
          kind: .invalidInput, message: "A value of type \(type(of: bindable)) cannot be bound in DuckDB.")
      }
      return convertible.duckDBValue
    }
    return (text, values.isEmpty ? .none : .positional(values))
  }
}

extension Parameters {
  var isNone: Bool {
    if case .none = self { true } else { false }
  }
}
