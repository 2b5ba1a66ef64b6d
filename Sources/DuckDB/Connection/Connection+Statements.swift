internal import CDuckDB
public import SQLText

// What blocks. All of it runs on the connection's thread; see Connection+Async.swift for the same to be
// awaited.
//
// A literal, with values in it or not, is meant to be an `SQL`, whose values are bound, and never a `String`,
// into which they would be spliced. Hence `@_disfavoredOverload` on what takes a `String`.
extension Connection {
  /// Runs all statements of a text and drops their results. DuckDB parses the whole text before it runs the
  /// first.
  ///
  /// - Throws: ``DuckDBError``; the statements before the one that failed have been run.
  @_disfavoredOverload
  public func execute(_ sql: String) throws {
    for statement in try statements(of: sql) { _ = try materialize(statement) }
  }

  /// Runs all statements of a text, the last one with bound values.
  ///
  /// - Returns: How many rows the last one inserted, updated or deleted.
  @discardableResult
  public func execute(_ sql: SQL) throws -> Int {
    try query(sql).changedRows
  }

  /// Runs all statements of a text and keeps the result of the last one in memory. Values are bound to the
  /// last one.
  @_disfavoredOverload
  public func query(_ sql: String, parameters: Parameters = .none) throws -> QueryResult {
    let last = try runAllButLast(of: sql)
    guard !parameters.isNone else { return try materialize(last) }
    let statement = try prepareLast(of: last)
    defer { statement.destroy() }
    return try materialize(statement, parameters)
  }

  /// Runs all statements of a text, the last one with bound values, and keeps its result in memory.
  public func query(_ sql: SQL) throws -> QueryResult {
    let (text, parameters) = try Connection.rendered(sql)
    return try query(text, parameters: parameters)
  }

  /// Runs all statements of a text and gives the result of the last one by chunks, as they are asked for.
  @_disfavoredOverload
  public func stream(_ sql: String, parameters: Parameters = .none) throws -> ResultStream {
    try open(try prepareLast(of: try runAllButLast(of: sql)), parameters)
  }

  /// Runs all statements of a text, the last one with bound values, and gives its result by chunks, as they
  /// are asked for.
  public func stream(_ sql: SQL) throws -> ResultStream {
    let (text, parameters) = try Connection.rendered(sql)
    return try stream(text, parameters: parameters)
  }

  /// Runs all statements of a text and gives each chunk of the last one's result to a closure.
  public func forEachChunk(
    _ sql: String, parameters: Parameters = .none, _ body: (DataChunk) throws -> Void
  ) throws {
    let last = try prepareLast(of: try runAllButLast(of: sql))
    defer { last.destroy() }
    try drain(last, parameters, body)
  }

  /// Prepares one statement.
  public func prepare(_ sql: String) throws -> PreparedStatement {
    let connection = try begin(sql)
    var statement: duckdb_prepared_statement?
    let state = duckdb_prepare(connection, sql, &statement)
    return try adopt(
      try translating {
        try StatementHandle(taking: statement, state: state, source: StatementText(sql), thread: thread)
      })
  }

  /// Parses a text into its statements, none of which is prepared yet.
  public func extractStatements(_ sql: String) throws -> [ExtractedStatement] {
    var extracted: [ExtractedStatement] = []
    for statement in try statements(of: sql) {
      let statements = try extract(statement)
      for index in 0..<statements.count {
        extracted.append(
          ExtractedStatement(index: extracted.count, place: index, of: statements, connection: self))
      }
    }
    return extracted
  }

  /// The tables that a query reads, as it names them or with catalog and schema.
  public func tableNames(in query: String, qualified: Bool = false) throws -> [String] {
    if let names = try tableNames(query, qualified) { return names }
    if let simplified = TableNameText.simplified(query), let names = try tableNames(simplified, qualified) {
      return names
    }
    // DuckDB tells no reason here; when it prepares the text it does.
    _ = try prepare(query)
    throw DuckDBError(
      kind: .binder, message: "DuckDB could not tell the tables of the text: it takes one query.", sql: query)
  }

  /// nil when DuckDB cannot tell.
  private func tableNames(_ query: String, _ qualified: Bool) throws -> [String]? {
    guard let names = duckdb_get_table_names(try begin(query), query, qualified) else { return nil }
    defer {
      var names: duckdb_value? = names
      duckdb_destroy_value(&names)
    }
    let texts = (0..<duckdb_get_list_size(names)).compactMap { index in
      var name = duckdb_get_list_child(names, index)
      defer { duckdb_destroy_value(&name) }
      return CText.take(duckdb_get_varchar(name))
    }
    return Set(qualified ? texts.map(TableNameText.withoutAlias) : texts).sorted()
  }

  // MARK: - Steps

  /// The statements of a text, once DuckDB has parsed all of it.
  private func statements(of sql: String) throws -> [StatementText] {
    let statements = StatementText.all(in: sql)
    if statements.count > 1 { _ = try extract(StatementText(sql)) }
    return statements
  }

  private func runAllButLast(of sql: String) throws -> StatementText {
    let statements = try statements(of: sql)
    for statement in statements.dropLast() { _ = try materialize(statement) }
    return statements[statements.count - 1]
  }

  private func extract(_ source: StatementText) throws -> ExtractedStatements {
    let connection = try begin(source.text)
    return try ExtractedStatements(source, connection: connection, thread: thread)
  }

  /// Prepares a statement. DuckDB makes several of some, such as PIVOT; all but the last are run.
  private func prepareLast(of source: StatementText) throws -> StatementHandle {
    let statements = try extract(source)
    guard statements.count > 0 else { throw source.error(.invalidInput, "The text has no statement.") }
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

  /// Runs a statement without preparing it, which plans it once and not twice.
  private func materialize(_ source: StatementText) throws -> QueryResult {
    let connection = try begin(source.text)
    var result = duckdb_result()
    let state = duckdb_query(connection, source.text, &result)
    do {
      try check(state, &result, source)
    } catch let error as DuckDBError where error.message.hasSuffix("parameters, but none were supplied") {
      // Preparing the statement tells which.
      return try materialize(try prepareLast(of: source), .none)
    }
    return try translating { try ResultReader.readAll(result, source) }
  }

  func materialize(_ statement: StatementHandle, _ parameters: Parameters) throws -> QueryResult {
    let result = try start(statement, parameters, streaming: false)
    return try translating { try ResultReader.readAll(result, statement.source) }
  }

  func open(_ statement: StatementHandle, _ parameters: Parameters) throws -> ResultStream {
    let reader = ResultReader(taking: try start(statement, parameters, streaming: true))
    // The closure keeps the connection, and so its thread, until the result is freed.
    let state = StreamState(reader: reader, source: statement.source) { leftover in
      self.thread.enqueue { self.assumeIsolated { $0.release(leftover) } }
    }
    activate(state)
    return ResultStream(
      columns: reader.schema.columns, statementKind: reader.kind, state: state, connection: self)
  }

  func drain(_ statement: StatementHandle, _ parameters: Parameters, _ body: (DataChunk) throws -> Void)
    throws
  {
    let stream = try open(statement, parameters)
    defer { finish(stream.state) }
    while let chunk = try fetch(stream.state) { try body(chunk) }
  }

  /// The next chunk of a stream.
  func fetch(_ stream: StreamState) throws -> DataChunk? {
    guard stream.reader != nil else {
      guard stream.ending == .superseded else { return nil }
      throw stream.source.error(
        .invalidInput, "The stream has ended: another statement was run on its connection.")
    }
    do {
      try gate.checkpoint()
      let chunk = try translating { try stream.reader?.next(stream.source) }
      if chunk == nil { finish(stream) }
      return chunk
    } catch {
      let isUnexplained = (error as? DuckDBError)?.kind == .interrupt && !gate.isAsked
      finish(stream)
      stream.ending = .failed
      guard isUnexplained else { throw error }
      // One of DuckDB's workers failed and stopped the others, and the stream only sees that it was stopped.
      throw stream.source.error(
        .reasonLost, "The statement failed while its rows were read, and DuckDB lost the reason.")
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
      streaming
      ? duckdb_execute_prepared_streaming(handle, &result) : duckdb_execute_prepared(handle, &result)
    try check(state, &result, statement.source)
    return result
  }

  /// Throws what went wrong, after it freed the result.
  private func check(_ state: duckdb_state, _ result: inout duckdb_result, _ source: StatementText) throws {
    guard state != DuckDBSuccess else { return }
    let text = duckdb_result_error(&result).map { String(cString: $0) } ?? "DuckDB gave no reason."
    let error = source.error(text, type: duckdb_result_error_type(&result))
    duckdb_destroy_result(&result)
    throw gate.translate(error)
  }

  /// Turns DuckDB's interrupt error into a `CancellationError` where the task was cancelled.
  func translating<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DuckDBError {
      throw gate.translate(error)
    }
  }

  private static func rendered(_ sql: SQL) throws -> (String, Parameters) {
    let (text, bindables) = sql.rendered()
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
