/// A statement that DuckDB has parsed and planned, to run as often as wanted with different values.
///
/// ```swift
/// let statement = try await connection.prepare("SELECT name FROM customer WHERE id = $id")
/// for id in ids {
///   let name = try await statement.query(["id": id]).scalar()
/// }
/// ```
///
/// It keeps its connection. Each method comes twice: to be awaited from anywhere, and without `await` inside
/// ``Connection/run(_:)``, where the connection is given.
public final class PreparedStatement: Sendable {
  /// A parameter of a statement.
  public struct Parameter: Sendable, Hashable {
    /// The name without `$`; for `?` and `$1` a number.
    public let name: String

    /// The type, or ``LogicalType/any`` where DuckDB only learns it with the value.
    public let type: LogicalType

    /// Makes a parameter.
    public init(name: String, type: LogicalType) {
      self.name = name
      self.type = type
    }
  }

  /// The statement's text.
  public let sql: String

  /// What the statement does.
  public let kind: StatementKind

  /// The parameters, in the order in which positional values are given.
  public let parameters: [Parameter]

  /// The columns that the result will have, as far as DuckDB knows them before the parameters have values.
  public let columns: [Column]

  /// The connection that the statement belongs to.
  public let connection: Connection

  let handle: StatementHandle

  init(_ handle: StatementHandle, connection: Connection) throws {
    self.handle = handle
    self.connection = connection
    sql = handle.source.text
    kind = handle.kind
    parameters = try handle.parameters()
    columns = try handle.columns()
  }

  /// Runs the statement and keeps the whole result in memory.
  ///
  /// - Throws: ``DuckDBError``; `CancellationError` when the task is cancelled.
  public func query(_ parameters: Parameters = .none) async throws -> QueryResult {
    try await connection.perform { try self.query(parameters, on: $0) }
  }

  /// Runs the statement and keeps the whole result in memory.
  public func query(_ parameters: Parameters = .none, on connection: isolated Connection) throws
    -> QueryResult
  {
    try connection.checkOwner(self.connection)
    return try connection.materialize(handle, parameters)
  }

  /// Runs the statement.
  ///
  /// - Returns: How many rows it inserted, updated or deleted.
  /// - Throws: ``DuckDBError``; `CancellationError` when the task is cancelled.
  @discardableResult
  public func execute(_ parameters: Parameters = .none) async throws -> Int {
    try await query(parameters).changedRows
  }

  /// Runs the statement, and returns how many rows it inserted, updated or deleted.
  @discardableResult
  public func execute(_ parameters: Parameters = .none, on connection: isolated Connection) throws -> Int {
    try query(parameters, on: connection).changedRows
  }

  /// Runs the statement and gives its result by chunks, as they are asked for.
  ///
  /// - Throws: ``DuckDBError``; `CancellationError` when the task is cancelled.
  public func stream(_ parameters: Parameters = .none) async throws -> ResultStream {
    try await connection.perform { try self.stream(parameters, on: $0) }
  }

  /// Runs the statement and gives its result by chunks, as they are asked for.
  public func stream(_ parameters: Parameters = .none, on connection: isolated Connection) throws
    -> ResultStream
  {
    try connection.checkOwner(self.connection)
    return try connection.open(handle, parameters)
  }

  /// Runs the statement and gives each chunk of its result to a closure, on the connection's thread.
  ///
  /// - Throws: ``DuckDBError``; what `body` throws; `CancellationError` when the task is cancelled.
  public func forEachChunk(
    _ parameters: Parameters = .none, _ body: @Sendable (DataChunk) throws -> Void
  ) async throws {
    try await connection.perform { try $0.drain(self.handle, parameters, body) }
  }
}
