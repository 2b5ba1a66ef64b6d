public import DuckDB
public import Lake
public import Scripts
import SQLText

/// Runs DuckDB SQL scripts in a session.
///
/// A script with `-- materialize` writes its last query's rows into that table.
public struct ScriptRunner: Sendable {
  /// Where rows go that a script gives back.
  public struct RowSink: Sendable {
    let header: @Sendable ([Column]) throws -> Void
    let body: @Sendable (DataChunk) throws -> Void

    /// - Parameters:
    ///   - header: called with the columns before any row.
    ///   - body: called for each chunk of rows, in order.
    public init(
      header: @escaping @Sendable ([Column]) throws -> Void, body: @escaping @Sendable (DataChunk) throws -> Void
    ) {
      self.header = header
      self.body = body
    }
  }

  private let session: EngineSession

  public init(session: EngineSession) { self.session = session }

  /// Runs a script and hands over the rows of its last statement as they come.
  ///
  /// - Parameters:
  ///   - script: what to run.
  ///   - arguments: bound by ``Scripts``.
  ///   - sink: gets the last statement's rows; nil drops them.
  /// - Returns: the number of rows that its statements inserted, updated or deleted.
  /// - Throws: ``ScriptRunError``; `CancellationError`.
  @discardableResult
  public func run(_ script: SQLScript, arguments: [BoundArgument], into sink: RowSink? = nil) async throws -> Int {
    var changed = 0
    try await forEachStatement(of: script, arguments) { statement, values, isLast in
      guard isLast, let sink else {
        changed += try await session.run(statement, parameters: values).writtenRows
        return
      }
      try await session.stream(statement, parameters: values, header: sink.header, body: sink.body)
    }
    return changed
  }

  /// Runs a script and keeps the rows of every statement that is sent to the engine, in order.
  ///
  /// - Throws: ``ScriptRunError``; `CancellationError`.
  public func collect(_ script: SQLScript, arguments: [BoundArgument]) async throws -> [QueryResult] {
    var results: [QueryResult] = []
    try await forEachStatement(of: script, arguments) { statement, values, _ in
      results.append(try await session.run(statement, parameters: values))
    }
    return results
  }

  private func forEachStatement(
    of script: SQLScript, _ arguments: [BoundArgument],
    _ run: (SQLStatement, [String: Value], _ isLast: Bool) async throws -> Void
  ) async throws {
    try MaterializedStatements.check(script)
    let values = try await prepare(script, arguments)
    for (index, statement) in script.statements.enumerated() {
      let isLast = index == script.statements.count - 1
      try await locating(statement, index, in: script) {
        guard case .other = statement.kind else { return try await change(statement) }
        guard isLast, let materialization = script.materialization, materialization.isManaged else {
          return try await run(statement.sql, values, isLast)
        }
        try await materialize(materialization, statement.sql) { try await run($0, values, false) }
      }
    }
  }

  /// All or nothing, also outside a transaction of the caller's.
  private func materialize(
    _ materialization: Materialization, _ query: SQLStatement, _ run: (SQLStatement) async throws -> Void
  ) async throws {
    let isAlone = await !session.isInTransaction
    if isAlone { try await session.begin() }
    do {
      for text in MaterializedStatements(materialization, query: query.text).statements {
        do {
          for statement in try SQLStatements.split(text) { try await run(statement) }
        } catch let error as LakeError {
          throw error.at(error.position.map { Self.position($0, in: query) })
        }
      }
      if isAlone { try await session.commit() }
    } catch {
      if isAlone { await session.rollback() }
      throw error
    }
  }

  /// The query starts on the second line of the statement that is made of it.
  private static func position(_ position: SourcePosition, in query: SQLStatement) -> SourcePosition {
    SourcePosition(line: max(query.line, query.line + position.line - 2), column: position.column)
  }

  private func prepare(_ script: SQLScript, _ arguments: [BoundArgument]) async throws -> [String: Value] {
    do {
      return try await ScriptArgumentValues.values(of: arguments, in: session)
    } catch let error as LakeError {
      throw ScriptRunError(
        path: script.path, line: script.arguments.first?.line ?? 1, column: nil, statement: 1, statementCount: 1,
        cause: error)
    }
  }

  private func change(_ statement: ScriptStatement) async throws {
    switch statement.kind {
    case .attachLake(let lake, let alias, _): try await session.attach(lake: lake, as: alias)
    case .use(let alias, let schema): try await session.use(alias: alias, schema: schema)
    case .detach(let alias, let ifExists):
      do { try await session.detach(alias) } catch { if !ifExists { throw error } }
    case .other: break
    }
  }

  private func locating(
    _ statement: ScriptStatement, _ index: Int, in script: SQLScript, _ run: () async throws -> Void
  ) async throws {
    do { try await run() } catch let error as LakeError {
      throw ScriptRunError(
        path: script.path, line: error.position?.line ?? statement.sql.line, column: error.position?.column,
        statement: index + 1, statementCount: script.statements.count, cause: error)
    }
  }
}

extension QueryResult {
  /// The rows that the statement wrote. CREATE TABLE … AS tells them as a result of one cell named Count.
  fileprivate var writtenRows: Int {
    guard changedRows == 0, statementKind != .select, columns.count == 1, columns[0].name == "Count", rowCount == 1
    else { return changedRows }
    return scalar()?.intValue ?? 0
  }
}
