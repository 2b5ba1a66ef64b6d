public import DuckDB
public import Lake
import SQLText
public import Scripts

/// Runs DuckDB SQL scripts in a session.
///
/// A script with `-- materialize` writes its last query's rows into that table.
public struct ScriptRunner: Sendable {
  /// Where rows go that a script gives back.
  public struct RowSink: Sendable {
    let header: @Sendable ([Column], QueryResult.Returns) throws -> Void
    let body: @Sendable (DataChunk) throws -> Void

    /// - Parameters:
    ///   - header: called for each statement that the script gives back, before its rows: with its columns, none
    ///     where it gives nothing, and what the rows are.
    ///   - body: called for each chunk of rows, in order.
    public init(
      header: @escaping @Sendable ([Column], QueryResult.Returns) throws -> Void,
      body: @escaping @Sendable (DataChunk) throws -> Void
    ) {
      self.header = header
      self.body = body
    }
  }

  private let session: EngineSession

  public init(session: EngineSession) { self.session = session }

  /// Runs a script and hands over the rows that it gives back, as they come.
  ///
  /// - Parameters:
  ///   - script: what to run. Its `-- result_collection` says whether the last statement's rows are given back, or
  ///     those of every statement that the engine ran; ATTACH, USE and DETACH of lakes give none.
  ///   - arguments: bound by `Scripts`.
  ///   - sink: gets the rows; nil drops them.
  /// - Returns: the number of rows that its statements inserted, updated or deleted, those of new temporary tables left
  ///   out.
  /// - Throws: ``ScriptRunError``; `CancellationError`; what the sink throws.
  @discardableResult
  public func run(_ script: SQLScript, arguments: [BoundArgument], into sink: RowSink? = nil) async throws
    -> Int
  {
    var changed = 0
    try await forEachStatement(of: script, arguments) { piece in
      let isGivenBack = piece.isLast || script.resultCollection.coversAllStatements
      changed += try await run(piece, into: isGivenBack ? sink : nil)
    }
    return changed
  }

  /// Runs a script and keeps the rows of every statement that is sent to the engine, in order.
  ///
  /// - Throws: ``ScriptRunError``; `CancellationError`.
  public func collect(_ script: SQLScript, arguments: [BoundArgument]) async throws -> [QueryResult] {
    var results: [QueryResult] = []
    try await forEachStatement(of: script, arguments) { piece in
      results.append(try await session.run(piece.statement, parameters: piece.values))
    }
    return results
  }

  /// Runs a script and lets the engine write the last statement's rows into a Parquet file; see
  /// ``run(_:arguments:to:as:)``.
  public func run(_ script: SQLScript, arguments: [BoundArgument], toParquet path: String) async throws {
    try await run(script, arguments: arguments, to: path, as: .parquet)
  }

  /// What files of rows are written as.
  public enum FileFormat: String, Sendable {
    case parquet, csv
  }

  /// Runs a script and lets the engine write the last statement's rows into a file.
  ///
  /// - Parameters:
  ///   - script: its last statement is a query.
  ///   - arguments: bound by `Scripts`.
  ///   - path: the file; absolute, and reachable for the engine.
  /// - Throws: `ScriptError` when the last statement is no query; `ScriptRunError`; `CancellationError`.
  public func run(
    _ script: SQLScript, arguments: [BoundArgument], to path: String, as format: FileFormat
  ) async throws {
    guard let last = script.statements.last, last.isQuery else {
      let name = format == .parquet ? "Parquet" : "CSV"
      throw ScriptError(
        path: script.path, line: script.statements.last?.sql.line ?? 1,
        message: "a \(name) file needs a query as the last statement", hint: "end with a SELECT")
    }
    try await forEachStatement(of: script, arguments) { piece in
      guard piece.isLast else {
        _ = try await run(piece, into: nil)
        return
      }
      let copy =
        "COPY (\n\(piece.statement.text)\n) TO \(SQLLiteral.string(path)) (FORMAT \(format.rawValue))"
      try await runParts([copy], of: piece.statement) {
        _ = try await session.run($0, parameters: piece.values)
      }
    }
  }

  /// Queries stream. What may write runs to its end first: a stream that is given up undoes it.
  private func run(_ piece: Piece, into sink: RowSink?) async throws -> Int {
    if let sink, piece.isQuery {
      try await session.stream(
        piece.statement, parameters: piece.values, header: { try sink.header($0, .rows) }, body: sink.body)
      return 0
    }
    let result = try await session.run(piece.statement, parameters: piece.values)
    if let sink {
      try sink.header(result.returns == .nothing ? [] : result.columns, result.returns)
      if result.returns != .nothing { for chunk in result.chunks { try sink.body(chunk) } }
    }
    return piece.statement.makesTemporaryTable ? 0 : result.writtenRows
  }

  /// A statement that the engine is to run.
  private struct Piece {
    let statement: SQLStatement
    let values: [String: Value]
    let isQuery: Bool
    let isLast: Bool
  }

  private func forEachStatement(
    of script: SQLScript, _ arguments: [BoundArgument],
    _ run: (Piece) async throws -> Void
  ) async throws {
    try MaterializedStatements.check(script)
    let values = try await prepare(script, arguments)
    for (index, statement) in script.statements.enumerated() {
      let isLast = index == script.statements.count - 1
      try await locating(statement, index, in: script) {
        guard case .other = statement.kind else { return try await change(statement) }
        guard isLast, let materialization = script.materialization, materialization.isManaged else {
          return try await run(
            Piece(statement: statement.sql, values: values, isQuery: statement.isQuery, isLast: isLast))
        }
        try await materialize(materialization, statement.sql) { part in
          try await run(Piece(statement: part, values: values, isQuery: false, isLast: false))
        }
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
      try await runParts(
        MaterializedStatements(materialization, query: query.text).statements, of: query, run)
      if isAlone { try await session.commit() }
    } catch {
      if isAlone { await session.rollback() }
      throw error
    }
  }

  /// Runs statements that are made of a query, which starts on the second line of each, and tells places in the
  /// query as places in the script.
  private func runParts(
    _ parts: [String], of query: SQLStatement, _ run: (SQLStatement) async throws -> Void
  ) async throws {
    do {
      for part in parts { for statement in try SQLStatements.split(part) { try await run(statement) } }
    } catch let error as LakeError {
      throw error.at(
        error.position.map { position in
          let place = query.placeInScript(line: max(1, position.line - 1), column: position.column)
          return SourcePosition(line: place.line, column: place.column)
        })
    }
  }

  private func prepare(_ script: SQLScript, _ arguments: [BoundArgument]) async throws -> [String: Value] {
    do {
      return try await ScriptArgumentValues.values(of: arguments, in: session)
    } catch let error as LakeError {
      throw ScriptRunError(
        path: script.path, line: script.arguments.first?.line ?? 1, column: nil, statement: 1,
        statementCount: 1,
        cause: error)
    }
  }

  private func change(_ statement: ScriptStatement) async throws {
    switch statement.kind {
    case .attachLake(let lake, let alias, let options):
      // To read the newest snapshot where an older one was asked for would be a wrong answer.
      if let option = options.first(where: { $0.isWord("snapshot_version") || $0.isWord("snapshot_time") }) {
        throw LakeError(
          .refused, "a lake is not attached as it was at a snapshot (`\(option.text)`)",
          hint: "Read its tables so: FROM table AT (VERSION => 3), or AT (TIMESTAMP => …).")
      }
      try await session.attach(lake: lake, as: alias)
    case .attachDataTable(let table, let alias):
      try await session.attach(
        dataTable: table.name, role: table.role, schema: table.schema, readOnly: table.isReadOnly, as: alias)
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

extension SQLStatement {
  /// CREATE [OR REPLACE] TEMP TABLE: its rows are not for the lake.
  fileprivate var makesTemporaryTable: Bool {
    tokens.first?.isWord("create") == true
      && tokens.prefix(4).contains { $0.isWord("temp") || $0.isWord("temporary") }
  }
}

extension QueryResult {
  /// The rows that the statement wrote. CREATE TABLE … AS tells them as a result of one cell named Count.
  fileprivate var writtenRows: Int {
    guard changedRows == 0, statementKind != .select, columns.count == 1, columns[0].name == "Count",
      rowCount == 1
    else { return changedRows }
    return scalar()?.intValue ?? 0
  }
}
