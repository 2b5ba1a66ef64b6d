import DuckDB
public import LakeSettings
public import SQLText

/// One lake: tables, snapshots and files that SQL reads and writes by name.
///
/// ```swift
/// let lake = try await Lake.open(.embedded(in: "/data/lake"))
/// try await lake.execute("CREATE TABLE friend (id BIGINT, name VARCHAR)")
/// let friend: Friend? = try await lake.query("SELECT * FROM friend WHERE id = \(id)").fetchOne()
/// ```
///
/// Interpolated values are bound as parameters and never become text. Safe to use from any task; reads run
/// side by side, writes take turns in the order they came.
public final class Lake: Sendable {
  /// Where the catalog and the files are.
  public let configuration: LakeConfiguration

  let gate: LakeGate
  let connections: ConnectionPool
  private let engine: Engine

  init(configuration: LakeConfiguration, engine: Engine, gate: LakeGate) {
    self.configuration = configuration
    self.engine = engine
    self.gate = gate
    connections = ConnectionPool(lake: configuration.name, engine: engine, keepsTransactions: gate.knowsAllCommits)
  }

  /// Opens one lake in an engine of its own. For several lakes together open an ``Engine``.
  ///
  /// - Throws: ``LakeError``.
  public static func open(
    _ configuration: LakeConfiguration, settings: EngineSettings = EngineSettings()
  ) async throws -> Lake {
    try await Engine(lakes: [configuration], settings: settings).lake(configuration.name)
  }

  /// The lake's name.
  public var name: LakeName { configuration.name }

  /// A query; nothing runs until one of its `fetch` methods is called.
  public func query(_ sql: SQL) -> LakeQuery { LakeQuery(lake: self, sql: sql) }

  /// Runs one statement in a transaction of its own.
  ///
  /// - Returns: the number of rows inserted, updated or deleted.
  /// - Throws: ``LakeError``; `CancellationError`.
  @discardableResult
  public func execute(_ sql: SQL) async throws -> Int {
    try await run(sql).changedRows
  }

  /// Runs several statements as one transaction: all or nothing.
  ///
  /// - Parameters:
  ///   - message: author and text that will stand with the snapshot.
  ///   - body: the statements. When it throws, nothing of them remains.
  /// - Returns: what `body` returns.
  /// - Throws: ``LakeError``; what `body` throws.
  public func transaction<Result: Sendable>(
    _ message: CommitMessage? = nil, _ body: @Sendable (LakeTransaction) async throws -> Result
  ) async throws -> Result {
    let session = try await engine.session(current: name)
    do {
      try await session.begin()
      let result = try await body(LakeTransaction(session: session))
      if let message { try await session.setCommitMessage(message) }
      try await session.commit()
      await session.close()
      return result
    } catch {
      await session.close()
      throw error
    }
  }

  /// Ends cached transactions and closes connections. The lake must not be used afterwards.
  public func close() async {
    await connections.close()
    await gate.letGo()
  }

  // MARK: Running

  /// Runs one statement where it belongs: reads on a warm reader, all else in a session with its turn.
  func run(_ sql: SQL) async throws -> QueryResult {
    let rendered = sql.rendered { "$\($0)" }
    return try await read(rendered) { connection, parameters in
      try await connection.query(rendered.text, parameters: parameters)
    }
  }

  func read<Result: Sendable>(
    _ rendered: (text: String, values: [any SQLBindable]),
    _ body: @escaping @Sendable (Connection, Parameters) async throws -> Result
  ) async throws -> Result {
    let statement = try Self.single(rendered.text)
    let values = try rendered.values.map(Self.value)
    let parameters: Parameters = values.isEmpty ? .none : .positional(values)
    let effect = try StatementPolicy.effect(of: statement.tokens)
    let limit = engine.settings.queryTimeout
    do {
      switch effect {
      case .read:
        return try await gate.use { [connections] epoch in
          try await connections.read(epoch: epoch) { connection in
            try await withTimeout(limit) { try await body(connection, parameters) }
          }
        }
      case .write, .session:
        return try await writing { connection in
          try await withTimeout(limit) { try await body(connection, parameters) }
        }
      case .begin, .commit, .rollback:
        throw LakeError(.refused, "a transaction is a closure here", hint: "Use lake.transaction { … }.")
      }
    } catch let error as DuckDBError {
      throw error.kind == .interrupt ? CancellationError() : LakeError(query: error)
    }
  }

  private func writing<Result: Sendable>(
    _ body: @Sendable (Connection) async throws -> Result
  ) async throws -> Result {
    _ = try await gate.enter()
    do { try await gate.takeTurn() } catch {
      await gate.leave()
      throw error
    }
    let outcome: Swift.Result<Result, any Error>
    do {
      outcome = .success(try await connections.write(body))
    } catch {
      outcome = .failure(error)
    }
    await gate.endTurn(committed: true)
    await gate.leave()
    return try outcome.get()
  }

  /// Runs a query of our own making on a warm reader.
  func readTrusted(_ sql: String) async throws -> QueryResult {
    do {
      return try await gate.use { [connections] epoch in
        try await connections.read(epoch: epoch) { try await $0.query(sql) }
      }
    } catch let error as DuckDBError { throw LakeError(query: error) }
  }

  /// Runs a statement of our own making with the lake's turn.
  package func runTrusted(_ sql: String) async throws {
    do {
      try await writing { connection in try await connection.command(sql) }
    } catch let error as DuckDBError { throw LakeError(query: error) }
  }

  func installHooks() async {
    let connections = self.connections
    await gate.setHooks(
      lettingGo: { await connections.endTransactions() },
      commit: { epoch in await connections.endTransactions(except: epoch) })
  }

  static func single(_ text: String) throws -> SQLStatement {
    let statements: [SQLStatement]
    do { statements = try SQLStatements.split(text) } catch {
      throw LakeError(
        .query, error.message, position: SourcePosition(line: error.line, column: error.column))
    }
    guard statements.count == 1 else {
      throw LakeError(
        .query, statements.isEmpty ? "the query is empty" : "one statement at a time",
        hint: statements.isEmpty ? nil : "Use lake.transaction for several.")
    }
    return statements[0]
  }

  private static func value(_ bindable: any SQLBindable) throws -> Value {
    guard let convertible = bindable as? any DuckDBConvertible else {
      throw LakeError(.query, "a value of type \(type(of: bindable)) cannot be bound")
    }
    return convertible.duckDBValue
  }
}
