internal import CDuckDB

/// A `duckdb_prepared_statement`.
///
/// Sendable, unchecked: everything here but the plain constants is only touched on the connection's thread;
/// the last owner sends the handle there to be destroyed.
final class StatementHandle: @unchecked Sendable {
  let source: StatementText
  let kind: StatementKind
  let parameterNames: [String]
  private let thread: ConnectionThread
  private var handle: duckdb_prepared_statement?

  /// Takes what `duckdb_prepare` made. Destroys it when it is an error.
  ///
  /// - Throws: ``DuckDBError`` with DuckDB's reason.
  init(
    taking handle: duckdb_prepared_statement?, state: duckdb_state, source: StatementText,
    thread: ConnectionThread
  ) throws(DuckDBError) {
    self.source = source
    self.thread = thread
    self.handle = handle
    guard state == DuckDBSuccess, let handle else {
      let text = handle.flatMap { duckdb_prepare_error($0) }.map { String(cString: $0) }
      kind = .invalid
      parameterNames = []
      destroy()
      throw source.error(text ?? "DuckDB could not prepare the statement.")
    }
    kind = StatementKind(duckdb_prepared_statement_type(handle))
    let names = (0..<duckdb_nparams(handle)).map { CText.take(duckdb_parameter_name(handle, $0 + 1)) }
    parameterNames = names.map { $0 ?? "" }
    if names.contains(nil) {
      destroy()
      throw source.error(.parameterNotAllowed, "Numbered parameters start at $1 and leave no number out.")
    }
  }

  deinit {
    guard let handle else { return }
    let dead = DeadHandle(handle: handle)
    thread.enqueue { dead.destroy() }
  }

  /// Frees the statement at once. Call it on the connection's thread.
  func destroy() {
    duckdb_destroy_prepare(&handle)
    handle = nil
  }

  /// The handle.
  ///
  /// - Throws: ``DuckDBError`` of kind `.connection` when the connection was closed.
  func live() throws -> duckdb_prepared_statement {
    guard let handle else { throw DuckDBError.closedConnection }
    return handle
  }

  func bind(_ parameters: Parameters) throws {
    try ParameterBinder.bind(parameters, to: live(), names: parameterNames, source)
  }

  /// What DuckDB knows of the parameters' types.
  func parameters() throws -> [PreparedStatement.Parameter] {
    let handle = try live()
    return parameterNames.enumerated().map { index, name in
      let type = LogicalType(taking: duckdb_param_logical_type(handle, idx_t(index + 1)))
      return .init(name: name, type: type)
    }
  }

  /// What DuckDB knows of the result before it runs.
  func columns() throws -> [Column] {
    let handle = try live()
    return (0..<duckdb_prepared_statement_column_count(handle)).map { index in
      Column(
        name: CText.take(duckdb_prepared_statement_column_name(handle, index)) ?? "",
        type: LogicalType(taking: duckdb_prepared_statement_column_logical_type(handle, index)))
    }
  }

  /// Sendable, unchecked: made in the deinit of the only owner, so nobody else has the handle any more.
  private struct DeadHandle: @unchecked Sendable {
    let handle: duckdb_prepared_statement

    func destroy() {
      var handle: duckdb_prepared_statement? = handle
      duckdb_destroy_prepare(&handle)
    }
  }
}
