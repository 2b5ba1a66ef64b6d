public import DuckDB
public import LakeSettings
public import SQLText
import Synchronization

/// One connection to an engine, for one script or one person at a prompt.
///
/// A session has its own aliases of lakes, its own variables, temporary tables and transaction. Statements
/// run one after another, each checked before the engine sees it. Statements that change a lake wait for
/// their turn; between BEGIN and COMMIT the turn is kept. A transaction changes one lake.
///
/// The connection is opened when a statement needs one of its own. Before that, queries on the current lake run on its warm
/// readers (``ConnectionPool``), which know the catalog's present state already.
public actor EngineSession {
  let engine: Engine
  /// The session's own connection, once something has needed it.
  private var ownConnection: Connection?
  /// The connection that works for the session at present.
  private nonisolated let working = Mutex<Connection?>(nil)
  var aliases: CatalogAliases
  var currentLake: LakeName?
  var currentSchema = "main"
  var transaction: OpenTransaction?
  /// Temporary tables that this session made, in lower case. One that was forgotten only costs a turn.
  var temporaryTables: Set<String> = []
  /// The tables that the present transaction writes.
  var written = WrittenTables.none
  /// The snapshot of the last commit, when it was looked up: its reply was lost, or its keys had to be remembered with it.
  var foundCommit: Int64?
  /// Whether statements of our own may have left temporary tables: a question that costs a look at every lake.
  var mayHaveOwnTables = false
  /// Looks at each statement before it runs; nil when all may.
  var guardian: (any StatementGuard)?
  /// The place among those who use data tables; nil for those who do not.
  var dataTableSlot: Int?
  /// The data table that names without qualification are looked for in; then no lake is current.
  var currentDataTable: SessionDataTable?
  private(set) var timeout: Duration?
  private var isClosed = false
  private let order = TurnQueue()

  init(engine: Engine) {
    self.engine = engine
    aliases = engine.aliases
    timeout = engine.settings.queryTimeout
  }

  /// Limits each following statement; nil for no limit.
  public func setTimeout(_ timeout: Duration?) { self.timeout = timeout }

  /// The lake whose tables need no qualification.
  public var currentLakeName: LakeName? { currentLake }

  /// Whether a transaction is open.
  public var isInTransaction: Bool { transaction != nil }

  /// Percent done of the statement that runs now; nil when nobody can tell.
  public nonisolated var progress: QueryProgress { working.withLock { $0 }?.progress ?? .none }

  // MARK: Connections

  /// Whether nothing has needed a connection of the session's own yet: then there is nothing of its own in the engine.
  var isUntouched: Bool { ownConnection == nil }

  /// The session's own connection, opened now if need be.
  ///
  /// - Throws: ``LakeError``.
  func connection() async throws -> Connection {
    if let ownConnection { return ownConnection }
    let opened = try await engine.connect()
    do { if let currentLake { try await point(opened, to: currentLake, schema: currentSchema) } } catch {
      await engine.health.close(opened)
      throw error
    }
    guard !isClosed else {
      await engine.health.close(opened)
      throw LakeError(.engine, "the session is closed")
    }
    // Another task of the session may have been faster.
    if let ownConnection {
      await engine.health.close(opened)
      return ownConnection
    }
    ownConnection = opened
    working.withLock { $0 = opened }
    return opened
  }

  /// For questions that no table, name or setting of the session plays a part in.
  var anyConnection: Connection { ownConnection ?? engine.admin }

  /// Lets ``progress`` tell of a connection while it works for the session.
  nonisolated func follow<Result>(_ connection: Connection, _ body: () async throws -> Result) async rethrows
    -> Result
  {
    let before = working.withLock { working in
      defer { working = connection }
      return working
    }
    defer { working.withLock { $0 = before } }
    return try await body()
  }

  // MARK: Names

  /// Gives a lake a name of this session's own.
  ///
  /// - Throws: ``LakeError`` when there is no such lake or it cannot be opened.
  public func attach(lake text: String, as alias: String) async throws {
    guard let configuration = engine.configurations.first(where: { $0.name.text == text }) else {
      throw LakeError(unknown: text, among: engine.configurations)
    }
    _ = try await engine.lake(configuration.name)
    aliases.attach(configuration.name, as: alias)
  }

  /// Forgets an alias. A lake's own name then means that lake again.
  public func detach(_ alias: String) async throws {
    if let table = aliases.detach(dataTable: alias) {
      guard table == currentDataTable else { return }
      try await translating { try await connection().command("USE temp.main") }
      currentDataTable = nil
      return
    }
    guard let lake = aliases.detach(alias) else { throw unknownAlias(alias) }
    guard lake == currentLake, transaction == nil else { return }
    try await translating { try await connection().command("USE temp.main") }
    currentLake = nil
  }

  /// Makes a lake, and a schema of it, the place of names without qualification. A name that is no alias is taken
  /// for a schema of the current lake.
  ///
  /// - Throws: ``LakeError`` when there is no such lake or schema, or the lake cannot be opened.
  public func use(alias: String, schema: String? = nil) async throws {
    if let lake = aliases.lake(alias) { return try await use(lake: lake, schema: schema) }
    if let table = aliases.dataTable(alias) { return try await use(dataTable: table, schema: schema) }
    if schema == nil, let currentDataTable {
      return try await use(dataTable: currentDataTable, schema: alias)
    }
    // As in DuckDB, a single name that is no catalog is a schema of the current one.
    guard schema == nil, let currentLake else { throw unknownAlias(alias) }
    do { try await use(lake: currentLake, schema: alias) } catch let error as LakeError
      where error.code == .query
    {
      throw unknownAlias(alias)
    }
  }

  /// Makes a lake current.
  ///
  /// - Throws: ``LakeError`` when the lake cannot be opened or has no such schema.
  public func use(lake name: LakeName, schema: String? = nil) async throws {
    _ = try await engine.lake(name)
    // Every lake has a schema `main`; whether it has another one the engine must say.
    if let schema, schema != "main" {
      try await point(connection(), to: name, schema: schema)
    } else if let ownConnection {
      try await point(ownConnection, to: name, schema: "main")
    }
    currentLake = name
    currentSchema = schema ?? "main"
    currentDataTable = nil
  }

  private func point(_ connection: Connection, to name: LakeName, schema: String) async throws {
    let lake = try await engine.lake(name)
    let path = SQLIdentifier.quote(name.catalogAlias) + "." + SQLIdentifier.quote(schema)
    try await lake.gate.use { _ in
      try await translating { try await connection.command("USE " + path) }
    }
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
    guard !isClosed else { throw LakeError(.engine, "the session is closed") }
    let parameters = try engine.files.located(parameters, in: statement)
    if let result = try await runStaged(statement, parameters) { return result }
    let used = Self.used(parameters, in: statement)
    let isAlone = transaction == nil
    var attempt = 1
    while true {
      do {
        return try await perform(statement, parameters) { connection, text in
          try await connection.query(text, parameters: used)
        }
      } catch let error as LakeError where error.code == .conflict && isAlone && attempt < Self.attempts {
        // Only a program that takes no turns can have come first. The statement has had no effect.
        try await Task.sleep(for: .milliseconds(20 * attempt))
        attempt += 1
      }
    }
  }

  /// How often a single write is tried that others' commits get in the way of.
  static let attempts = 6

  /// Runs one statement and hands its rows over as they come.
  ///
  /// - Parameters:
  ///   - statement: one statement; names in it are this session's.
  ///   - parameters: values by name; those that the statement does not use are ignored.
  ///   - header: called once, with the result's columns.
  ///   - body: called for each chunk, in order.
  /// - Returns: the number of rows handed over.
  /// - Throws: as ``run(_:parameters:)``, and what the closures throw.
  @discardableResult
  public func stream(
    _ statement: SQLStatement, parameters: [String: Value] = [:],
    header: @escaping @Sendable ([Column]) async throws -> Void,
    body: @escaping @Sendable (DataChunk) async throws -> Void
  ) async throws -> Int {
    let parameters = try engine.files.located(parameters, in: statement)
    let used = Self.used(parameters, in: statement)
    return try await perform(statement, parameters) { connection, text in
      do {
        let stream = try await connection.stream(text, parameters: used)
        try await header(stream.columns)
        var rows = 0
        for try await chunk in stream {
          try await body(chunk)
          rows += chunk.rowCount
        }
        return rows
      } catch let error as DuckDBError where error.kind == .reasonLost {
        try await self.findReason(text, used, connection)
        throw error
      }
    }
  }

  /// DuckDB 1.5.5 loses the reason when a streamed query fails in one of its threads. A query that is not streamed
  /// fails with it; a second run changes nothing, since the transaction is rolled back.
  ///
  /// - Throws: the reason.
  private func findReason(_ text: String, _ parameters: Parameters, _ connection: Connection) async throws {
    guard transaction == nil else { return }
    try await connection.command("ROLLBACK")
    try await connection.command("BEGIN TRANSACTION")
    _ = try await connection.query(text, parameters: parameters)
  }

  /// Runs SQL text of our own making: no check, no alias, no turn. For use between ``begin()`` and ``commit()``.
  package func runTrusted(_ sql: String, parameters: Parameters = .none) async throws -> QueryResult {
    if sql.hasPrefix("CREATE TEMP ") || sql.hasPrefix("CREATE OR REPLACE TEMP ") { mayHaveOwnTables = true }
    return try await translating { try await connection().query(sql, parameters: parameters) }
  }

  /// Asks the engine something that no table, name or setting of the session plays a part in.
  package func evaluate(_ sql: String, parameters: Parameters = .none) async throws -> QueryResult {
    try await translating { try await anyConnection.query(sql, parameters: parameters) }
  }

  /// Runs SQL text of our own making that changes a lake, in a transaction of its own and with its turn.
  package func changeTrusted(_ sql: String, lake name: LakeName) async throws {
    let lake = try await engine.lake(name)
    try await inOrder {
      try await alone([lake], changing: [lake], definitions: true) {
        await self.note(written: nil)
        try await self.connection().command(sql)
      }
    }
  }

  static func used(_ parameters: [String: Value], in statement: SQLStatement) -> Parameters {
    let names = Set(statement.tokens.lazy.filter { $0.kind == .parameter }.map { $0.value.lowercased() })
    let used = parameters.filter { names.contains($0.key.lowercased()) }
    return used.isEmpty ? .none : .named(used)
  }

  private func perform<Result: Sendable>(
    _ statement: SQLStatement, _ parameters: [String: Value],
    _ run: @escaping @Sendable (Connection, String) async throws -> Result
  ) async throws -> Result {
    guard !isClosed else { throw LakeError(.engine, "the session is closed") }
    return try await inOrder {
      do {
        return try await performUnlocated(statement, parameters, run)
      } catch let error as DuckDBError {
        let translated = translated(error)
        guard let error = translated as? LakeError else { throw translated }
        throw error.at(error.position.map { Self.position($0, in: statement) })
      }
    }
  }

  /// Statements of several tasks follow one another: what one does to the transaction is done before the next.
  func inOrder<Result>(_ body: () async throws -> Result) async throws -> Result {
    try engine.health.check()
    try await order.acquire()
    do {
      let result = try await body()
      await order.release()
      return result
    } catch {
      await order.release()
      throw error
    }
  }

  /// Places in the statement become places in the text that the statement was taken from.
  private static func position(_ position: SourcePosition, in statement: SQLStatement) -> SourcePosition {
    let place = statement.placeInScript(line: position.line, column: position.column)
    return SourcePosition(line: place.line, column: place.column)
  }

  // MARK: Transactions

  /// Begins a transaction on the current lake and takes its turn.
  public func begin() async throws { _ = try await run(Self.statement("BEGIN TRANSACTION")) }

  /// Begins a transaction on the current lake that is applied once: a key that has been committed before, by whatever
  /// process, is not begun again.
  ///
  /// - Parameter key: what the transaction is known by, stored with its snapshot.
  /// - Returns: nil when the transaction is open now; else the snapshot that the key was applied with, and nothing is open.
  /// - Throws: ``LakeError``; `CancellationError`.
  public func begin(key: String) async throws -> Int64? {
    try await begin()
    do {
      guard let lake = transaction?.turn?.lake else {
        throw LakeError(
          .refused, "a key belongs to a lake, and none is current", hint: "Write USE LAKE first.")
      }
      guard let snapshot = try await lake.keys.applied([key])[key] else {
        transaction?.note.keys = [key]
        return nil
      }
      await rollback()
      return snapshot
    } catch {
      await rollback()
      throw error
    }
  }

  /// The newest snapshot that this session has committed to a lake; nil when it has committed nothing there.
  public func lastCommit(of name: LakeName) async throws -> Int64? {
    if let foundCommit { return foundCommit }
    let text =
      "SELECT id::BIGINT FROM system.main.ducklake_last_committed_snapshot(\(SQLLiteral.string(name.catalogAlias)))"
    return try await runTrusted(text).scalar()?.integer
  }

  /// Begins a transaction that only reads: it needs no turn, and all of it sees one state of the lake.
  public func beginReading() async throws { _ = try await run(Self.statement("BEGIN TRANSACTION READ ONLY")) }

  /// Commits. When it fails, the transaction is rolled back.
  public func commit() async throws { _ = try await run(Self.statement("COMMIT")) }

  /// Rolls back; does nothing when no transaction is open.
  public func rollback() async {
    guard transaction != nil else { return }
    // A cancelled task may wait for nothing; what it began must end all the same.
    let end = Task { try await run(Self.statement("ROLLBACK")) }
    _ = await end.result
  }

  /// Says who commits what; holds for the transaction that is open.
  ///
  /// - Parameter message: author, text and machine-readable note of the next commit.
  public func setCommitMessage(_ message: CommitMessage) async throws {
    transaction?.note.message = message
    transaction?.note.isLeftToScript = false
  }

  /// Rolls back what is open and gives the connection back.
  public func close() async {
    await rollback()
    isClosed = true
    if let ownConnection { await engine.health.close(ownConnection) }
    ownConnection = nil
    working.withLock { $0 = nil }
    await leaveDataTables()
  }

  private static func statement(_ text: String) throws -> SQLStatement { try SQLStatements.split(text)[0] }

  // MARK: Limits and errors

  func limited<Result: Sendable>(_ run: @escaping @Sendable () async throws -> Result) async throws -> Result
  {
    try await withTimeout(timeout, run)
  }

  private func translating<Result>(_ run: () async throws -> Result) async throws -> Result {
    do { return try await run() } catch let error as DuckDBError { throw engine.translate(error) }
  }
}
