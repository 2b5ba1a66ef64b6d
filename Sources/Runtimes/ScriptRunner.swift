public import DuckDB
public import Lake
public import Scripts
import SQLText

/// Runs DuckDB SQL scripts in a session.
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
  /// - Returns: the number of rows that the last statement gave.
  /// - Throws: ``ScriptRunError``; `CancellationError`.
  @discardableResult
  public func run(_ script: SQLScript, arguments: [BoundArgument], into sink: RowSink? = nil) async throws -> Int {
    let values = try await prepare(script, arguments)
    var rows = 0
    for (index, statement) in script.statements.enumerated() {
      let isLast = index == script.statements.count - 1
      try await locating(statement, index, in: script) {
        guard case .other = statement.kind else { return try await change(statement.kind) }
        guard isLast, let sink else {
          rows = try await session.run(statement.sql, parameters: values).rowCount
          return
        }
        rows = try await session.stream(statement.sql, parameters: values, header: sink.header, body: sink.body)
      }
    }
    return rows
  }

  /// Runs a script and keeps the rows of every statement, in order.
  ///
  /// - Throws: ``ScriptRunError``; `CancellationError`.
  public func collect(_ script: SQLScript, arguments: [BoundArgument]) async throws -> [QueryResult] {
    let values = try await prepare(script, arguments)
    var results: [QueryResult] = []
    for (index, statement) in script.statements.enumerated() {
      try await locating(statement, index, in: script) {
        guard case .other = statement.kind else { return try await change(statement.kind) }
        results.append(try await session.run(statement.sql, parameters: values))
      }
    }
    return results
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

  private func change(_ kind: ScriptStatement.Kind) async throws {
    switch kind {
    case .attachLake(let lake, let alias, _): try await session.attach(lake: lake, as: alias)
    case .use(let alias, let schema): try await session.use(alias: alias, schema: schema)
    case .detach(let alias): try await session.detach(alias)
    case .other: break
    }
  }

  private func locating(
    _ statement: ScriptStatement, _ index: Int, in script: SQLScript, _ run: () async throws -> Void
  ) async throws {
    do { try await run() } catch let error as LakeError {
      let position = error.position
      throw ScriptRunError(
        path: script.path, line: position?.line ?? statement.sql.line, column: position?.column, statement: index + 1, statementCount: script.statements.count, cause: error)
    }
  }
}
