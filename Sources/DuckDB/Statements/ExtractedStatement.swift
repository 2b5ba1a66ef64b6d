internal import CDuckDB

/// One statement of a text that DuckDB has parsed and not yet prepared.
///
/// A statement may need what an earlier one makes, so each is prepared only when its turn comes:
///
/// ```swift
/// let text = "CREATE TABLE t (a INT); INSERT INTO t VALUES (1)"
/// for statement in try await connection.extractStatements(text) {
///   try await statement.prepare().execute()
/// }
/// ```
public final class ExtractedStatement: Sendable {
  /// The statement's place among those of its text, from 0.
  public let index: Int

  /// The statement's text. Errors count lines in the whole text that was given.
  public let sql: String

  /// The connection that the statement belongs to.
  public let connection: Connection

  private let statements: ExtractedStatements
  private let place: Int

  init(index: Int, place: Int, of statements: ExtractedStatements, connection: Connection) {
    self.index = index
    self.place = place
    self.statements = statements
    self.connection = connection
    sql = statements.source.text
  }

  /// Prepares the statement, which also tells its ``PreparedStatement/kind``. A statement is prepared once.
  ///
  /// - Throws: ``DuckDBError`` when it names what is not there, or was prepared before.
  public func prepare() async throws -> PreparedStatement {
    try await connection.perform { try self.prepare(on: $0) }
  }

  /// Prepares the statement, which also tells its kind.
  public func prepare(on connection: isolated Connection) throws -> PreparedStatement {
    try connection.checkOwner(self.connection)
    return try connection.prepare(statements, at: place)
  }
}

/// What `duckdb_extract_statements` made.
///
/// Sendable, unchecked: the handle and `taken` are only touched on the connection's thread; the last owner
/// sends the handle there to be destroyed.
final class ExtractedStatements: @unchecked Sendable {
  let source: StatementText
  let count: Int
  private let thread: ConnectionThread
  private let handle: duckdb_extracted_statements
  private var taken: Set<Int> = []

  init(
    _ source: StatementText, connection: duckdb_connection, thread: ConnectionThread
  ) throws(DuckDBError) {
    var handle: duckdb_extracted_statements?
    let count = duckdb_extract_statements(connection, source.text, &handle)
    guard let handle else {
      throw source.error(.connection, "DuckDB could not parse the text.")
    }
    if let error = duckdb_extract_statements_error(handle) {
      let text = String(cString: error)
      var dead: duckdb_extracted_statements? = handle
      duckdb_destroy_extracted(&dead)
      throw source.error(text)
    }
    self.source = source
    self.count = Int(count)
    self.thread = thread
    self.handle = handle
  }

  deinit {
    let dead = DeadHandle(handle: handle)
    thread.enqueue { dead.destroy() }
  }

  /// Prepares a statement. DuckDB gives each away once, so a second time is an error of ours and not a crash
  /// of its.
  func prepare(at index: Int, connection: duckdb_connection) throws(DuckDBError) -> StatementHandle {
    guard taken.insert(index).inserted else {
      throw source.error(.invalidInput, "The statement was prepared before.")
    }
    var statement: duckdb_prepared_statement?
    let state = duckdb_prepare_extracted_statement(connection, handle, idx_t(index), &statement)
    return try StatementHandle(taking: statement, state: state, source: source, thread: thread)
  }

  /// Sendable, unchecked: made in the deinit of the only owner, so nobody else has the handle any more.
  private struct DeadHandle: @unchecked Sendable {
    let handle: duckdb_extracted_statements

    func destroy() {
      var handle: duckdb_extracted_statements? = handle
      duckdb_destroy_extracted(&handle)
    }
  }
}
