import DuckDB
import Lake

/// The loads of one package, from their sources to the one snapshot.
struct PackageRun: Sendable {
  let parts: [LoadRun]
  let lake: Lake
  let package: LoadPackage
  let memory: LoaderMemory
  /// The session that writes. With it others prepare, where there are several loads.
  let session: EngineSession
  private let sessions: [EngineSession]
  private let place: WorkingTables
  let watcher: LoadWatcher

  /// - Parameter loads: at least one; all of them go into one dataset and keep books under one name.
  init(
    _ loads: [Load], lake: Lake, package: LoadPackage, memory: LoaderMemory = LoaderMemory(),
    fileTags: Loader.FileTagReader? = nil,
    watcher: LoadWatcher = LoadWatcher(nil)
  ) async throws {
    try Self.requireOneDataset(loads)
    self.lake = lake
    self.package = package
    self.memory = memory
    self.watcher = watcher
    let place = loads.count > 1 ? WorkingTables.shared() : .ofSession
    var sessions: [EngineSession] = []
    do {
      for _ in 0..<min(loads.count, SideBySide.limit) {
        sessions.append(try await Self.session(of: lake, memory))
      }
      if let begin = place.begin { _ = try await sessions[0].runTrusted(begin) }
    } catch {
      for session in sessions { await session.close() }
      throw error
    }
    let session = sessions[0]
    (self.sessions, self.session, self.place) = (sessions, session, place)
    parts = loads.enumerated().map { number, load in
      LoadRun(
        load: load, part: number, lake: lake, package: package, session: session, place: place,
        fileTags: fileTags)
    }
  }

  private static func session(of lake: Lake, _ memory: LoaderMemory) async throws -> EngineSession {
    if let idle = memory.takeSession() { return idle }
    let session = try await lake.ownSession()
    do {
      try await session.register(
        IdentityFunctions.all + [ShapeFunction.function, TimestampText.function, AvroDecimal.function])
    } catch {
      await session.close()
      throw error
    }
    return session
  }

  /// Ends a package that failed.
  func close() async {
    await session.rollback()
    await removeTables()
    for session in sessions { await session.close() }
  }

  /// Ends a package that went well: its sessions may serve the next one.
  func end() async {
    await removeTables()
    for session in sessions {
      // Temporary tables would keep their memory.
      guard !(await session.hasOwnTables), memory.give(session) else {
        await session.close()
        continue
      }
    }
  }

  /// Removes the tables that outlive their session. Also in a task that is cancelled, in which no statement would run.
  private func removeTables() async {
    guard let end = place.end else { return }
    await Task { [session] in _ = try? await session.runTrusted(end) }.value
  }

  private static func requireOneDataset(_ loads: [Load]) throws(LoadError) {
    guard let first = loads.first else { throw LoadError(.declaration, "there is nothing to load") }
    var roots: [String: String] = [:]
    for load in loads {
      guard load.dataset == first.dataset, load.pipeline == first.pipeline, load.lake == first.lake else {
        throw LoadError(.declaration, "the loads of one package go into one schema of one lake")
      }
      let root = SnakeCase.path(load.table)
      if let other = roots[root] {
        throw LoadError(
          .declaration, "'\(other)' and '\(load.table)' would both be table '\(root)'",
          hint: "Rename one of them, or load them one after the other.")
      }
      roots[root] = load.table
    }
  }

  // MARK: Running

  /// How often a package is tried whose lake changes between planning and writing.
  private static let attempts = 6

  private var first: LoadRun { parts[0] }

  func run() async throws -> LoadSummary {
    let inputs = try await readInputs()
    guard inputs.contains(where: { $0.source != nil }) else {
      return LoadSummary(loadID: package.id, skippedFiles: inputs.flatMap(\.skipped))
    }
    var known = inputs.lazy.compactMap(\.state).first ?? memory.state(for: first)
    var attempt = 1
    while true {
      let isRemembered = known != nil
      let state: DatasetState
      if let known { state = known } else { state = try await readState() }
      known = nil
      do {
        let (summary, after) = try await attemptOnce(inputs, state)
        memory.remember(after, for: first)
        return summary
      } catch {
        memory.remember(nil, for: first)
        // What was remembered may be out of date, and with it what was made of it.
        guard attempt < Self.attempts,
          isRemembered || PackageWriter.mayTryAgain(error) || package.hasLostFiles(error),
          !(error is CancellationError),
          (error as? LakeError)?.code != .uncertain
        else { throw error }
        attempt += 1
      }
    }
  }

  private func readState() async throws -> DatasetState {
    try await first.reading { try await first.readState() }
  }

  private func readInputs() async throws -> [LoadRun.Input] {
    for part in parts { try part.requireMeaning() }
    return try await SideBySide(sessions: sessions).map(parts) { part, session in
      try Task.checkCancellation()
      return try await explaining(part) {
        watcher.looks(at: part)
        return try await part.by(session).readInput()
      }
    }
  }

  private func attemptOnce(_ inputs: [LoadRun.Input], _ state: DatasetState) async throws
    -> (LoadSummary, DatasetState?)
  {
    let files = StagedFiles()
    do {
      let (schema, writers) = try await prepare(inputs, state, noting: files)
      watcher.writes()
      let (summary, after) = try await PackageWriter(
        session: session, lake: lake, package: package, skipped: inputs.flatMap(\.skipped), schema: schema,
        writers: writers, state: state
      ).write()
      // What was committed before needs no files of this attempt.
      if summary.isRepeat { await session.discard(files.rows, of: lake) }
      return (summary, after)
    } catch {
      await session.rollback()
      let error = await located(error, inputs, state)
      // The catalog may know the files of a commit that nobody could ask about.
      if (error as? LakeError)?.code != .uncertain { await session.discard(files.rows, of: lake) }
      throw error
    }
  }

  /// Does all loads' work that comes before the turn.
  ///
  /// - Returns: the schema as all loads together make it, and the loads that have something to write.
  private func prepare(
    _ inputs: [LoadRun.Input], _ state: DatasetState, noting files: StagedFiles
  ) async throws -> (StoredSchema, [LoadWriter]) {
    var schema = state.schema ?? StoredSchema(name: first.schemaName)
    var planned: [PlannedLoad] = []
    for (part, input) in zip(parts, inputs) {
      guard let source = input.source else { continue }
      do {
        let plan = try part.makePlan(input, source, state, schema: schema)
        schema = plan.schema
        planned.append(PlannedLoad(run: part, input: input, plan: plan))
      } catch { throw part.explained(error) }
    }
    try PlannedLoad.requireApart(planned)
    let writers = try await SideBySide(sessions: sessions).map(planned) { load, session in
      try await explaining(load.run) {
        let preparation = LoadPreparation(
          run: load.run.by(session), input: load.input, state: state, files: files)
        let (settled, prepared) = try await watcher.watch(load.run, session) {
          try await preparation.prepare(load.plan)
        }
        return LoadWriter(run: load.run, input: load.input, plan: settled, state: state, prepared: prepared)
      }
    }
    for writer in writers {
      for table in writer.plan.tables where !table.isLeftOut {
        schema[table.name] = writer.plan.schema.table(table.name)
      }
    }
    return (schema, writers)
  }

  /// Says of a value that does not fit where it stands: what failed does not know.
  private func located(_ error: any Error, _ inputs: [LoadRun.Input], _ state: DatasetState) async
    -> any Error
  {
    guard let failure = error as? LoadError, failure.code == .data || failure.code == .contract else {
      return error
    }
    for (part, input) in zip(parts, inputs) {
      guard let source = input.source, part.load.badRows == .stop, part.load.parquet == .rewrite else {
        continue
      }
      let searching = part.settingAside
      guard
        let plan = try? searching.makePlan(
          input, source, state, schema: state.schema ?? StoredSchema(name: first.schemaName)),
        let place = try? await LoadPreparation(run: searching, input: input, state: state).firstMisfit(plan)
      else { continue }
      return LoadError(
        failure.code, place, hint: "Correct it, or set such rows aside with bad_rows: set_aside.")
    }
    return error
  }

  /// Does what is done before the turn, for tests of what an attempt leaves that goes no further.
  func prepareOnly() async throws {
    let state = try await readState()
    for (part, input) in zip(parts, try await readInputs()) {
      guard let source = input.source else { continue }
      let plan = try part.makePlan(
        input, source, state, schema: state.schema ?? StoredSchema(name: part.schemaName))
      _ = try await LoadPreparation(run: part, input: input, state: state).prepare(plan)
    }
  }

  private func explaining<Result>(_ part: LoadRun, _ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch { throw part.explained(error) }
  }

  /// What would be done, without doing it.
  func dryRun() async throws -> LoadForecast {
    let inputs = try await readInputs()
    var forecast = LoadForecast(skippedFiles: inputs.flatMap(\.skipped))
    guard inputs.contains(where: { $0.source != nil }) else { return forecast }
    let state = try await readState()
    var schema = state.schema ?? StoredSchema(name: first.schemaName)
    for (part, input) in zip(parts, inputs) {
      guard let source = input.source else { continue }
      let plan = try part.makePlan(input, source, state, schema: schema)
      schema = plan.schema
      forecast.add(
        plan, schemas: SchemaStatements(lake: lake.sqlName, dataset: part.load.dataset, present: state))
    }
    return forecast
  }
}
