import DuckDB
public import LakeSettings
public import SQLText
import Synchronization

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
  let pin: CachePin
  let engine: Engine
  /// Set when the lake is opened: they need the lake itself.
  private let ownParts = Mutex<(keys: KeyIndex, appends: AppendQueue)?>(nil)
  let knownDefinitions = Mutex<KnownDefinitions?>(nil)

  init(configuration: LakeConfiguration, engine: Engine, gate: LakeGate) {
    self.configuration = configuration
    self.engine = engine
    self.gate = gate
    let connections = ConnectionPool(
      lake: configuration.name, engine: engine, keepsTransactions: gate.knowsAllCommits, looks: gate.looks)
    self.connections = connections
    pin = CachePin(health: engine.health) { try await connections.connect() }
  }

  /// Opens one lake in an engine of its own. For several lakes together open an ``Engine``.
  ///
  /// - Throws: ``LakeError``.
  public static func open(
    _ configuration: LakeConfiguration, settings: EngineSettings = EngineSettings()
  ) async throws -> Lake {
    try await Engine(lakes: [configuration], settings: settings).lake(configuration.name)
  }

  /// The keys that have been applied.
  var keys: KeyIndex { parts.keys }
  /// Small appends on their way.
  var appends: AppendQueue { parts.appends }

  private var parts: (keys: KeyIndex, appends: AppendQueue) {
    ownParts.withLock { parts in
      if let parts { return parts }
      let made = (keys: KeyIndex(lake: self), appends: AppendQueue(lake: self))
      parts = made
      return made
    }
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
  @discardableResult
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

  /// Runs several statements as one transaction that is applied once: when the key has been committed before, by whatever
  /// process, nothing is run.
  ///
  /// ```swift
  /// let outcome = try await lake.transaction(key: "invoice 4711") {
  ///   try await $0.execute("INSERT INTO invoice VALUES (4711, 99.5)")
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - key: what the transaction is known by, stored with its snapshot. After a failure of code `uncertain`, run it
  ///     again with the same key.
  ///   - message: author and text that will stand with the snapshot.
  ///   - body: the statements. When it throws, nothing of them remains.
  /// - Returns: what `body` returns, or the snapshot that the key was applied with before.
  /// - Throws: ``LakeError``; what `body` throws.
  public func transaction<Result: Sendable>(
    key: String, _ message: CommitMessage? = nil, _ body: @Sendable (LakeTransaction) async throws -> Result
  ) async throws -> KeyedOutcome<Result> {
    let session = try await engine.session(current: name)
    do {
      let outcome: KeyedOutcome<Result>
      if let snapshot = try await session.begin(key: key) {
        outcome = .before(snapshot: snapshot)
      } else {
        let result = try await body(LakeTransaction(session: session))
        if let message { try await session.setCommitMessage(message) }
        try await session.commit()
        outcome = .now(result)
      }
      await session.close()
      return outcome
    } catch {
      await session.close()
      throw error
    }
  }

  /// Ends cached transactions and closes connections. The lake must not be used afterwards.
  public func close() async {
    await closeParts()
    await gate.letGo()
    await gate.close()
  }

  /// Closes the connections, and whatever else knows the lake.
  func closeParts() async {
    let parts = ownParts.withLock { parts in
      defer { parts = nil }
      return parts
    }
    await parts?.appends.close()
    await pin.close()
    await connections.close()
  }

  // MARK: Running

  /// Runs one statement where it belongs: reads on a warm reader, all else in a session with its turn.
  func run(_ sql: SQL) async throws -> QueryResult {
    let rendered = try Rendered(sql)
    return try await perform(
      rendered,
      reading: { connection, text in try await connection.query(text, parameters: rendered.parameters) },
      writing: { session in try await session.run(rendered.statement, parameters: rendered.named) })
  }

  /// Hands a query's rows over chunk by chunk.
  func stream(_ sql: SQL, _ body: @escaping @Sendable (DataChunk) throws -> Void) async throws {
    let rendered = try Rendered(sql)
    try await perform(
      rendered,
      reading: { connection, text in
        try await connection.forEachChunk(text, parameters: rendered.parameters, body)
      },
      writing: { session in
        _ = try await session.stream(
          rendered.statement, parameters: rendered.named, header: { _ in }, body: body)
      })
  }

  private func perform<Result: Sendable>(
    _ rendered: Rendered, reading: @escaping @Sendable (Connection, String) async throws -> Result,
    writing: @Sendable (EngineSession) async throws -> Result
  ) async throws -> Result {
    try engine.health.check()
    let checked = try CheckedStatement(
      rendered.statement, aliases: engine.aliases, files: engine.files, parameters: rendered.named)
    switch checked.effect {
    case .read:
      do {
        return try await read(checked, waits: true, limit: engine.settings.queryTimeout, reading)
      } catch let error as DuckDBError { throw engine.translate(error) }
    case .write: return try await writing(connections.writingSession())
    case .session:
      throw LakeError(
        .refused, "temporary tables and variables live in a session",
        hint: "Use lake.transaction { … } or engine.session().")
    case .begin, .commit, .rollback:
      throw LakeError(.refused, "a transaction is a closure here", hint: "Use lake.transaction { … }.")
    }
  }

  /// Runs a query on a warm reader.
  ///
  /// - Parameters:
  ///   - waits: whether it waits for its turn among the lake's readers when many are busy.
  ///   - limit: how long it may take.
  /// - Throws: `DuckDBError`; ``LakeError``; `CancellationError`.
  func read<Result: Sendable>(
    _ statement: CheckedStatement, waits: Bool, limit: Duration?,
    _ body: @escaping @Sendable (Connection, String) async throws -> Result
  ) async throws -> Result {
    let others = statement.lakes.subtracting([name]).sorted()
    var entered: [LakeGate] = []
    let outcome: Swift.Result<Result, any Error>
    do {
      let epoch = try await gate.enter()
      entered.append(gate)
      for other in others {
        let lake = try await engine.lake(other)
        try await lake.gate.enter()
        entered.append(lake.gate)
        try await lake.definitions().check(statement, lake: lake)
      }
      let definitions = try await definitions()
      try definitions.check(statement, lake: self)
      // In a kept transaction the time stands still, and other lakes and databases are as they were when it began.
      let keeps =
        others.isEmpty && engine.settings.databases.isEmpty && !statement.usesClock && !statement.looksAround
        && definitions.clocks.isDisjoint(with: statement.words)
      let use = ConnectionPool.Use(
        epoch: keeps ? epoch : nil, waits: waits,
        spoils: definitions.seed(statement))
      outcome = .success(
        try await connections.read(use) { connection in
          try await connection.requireOneStatement(statement.text, orPivot: statement.isPivot)
          return try await withTimeout(limit) { try await body(connection, statement.text) }
        })
    } catch {
      outcome = .failure(error)
    }
    for gate in entered { await gate.leave() }
    return try outcome.get()
  }

  /// Runs a query of our own making on a warm reader.
  ///
  /// - Parameter looksAround: whether it looks at other lakes, too, so that its transaction may not be kept.
  func readTrusted(_ sql: String, looksAround: Bool = false) async throws -> QueryResult {
    do {
      return try await gate.use { [connections] epoch in
        try await connections.read(.init(epoch: looksAround ? nil : epoch)) { try await $0.query(sql) }
      }
    } catch let error as DuckDBError { throw engine.translate(error) }
  }

  /// Runs a statement of our own making with the lake's turn.
  package func runTrusted(_ sql: String) async throws {
    do {
      try await connections.writingSession().changeTrusted(sql, lake: name)
    } catch let error as DuckDBError { throw engine.translate(error) }
  }

  func installHooks() async {
    if case .postgresql(let catalog) = configuration.catalog {
      await gate.share(
        ServerTurn(
          lake: name, engine: engine, database: metadataDatabase, schema: catalog.schema ?? "public",
          patience: gate.patience))
    }
    await gate.setHooks(
      lettingGo: { [connections, pin] in
        await pin.finish()
        await connections.endTransactions()
      },
      commit: { [connections] epoch in await connections.endTransactions(except: epoch) })
  }

  /// A statement with its values.
  struct Rendered: Sendable {
    let statement: SQLStatement
    let values: [Value]

    var parameters: Parameters { values.isEmpty ? .none : .positional(values) }
    var named: [String: Value] {
      Dictionary(uniqueKeysWithValues: values.enumerated().map { (String($0.offset + 1), $0.element) })
    }

    init(_ sql: SQL) throws {
      let rendered = sql.rendered { "$\($0)" }
      statement = try Self.single(rendered.text)
      values = try rendered.values.map { bindable in
        guard let convertible = bindable as? any DuckDBConvertible else {
          throw LakeError(.query, "a value of type \(type(of: bindable)) cannot be bound")
        }
        return convertible.duckDBValue
      }
    }

    private static func single(_ text: String) throws -> SQLStatement {
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
  }
}

/// What became of a write with a key.
public enum KeyedOutcome<Result: Sendable>: Sendable {
  /// It has been done now.
  case now(Result)
  /// It had been done before, with this snapshot; nothing was done now.
  case before(snapshot: Int64)
}
