import DuckDB
import Lake

/// The loads of one package, from their sources to the one snapshot.
struct PackageRun: Sendable {
  let parts: [LoadRun]
  let lake: Lake
  let package: LoadPackage
  let memory: LoaderMemory
  let session: EngineSession
  let watcher: LoadWatcher

  /// - Parameter loads: at least one; all of them go into one dataset and keep books under one name.
  init(
    _ loads: [Load], lake: Lake, package: LoadPackage, memory: LoaderMemory = LoaderMemory(),
    watcher: LoadWatcher = LoadWatcher(nil)
  ) async throws {
    try Self.requireOneDataset(loads)
    self.lake = lake
    self.package = package
    self.memory = memory
    self.watcher = watcher
    let session: EngineSession
    if let idle = memory.takeSession() {
      session = idle
    } else {
      session = try await lake.ownSession()
      try await session.register(IdentityFunctions.all + [ShapeFunction.function, TimestampText.function])
    }
    self.session = session
    parts = loads.enumerated().map { number, load in
      LoadRun(load: load, part: number, lake: lake, package: package, session: session)
    }
  }

  func close() async { await session.close() }

  /// Ends a package that went well: its session may serve the next one.
  func end() async {
    // Temporary tables would keep their memory.
    guard !(await session.hasOwnTables), memory.give(session) else { return await close() }
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
        guard attempt < Self.attempts, isRemembered || PackageWriter.mayTryAgain(error),
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
    var inputs: [LoadRun.Input] = []
    for part in parts {
      try Task.checkCancellation()
      inputs.append(
        try await explaining(part) {
          watcher.looks(at: part)
          return try await part.readInput()
        })
    }
    return inputs
  }

  private func attemptOnce(_ inputs: [LoadRun.Input], _ state: DatasetState) async throws
    -> (LoadSummary, DatasetState?)
  {
    var writers: [LoadWriter] = []
    var schema = state.schema ?? StoredSchema(name: first.schemaName)
    do {
      for (part, input) in zip(parts, inputs) {
        guard let source = input.source else { continue }
        let (plan, prepared) = try await explaining(part) {
          var plan = try part.makePlan(input, source, state, schema: schema)
          let preparation = LoadPreparation(run: part, input: input, state: state)
          let prepared = try await watcher.watch(part, session) { try await preparation.prepare(&plan) }
          return (plan, prepared)
        }
        schema = plan.schema
        writers.append(
          LoadWriter(run: part, input: input, plan: plan, state: state, prepared: prepared))
      }
      watcher.writes()
      let (summary, after) = try await PackageWriter(
        session: session, lake: lake, package: package, skipped: inputs.flatMap(\.skipped), schema: schema,
        writers: writers, state: state
      ).write()
      // What was committed before needs no files of this attempt.
      if summary.isRepeat { await session.discard(writers.flatMap { $0.prepared.staged.values }, of: lake) }
      return (summary, after)
    } catch {
      await session.rollback()
      let error = await located(error, inputs, state)
      // The catalog may know the files of a commit that nobody could ask about.
      if (error as? LakeError)?.code != .uncertain {
        await session.discard(writers.flatMap { $0.prepared.staged.values }, of: lake)
      }
      throw error
    }
  }

  /// Says of a value that does not fit where it stands: what failed does not know.
  private func located(_ error: any Error, _ inputs: [LoadRun.Input], _ state: DatasetState) async
    -> any Error
  {
    guard let failure = error as? LoadError, failure.code == .data || failure.code == .contract else {
      return error
    }
    for (part, input) in zip(parts, inputs) {
      guard let source = input.source, part.load.badRows == .stop else { continue }
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
      var plan = try part.makePlan(
        input, source, state, schema: state.schema ?? StoredSchema(name: part.schemaName))
      _ = try await LoadPreparation(run: part, input: input, state: state).prepare(&plan)
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
