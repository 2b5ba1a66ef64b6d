import DuckDB
import LakeSettings
import SQLText

// How statements of a session come to their turns and transactions.
//
// Whoever holds a turn waits for no other turn: a transaction has at most one, and a single statement takes several only
// in the order of the lakes' names. So nobody waits in a circle.
extension EngineSession {
  /// What a transaction that the user began holds.
  struct OpenTransaction {
    /// The lakes that it has touched, which stay with this process until it ends.
    var uses: [LakeName: Lake] = [:]
    /// The turn that it holds.
    var turn: Turn?
    /// What stands with its commit.
    var note = CommitNote()
    let isReadOnly: Bool
    var changesDefinitions = false
    var renames = RenameRule()
    /// Whether the engine's transaction is open, so that lakes that join later are to be looked at.
    var hasBegun = false
  }

  /// The turn to write a lake.
  struct Turn {
    let lake: Lake
    /// When it began: newer files may be this turn's.
    let since: Moment
    /// Since when nobody else can have changed the lake (``LakeGate/takeTurn()``).
    let tenure: UInt64
    /// Whether a statement that writes has run in it.
    var wrote = false
    /// Whether all that ran in it changed rows only.
    var keepsTables = true

    init(of lake: Lake) async throws {
      self.lake = lake
      (since, tenure) = try await lake.gate.takeTurn()
    }
  }

  func performUnlocated<Result: Sendable>(
    _ statement: SQLStatement, _ parameters: [String: Value],
    _ run: @escaping @Sendable (Connection, String) async throws -> Result
  ) async throws -> Result {
    let checked = try CheckedStatement(
      statement, aliases: aliases, files: engine.files, parameters: parameters)
    try await askGuard(checked, statement, parameters)
    try checkDataTables(checked, statement.tokens)
    let lakes = try await lakesUsed(by: checked)
    switch checked.effect {
    case .begin(let readOnly):
      guard transaction == nil else { throw LakeError(.query, "a transaction is already open") }
      let connection = try await connection()
      return try await opening(readOnly: readOnly, lakes: lakes) { try await run(connection, checked.text) }
    case .commit, .rollback:
      guard transaction != nil else { throw LakeError(.query, "no transaction is open") }
      let connection = try await connection()
      return try await ending(committed: checked.effect == .commit) {
        try await run(connection, checked.text)
      }
    case .read, .session, .write:
      if let lake = try await warmLake(for: checked, lakes) {
        return try await lake.read(checked, waits: false, limit: timeout) { [self] connection, text in
          try await follow(connection) { try await run(connection, text) }
        }
      }
      let connection = try await connection()
      let changed = try await changedLakes(by: checked, among: lakes)
      let dataTables = dataTableWork(of: checked, connection)
      let used = Self.used(parameters, in: statement)
      let work: @Sendable () async throws -> Result = {
        try await connection.requireOneStatement(checked.text, orPivot: checked.isPivot)
        guard let dataTables else { return try await run(connection, checked.text) }
        return try await dataTables.stoppable {
          try await dataTables.requireExact(checked, tokens: statement.tokens, parameters: used)
          return try await run(connection, checked.text)
        }
      }
      let result: Result
      if transaction != nil {
        noteMessage(of: statement)
        try transaction?.renames.check(statement.tokens, checked.target)
        try await join(lakes, changing: changed, checked)
        try await checkDefinitions(lakes, checked)
        result = try await limited(work)
      } else {
        result = try await alone(
          lakes, changing: changed, checked, definitions: checked.changesDefinitions, work)
      }
      noteTemporaryTables(checked)
      return result
    }
  }

  /// The lake whose warm readers can answer a query: one that needs nothing of this session's own.
  private func warmLake(for statement: CheckedStatement, _ lakes: [Lake]) async throws -> Lake? {
    guard isUntouched, transaction == nil, dataTableSlot == nil, statement.effect == .read,
      !statement.looksAround, !statement.isPivot, !statement.isExplanation, currentSchema == "main",
      lakes.count == 1, lakes[0].name == currentLake, engine.settings.databases.isEmpty
    else { return nil }
    // A seed is for the queries that follow.
    return try await lakes[0].definitions().seed(statement) ? nil : lakes[0]
  }

  // MARK: Which lakes

  /// The lakes that a statement may touch: those it names, and the current one.
  func lakesUsed(by statement: CheckedStatement) async throws -> [Lake] {
    var names = statement.lakes
    if let currentLake { names.insert(currentLake) }
    var lakes: [Lake] = []
    for name in names.sorted() { lakes.append(try await engine.lake(name)) }
    return lakes
  }

  /// The lakes whose turn a statement needs: none for temporary tables; all it touches where nobody can tell.
  func changedLakes(by statement: CheckedStatement, among lakes: [Lake]) async throws -> [Lake] {
    guard statement.effect == .write, !changesTemporaryTable(statement),
      changedDataTable(by: statement) == nil
    else { return [] }
    if let name = statement.changedLake { return lakes.filter { $0.name == name } }
    if statement.target?.qualifier == nil || statement.lakes.isEmpty {
      return lakes.filter { $0.name == currentLake }
    }
    return lakes
  }

  private func changesTemporaryTable(_ statement: CheckedStatement) -> Bool {
    guard let target = statement.target, !statement.words.contains("create") else { return false }
    if let qualifier = target.qualifier {
      return qualifier.isIdentifier("temp") && aliases.lake("temp") == nil
    }
    return temporaryTables.contains(target.parts[0].value.lowercased())
  }

  private func noteTemporaryTables(_ statement: CheckedStatement) {
    guard let name = statement.target?.parts.last?.value.lowercased() else { return }
    if statement.effect == .session { temporaryTables.insert(name) }
    if statement.words.contains("drop") || statement.words.contains("alter") { temporaryTables.remove(name) }
  }

  func checkDefinitions(_ lakes: [Lake], _ statement: CheckedStatement) async throws {
    for lake in lakes { try await lake.definitions().check(statement, lake: lake) }
  }

  // MARK: Transactions that the user began

  private func opening<Result: Sendable>(
    readOnly: Bool, lakes: [Lake], _ run: @Sendable () async throws -> Result
  ) async throws -> Result {
    transaction = OpenTransaction(isReadOnly: readOnly)
    written = .none
    do {
      // The turn comes first: DuckLake fixes what a transaction sees at its first look, and whoever looks before
      // its turn loses to the commits before it.
      try await join(lakes, changing: readOnly ? [] : lakes, nil)
      let result = try await run()
      transaction?.hasBegun = true
      try await look(at: lakes.map { FirstLook(lake: $0, tenure: tenure(of: $0)) })
      return result
    } catch {
      // A BEGIN that is cancelled may have begun all the same; and in a cancelled task nothing would run.
      _ = await Task { try await connection().command("ROLLBACK") }.result
      await finishTransaction(changed: false)
      throw error
    }
  }

  /// A COMMIT that has begun is not interrupted: its outcome would be unknown.
  private func ending<Result: Sendable>(
    committed: Bool, _ run: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    guard committed, let turn = transaction?.turn, turn.wrote, let note = transaction?.note else {
      let outcome = await Task { try await run() }.result
      if case .failure = outcome { _ = try? await connection().command("ROLLBACK") }
      if !committed { temporaryTables = [] }
      await finishTransaction(changed: false)
      return try outcome.get()
    }
    await turn.lake.gate.commitBegins()
    let outcome = await Task { () -> Result in
      if let result = try await commitSafely([turn], note, run) { return result }
      // The reply was lost. Here is that of a COMMIT with nothing in it.
      try await connection().command("BEGIN TRANSACTION")
      return try await run()
    }.result
    let keys = CommitNote.keys(in: note.extraInfo)
    if case .success = outcome, !keys.isEmpty, let snapshot = try? await lastCommit(of: turn.lake.name) {
      await turn.lake.keys.note(keys, snapshot: snapshot)
      foundCommit = snapshot
    }
    await finishTransaction(changed: true)
    return try outcome.get()
  }

  private func finishTransaction(changed: Bool) async {
    guard let finished = transaction else { return }
    transaction = nil
    if let turn = finished.turn {
      if changed { await turn.lake.gate.commitEnds(changesDefinitions: finished.changesDefinitions) }
      await end(turn)
    }
    for lake in finished.uses.values {
      lake.gate.transactions.end(self)
      await lake.gate.leave()
    }
  }

  private func join(_ lakes: [Lake], changing: [Lake], _ statement: CheckedStatement?) async throws {
    let joining = lakes.filter { transaction?.uses[$0.name] == nil }
    for lake in joining {
      try await lake.gate.enter()
      transaction?.uses[lake.name] = lake
      lake.gate.transactions.begin(self)
    }
    try await takeTurn(changing, statement)
    guard transaction?.hasBegun == true else { return }
    try await look(at: joining.map { FirstLook(lake: $0, tenure: tenure(of: $0)) })
  }

  /// The tenure of the turn that the open transaction holds.
  private func tenure(of lake: Lake) -> UInt64? {
    transaction?.turn.flatMap { $0.lake === lake ? $0.tenure : nil }
  }

  private func takeTurn(_ changing: [Lake], _ statement: CheckedStatement?) async throws {
    guard let lake = changing.first, transaction?.isReadOnly == false else { return }
    if let turn = transaction?.turn, turn.lake !== lake {
      guard !turn.wrote else {
        throw LakeError(
          .query, "a transaction changes one lake only: this one has changed '\(turn.lake.name)'",
          hint: "COMMIT before changing '\(lake.name)'.")
      }
      guard transaction?.note.keys.isEmpty != false else {
        throw LakeError(
          .query, "a transaction with a key changes its own lake only, which is '\(turn.lake.name)'",
          hint: "Make '\(lake.name)' the current lake first.")
      }
      await end(turn)
      transaction?.turn = nil
    }
    if transaction?.turn == nil {
      transaction?.turn = try await Turn(of: lake)
    }
    if let statement {
      note(written: statement.target?.parts.map(\.value))
      transaction?.turn?.wrote = true
      if !statement.changesRowsOnly { transaction?.turn?.keepsTables = false }
      if statement.changesDefinitions { transaction?.changesDefinitions = true }
    }
  }

  // MARK: Single statements

  /// Runs one statement in a transaction of its own.
  func alone<Result: Sendable>(
    _ lakes: [Lake], changing: [Lake], _ statement: CheckedStatement? = nil, definitions: Bool,
    changesRowsOnly: Bool = false, note: @escaping @Sendable () async -> CommitNote = { CommitNote() },
    _ run: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    var entered: [LakeGate] = []
    var turns: [Turn] = []
    written = .none
    if let statement { self.note(written: statement.target?.parts.map(\.value)) }
    let outcome: Swift.Result<Result, any Error>
    do {
      for lake in lakes {
        try await lake.gate.enter()
        entered.append(lake.gate)
      }
      for lake in changing {
        var turn = try await Turn(of: lake)
        turn.keepsTables = statement?.changesRowsOnly ?? changesRowsOnly
        turns.append(turn)
      }
      if let statement { try await checkDefinitions(lakes, statement) }
      outcome = .success(try await committing(lakes, turns, definitions: definitions, note, run))
    } catch {
      outcome = .failure(error)
    }
    for turn in turns { await end(turn) }
    for gate in entered { await gate.leave() }
    return try outcome.get()
  }

  /// Runs a statement and then COMMIT, which nothing interrupts: a statement that is cancelled or runs out of time has
  /// no effect, and one that has an effect is never reported as cancelled.
  private func committing<Result: Sendable>(
    _ lakes: [Lake], _ turns: [Turn], definitions: Bool, _ note: @escaping @Sendable () async -> CommitNote,
    _ run: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let result: Result
    let connection = try await connection()
    do {
      // A BEGIN that is cancelled may have begun all the same.
      try await connection.command("BEGIN TRANSACTION")
      try await look(
        at: lakes.map { lake in
          FirstLook(lake: lake, tenure: turns.first { $0.lake === lake }?.tenure)
        })
      result = try await limited(run)
      try Task.checkCancellation()
    } catch {
      _ = await Task { try await connection.command("ROLLBACK") }.result
      throw error
    }
    for turn in turns { await turn.lake.gate.commitBegins() }
    let commit = await Task {
      _ = try await commitSafely(turns, await note()) { try await connection.command("COMMIT") }
    }.result
    for turn in turns { await turn.lake.gate.commitEnds(changesDefinitions: definitions) }
    try commit.get()
    return result
  }

  // MARK: First looks

  /// Takes the open transaction's first look at lakes, in the order of their names.
  func look(at looks: [FirstLook]) async throws {
    var ordered: [FirstLook] = []
    for look in looks.sorted(by: { $0.lake.name < $1.lake.name }) {
      if let tenure = look.tenure, await look.lake.pin.holdKept(tenure: tenure) { continue }
      ordered.append(look)
    }
    for look in ordered { await look.lake.gate.looks.lock(alone: look.writes) }
    let outcome: Swift.Result<Void, any Error>
    do {
      for look in ordered {
        if let tenure = look.tenure { try await look.lake.pin.hold(tenure: tenure) }
        try await lookNow(at: look.lake)
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    for look in ordered { await look.lake.gate.looks.unlock(alone: look.writes) }
    try outcome.get()
  }

  private func lookNow(at lake: Lake) async throws {
    let connection = try await connection()
    if lake.name == currentLake { return try await connection.command(ConnectionPool.look) }
    // A lake that is not current is looked at by the name of a table that it does not have.
    let nothing = [lake.name.catalogAlias, "main", "tarn looks"].map(SQLIdentifier.quote).joined(
      separator: ".")
    do { try await connection.command("FROM \(nothing)") } catch let error as DuckDBError
      where error.kind == .catalog
    {}
  }

  private func end(_ turn: Turn) async {
    await turn.lake.pin.letGo(keeping: turn.keepsTables)
    await turn.lake.gate.endTurn()
  }
}

extension Connection {
  /// Holds DuckDB's parser against ours: a statement that was checked as one must be one. DuckDB makes several of
  /// PIVOT.
  func requireOneStatement(_ text: String, orPivot: Bool) async throws {
    guard text.utf8.contains(UInt8(ascii: ";")), !orPivot else { return }
    guard try await extractStatements(text).count == 1 else {
      throw LakeError(
        .refused, "one statement at a time", hint: "Separate statements with a semicolon of their own.")
    }
  }
}
