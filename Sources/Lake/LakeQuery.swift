public import DuckDB
public import SQLText

/// A query on a lake, ready to run.
public struct LakeQuery: Sendable {
  let lake: Lake
  let sql: SQL

  /// All rows, each decoded from its columns by name.
  ///
  /// - Throws: ``LakeError`` when the query fails or a column does not fit its property.
  public func fetch<Row: Decodable & Sendable>(_ type: Row.Type = Row.self) async throws -> [Row] {
    try await Self.decoding { try await lake.run(sql).decode([Row].self) }
  }

  /// The first row, or nil when there is none.
  public func fetchOne<Row: Decodable & Sendable>(_ type: Row.Type = Row.self) async throws -> Row? {
    try await Self.decoding {
      let result = try await lake.run(sql)
      return try result.rows.first(where: { _ in true })?.decode(Row.self)
    }
  }

  /// The first column of the first row; nil when there is no row or the value is NULL.
  public func fetchOneScalar<Scalar: Decodable & Sendable>(_ type: Scalar.Type = Scalar.self) async throws
    -> Scalar?
  {
    try await Self.decoding {
      let result = try await lake.run(sql)
      guard let row = result.rows.first(where: { _ in true }), !row[0].isNull else { return Scalar?.none }
      return try row.decode(Scalar.self)
    }
  }

  /// The whole result, undecoded.
  public func result() async throws -> QueryResult { try await lake.run(sql) }

  /// Runs the statement and drops its rows.
  ///
  /// - Returns: the number of rows inserted, updated or deleted.
  @discardableResult
  public func execute() async throws -> Int { try await lake.run(sql).changedRows }

  /// Hands the rows over chunk by chunk as the engine makes them, in constant memory.
  ///
  /// - Parameter body: called on the engine's thread for each chunk, in order.
  /// - Throws: ``LakeError``; what `body` throws.
  public func forEachChunk(_ body: @escaping @Sendable (DataChunk) throws -> Void) async throws {
    try await lake.stream(sql, body)
  }

  private static func decoding<Result>(_ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch let error as DuckDBError { throw LakeError(query: error) }
  }
}

/// The statements of one transaction on a lake.
public struct LakeTransaction: Sendable {
  let session: EngineSession

  /// Runs one statement.
  ///
  /// - Returns: its rows.
  /// - Throws: ``LakeError``.
  @discardableResult
  public func query(_ sql: SQL) async throws -> QueryResult {
    let rendered = try Lake.Rendered(sql)
    return try await session.run(rendered.statement, parameters: rendered.named)
  }

  /// Runs one statement.
  ///
  /// - Returns: the number of rows inserted, updated or deleted.
  @discardableResult
  public func execute(_ sql: SQL) async throws -> Int { try await query(sql).changedRows }
}
