public import DuckDB
public import LakeSettings
public import SQLText

/// One connection to an engine, for one script or one person at a prompt.
///
/// A session has its own aliases of lakes, its own variables, temporary tables and transaction. Statements
/// run one after another, each checked before the engine sees it. Statements that change a lake wait for
/// their turn; between BEGIN and COMMIT the turn is kept.
public actor EngineSession {
  private let engine: Engine
  private let connection: Connection
  private var aliases: CatalogAliases
  private var currentLake: LakeName?
  private var transaction: OpenTransaction?
  private var timeout: Duration?
  private var isClosed = false

  /// What a transaction that the user began holds.
  private struct OpenTransaction {
    var uses: [LakeName: LakeGate] = [:]
    var turns: [LakeName: LakeGate] = [:]
    var takesTurns = true
    var wrote = false
  }

  init(engine: Engine, connection: Connection) {
    self.engine = engine
    self.connection = connection
    aliases = CatalogAliases(lakes: engine.configurations.map(\.name))
    timeout = engine.settings.queryTimeout
  }

  /// Limits each following statement; nil for no limit.
  public func setTimeout(_ timeout: Duration?) { self.timeout = timeout }

  /// Whether a transaction is open.
  public var isInTransaction: Bool { transaction != nil }

  /// Percent done of the statement that runs now; nil when nobody can tell.
  public nonisolated var progress: QueryProgress { connection.progress }

  // MARK: Names

  /// Gives a lake a name of this session's own.
  ///
  /// - Throws: ``LakeError`` when there is no such lake or it cannot be opened.
  public func attach(lake text: String, as alias: String) async throws {
    let name = try lakeName(text)
    _ = try await engine.lake(name)
    aliases.attach(name, as: alias)
  }

  /// Forgets an alias.
  public func detach(_ alias: String) async throws {
    guard let lake = aliases.detach(alias) else { throw unknownAlias(alias) }
    if lake == currentLake { currentLake = nil }
  }

  /// Makes a lake, and a schema of it, the place of names without qualification.
  public func use(alias: String, schema: String? = nil) async throws {
    guard let lake = aliases.lake(alias) else { throw unknownAlias(alias) }
    try await use(lake: lake, schema: schema)
  }

  /// Makes a lake current.
  ///
  /// - Throws: ``LakeError`` when the lake cannot be opened or has no such schema.
  public func use(lake name: LakeName, schema: String? = nil) async throws {
    let lake = try await engine.lake(name)
    let path = SQLIdentifier.quote(name.catalogAlias) + "." + SQLIdentifier.quote(schema ?? "main")
    try await lake.gate.use { _ in
      try await translating { try await connection.command("USE " + path) }
    }
    currentLake = name
  }

  private func lakeName(_ text: String) throws -> LakeName {
    guard let configuration = engine.configurations.first(where: { $0.name.text == text }) else {
      throw LakeError(unknown: text, among: engine.configurations)
    }
    return configuration.name
  }

  private func unknownAlias(_ alias: String) -> LakeError {
    let near = NearestName.suggestion(for: alias, among: aliases.names)
    return LakeError(
      .notFound, "no lake is attached as '\(alias)'",
      hint: near.map { "Did you mean '\($0)'?" } ?? "Attached: \(aliases.names.joined(separator: ", ")).")
  }

  // MARK: Statements

  /// Runs one statement and keeps its rows.
  ///
  /// - Parameters:
  ///   - statement: one statement; names in it are this session's.
  ///   - parameters: values by name; those that the statement does not use are ignored.
  /// - Throws: ``LakeError``; `CancellationError` when the task is cancelled, the statement then has no effect.
  public func run(_ statement: SQLStatement, parameters: [String: Value] = [:]) async throws -> QueryResult {
    let used = Self.used(parameters, in: statement)
    return try await perform(statement) { text in
      try await self.connection.query(text, parameters: used)
    }
  }

  /// Runs one statement and hands its rows over as they come.
  ///
  /// - Parameters:
  ///   - header: called once, with the result's columns.
  ///   - body: called for each chunk, in order.
  /// - Returns: the number of rows handed over.
  /// - Throws: as ``run(_:parameters:)``, and what the closures throw.
  @discardableResult
  public func stream(
    _ statement: SQLStatement, parameters: [String: Value] = [:],
    header: @escaping @Sendable ([Column]) throws -> Void,
    body: @escaping @Sendable (DataChunk) throws -> Void
  ) async throws -> Int {
    let used = Self.used(parameters, in: statement)
    return try await perform(statement) { text in
      let stream = try await self.connection.stream(text, parameters: used)
      try header(stream.columns)
      var rows = 0
      for try await chunk in stream {
        try body(chunk)
        rows += chunk.rowCount
      }
      return rows
    }
  }

  /// Runs SQL text of our own making: no check, no alias, no turn. For use between ``begin()`` and ``commit()``.
  package func runTrusted(_ sql: String, parameters: Parameters = .none) async throws -> QueryResult {
    try await translating { try await connection.query(sql, parameters: parameters) }
  }

  /// The names of the tables that a query reads, as DuckDB's parser finds them; nothing is run or bound.
  ///
  /// - Returns: qualified names as written in the query; names of its own CTEs left out.
  public func tableNames(in query: String) async throws -> [String] {
    try await translating { try await connection.tableNames(in: query, qualified: true) }
  }

  private static func used(_ parameters: [String: Value], in statement: SQLStatement) -> Parameters {
    let names = Set(statement.tokens.lazy.filter { $0.kind == .parameter }.map { $0.value.lowercased() })
    let used = parameters.filter { names.contains($0.key.lowercased()) }
    return used.isEmpty ? .none : .named(used)
  }

  private func perform<Result: Sendable>(
    _ statement: SQLStatement, _ run: @escaping @Sendable (String) async throws -> Result
  ) async throws -> Result {
    guard !isClosed else { throw LakeError(.engine, "the session is closed") }
    do {
      return try await performUnlocated(statement, run)
    } catch let error as DuckDBError {
      guard error.kind != .interrupt else { throw CancellationError() }
      let translated = LakeError(query: error)
      throw translated.at(translated.position.map { Self.position($0, in: statement) })
    }
  }

  /// Places in the statement become places in the text that the statement was taken from.
  private static func position(_ position: SourcePosition, in statement: SQLStatement) -> SourcePosition {
    SourcePosition(
      line: statement.line + position.line - 1,
      column: position.line == 1 ? (statement.tokens.first?.column ?? 1) + position.column - 1 : position.column)
  }

  private func performUnlocated<Result: Sendable>(
    _ statement: SQLStatement, _ run: @escaping @Sendable (String) async throws -> Result
  ) async throws -> Result {
    let effect = try StatementPolicy.effect(of: statement.tokens)
    let text = try aliases.rewrite(statement)
    let lakes = try await lakesUsed(by: statement)
    switch effect {
    case .begin(let readOnly):
      guard transaction == nil else { throw LakeError(.query, "a transaction is already open") }
      return try await opening(readOnly: readOnly, lakes: lakes) { try await self.limited { try await run(text) } }
    case .commit, .rollback:
      guard transaction != nil else { throw LakeError(.query, "no transaction is open") }
      return try await ending(committed: effect == .commit) { try await run(text) }
    case .read, .session, .write:
      if transaction != nil {
        try await join(lakes, writing: effect == .write)
        return try await limited { try await run(text) }
      }
      return try await alone(lakes, writing: effect == .write) { try await self.limited { try await run(text) } }
    }
  }

  /// The lakes that a statement may touch: those it names, and the current one.
  private func lakesUsed(by statement: SQLStatement) async throws -> [Lake] {
    var names = aliases.lakes(namedIn: statement.tokens)
    if let currentLake { names.insert(currentLake) }
    var lakes: [Lake] = []
    for name in names.sorted() { lakes.append(try await engine.lake(name)) }
    return lakes
  }

  // MARK: Transactions

  /// Begins a transaction on the current lake and takes its turn.
  public func begin() async throws { _ = try await run(Self.statement("BEGIN TRANSACTION")) }

  /// Commits. When it fails, the transaction is rolled back.
  public func commit() async throws { _ = try await run(Self.statement("COMMIT")) }

  /// Rolls back; does nothing when no transaction is open.
  public func rollback() async {
    guard transaction != nil else { return }
    _ = try? await run(Self.statement("ROLLBACK"))
  }

  /// Says who commits what; holds for the transaction that is open.
  ///
  /// - Parameter message: author, text and machine-readable note of the next commit.
  public func setCommitMessage(_ message: CommitMessage) async throws {
    guard let currentLake else { return }
    let call = message.call(on: currentLake)
    _ = try await runTrusted(call.text, parameters: call.parameters)
  }

  /// Rolls back what is open and gives the connection back.
  public func close() async {
    await rollback()
    isClosed = true
    await connection.close()
  }

  private static func statement(_ text: String) throws -> SQLStatement { try SQLStatements.split(text)[0] }

  private func opening<Result: Sendable>(
    readOnly: Bool, lakes: [Lake], _ run: @Sendable () async throws -> Result
  ) async throws -> Result {
    transaction = OpenTransaction(takesTurns: !readOnly)
    do {
      try await join(lakes, writing: !readOnly)
      transaction?.wrote = false
      return try await run()
    } catch {
      await finishTransaction(changed: false)
      throw error
    }
  }

  /// A COMMIT that has begun is not interrupted: its outcome would be unknown.
  private func ending<Result: Sendable>(
    committed: Bool, _ run: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let wrote = transaction?.wrote ?? false
    let outcome = await Task { try await run() }.result
    if case .failure = outcome { try? await connection.command("ROLLBACK") }
    await finishTransaction(changed: committed && wrote)
    return try outcome.get()
  }

  private func finishTransaction(changed: Bool) async {
    guard let finished = transaction else { return }
    transaction = nil
    for gate in finished.turns.values { await gate.endTurn(committed: changed) }
    for gate in finished.uses.values { await gate.leave() }
  }

  private func join(_ lakes: [Lake], writing: Bool) async throws {
    for lake in lakes {
      let name = lake.configuration.name
      if transaction?.uses[name] == nil {
        _ = try await lake.gate.enter()
        transaction?.uses[name] = lake.gate
      }
      if writing, transaction?.takesTurns == true, transaction?.turns[name] == nil {
        try await lake.gate.takeTurn()
        transaction?.turns[name] = lake.gate
      }
    }
    if writing { transaction?.wrote = true }
  }

  private func alone<Result: Sendable>(
    _ lakes: [Lake], writing: Bool, _ run: @Sendable () async throws -> Result
  ) async throws -> Result {
    var entered: [LakeGate] = []
    var turns: [LakeGate] = []
    let outcome: Swift.Result<Result, any Error>
    do {
      for lake in lakes {
        _ = try await lake.gate.enter()
        entered.append(lake.gate)
      }
      if writing {
        for lake in lakes {
          try await lake.gate.takeTurn()
          turns.append(lake.gate)
        }
      }
      outcome = .success(try await run())
    } catch {
      outcome = .failure(error)
    }
    for gate in turns { await gate.endTurn(committed: true) }
    for gate in entered { await gate.leave() }
    return try outcome.get()
  }

  // MARK: Limits and errors

  private func limited<Result: Sendable>(_ run: @escaping @Sendable () async throws -> Result) async throws -> Result {
    try await withTimeout(timeout, run)
  }

  private func translating<Result>(_ run: () async throws -> Result) async throws -> Result {
    do { return try await run() } catch let error as DuckDBError { throw Self.translate(error) }
  }

  private static func translate(_ error: DuckDBError) -> any Error {
    error.kind == .interrupt ? CancellationError() : LakeError(query: error)
  }
}
