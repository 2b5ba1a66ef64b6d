import DuckDB
import Foundation
import Lake
import SQLText

/// One load from its files to its snapshot.
struct LoadRun: Sendable {
  let load: Load
  let lake: Lake
  let package: LoadPackage
  let memory: LoaderMemory
  let session: EngineSession

  init(_ load: Load, lake: Lake, package: LoadPackage, memory: LoaderMemory = LoaderMemory()) async throws {
    self.load = load
    self.lake = lake
    self.package = package
    self.memory = memory
    if let idle = memory.takeSession() {
      session = idle
    } else {
      session = try await lake.ownSession()
      try await session.register(IdentityFunctions.all + [ShapeFunction.function])
    }
  }

  func close() async { await session.close() }

  /// Ends a load that went well: its session may serve the next one.
  func end() async {
    // Temporary tables would keep their memory.
    guard !(await session.hasOwnTables), memory.give(session) else { return await close() }
  }

  /// How often a load is tried whose lake changes between planning and writing.
  private static let attempts = 6

  func run() async throws -> LoadSummary {
    try requireMeaning()
    let input = try await readInput()
    guard let source = input.source else {
      return LoadSummary(loadID: package.id, skippedFiles: input.skipped)
    }
    var known = input.state ?? memory.state(for: self)
    var attempt = 1
    while true {
      let isRemembered = known != nil
      let state: DatasetState
      if let known { state = known } else { state = try await reading { try await readState() } }
      known = nil
      do {
        let (summary, after) = try await attemptOnce(input, source, state)
        memory.remember(after, for: self)
        return summary
      } catch {
        memory.remember(nil, for: self)
        // What was remembered may be out of date, and with it what was made of it.
        guard attempt < Self.attempts, isRemembered || LoadWriter.mayTryAgain(error),
          !(error is CancellationError),
          (error as? LakeError)?.code != .uncertain
        else { throw error }
        attempt += 1
      }
    }
  }

  private func attemptOnce(_ input: Input, _ source: SourceText, _ state: DatasetState) async throws
    -> (LoadSummary, DatasetState?)
  {
    var plan = try makePlan(input, source, state)
    let prepared = try await LoadPreparation(run: self, input: input, state: state).prepare(&plan)
    do {
      return try await LoadWriter(run: self, input: input, plan: plan, state: state, prepared: prepared)
        .write()
    } catch {
      await session.rollback()
      // The catalog may know the files of a commit that nobody could ask about.
      if (error as? LakeError)?.code != .uncertain {
        await session.discard(prepared.staged.values.map(\.self), of: lake)
      }
      throw error
    }
  }

  /// What would be done, without doing it.
  func dryRun() async throws -> LoadForecast {
    try requireMeaning()
    let input = try await readInput()
    guard let source = input.source else { return LoadForecast(skippedFiles: input.skipped) }
    let state = try await reading { try await readState() }
    let plan = try makePlan(input, source, state)
    return LoadForecast(
      plan, schemas: SchemaStatements(lake: lake.sqlName, dataset: load.dataset, present: state))
  }

  /// Does what is done before the turn, for tests of what an attempt leaves that goes no further.
  func prepareOnly() async throws {
    let input = try await readInput()
    guard let source = input.source else { return }
    let state = try await reading { try await readState() }
    var plan = try makePlan(input, source, state)
    _ = try await LoadPreparation(run: self, input: input, state: state).prepare(&plan)
  }

  /// The source as it was found.
  struct Input: Sendable {
    /// Nil when all of it has been loaded before.
    var source: SourceText?
    var shape = Shape()
    /// Whether the source has so few rows that all were looked at in order.
    var isSmall = true
    /// How many rows were looked at in order.
    var headCount = 0
    /// The dataset as it was found, where it had to be looked at.
    var state: DatasetState?
    var files: [SourceReader.SourceFile] = []
    var skipped: [String] = []
    var badRows = 0
  }

  private func readInput() async throws -> Input {
    let reader = SourceReader(session: session)
    var input = Input()
    let mayBeNamed = load.incremental == nil
    input.files = mayBeNamed ? reader.namedFiles(of: load.source) ?? [] : []
    if input.files.isEmpty { input.files = try await reader.files(of: load.source) }
    if load.incremental != nil {
      let state = try await reading { try await readState() }
      input.state = state
      let known = state.state?[schemaName, rootName]?["tarn_files"]?.object
      input.skipped = input.files.filter { known?[$0.name] == $0.memory }.map(\.name)
      input.files.removeAll { input.skipped.contains($0.name) }
      guard !input.files.isEmpty else { return input }
    }
    var source = try reader.text(of: input.files, load.source)
    if load.badRows == .setAside, source.format == .jsonl {
      input.badRows = try await session.runTrusted(source.badRowCount).scalar()?.intValue.map { Int($0) } ?? 0
      source.hasBadRows = input.badRows > 0
    }
    let seen = try await reader.shape(of: source)
    (input.shape, input.isSmall, input.headCount) = (seen.shape, seen.isSmall, seen.headCount)
    input.source = source
    return input
  }

  private func makePlan(_ input: Input, _ source: SourceText, _ state: DatasetState) throws -> LoadPlan {
    let cursor = load.incremental?.cursorPath
    let memory = state.state?[schemaName, rootName]?["incremental"]?.object
    return try LoadPlan(
      load, source: source, shape: input.shape, schema: state.schema ?? StoredSchema(name: schemaName),
      present: state.tables, loadID: package.id, memory: cursor.flatMap { memory?[$0]?.object })
  }

  /// The name that schemas are stored under.
  var schemaName: String { SnakeCase.path(load.pipeline ?? load.dataset) }
  var pipeline: String { load.pipeline ?? load.dataset }
  var rootName: String { SnakeCase.path(load.table) }

  func readState() async throws -> DatasetState {
    try await DatasetState.read(
      session, lake, dataset: load.dataset, schemaName: schemaName, pipeline: pipeline)
  }

  private func reading<Result>(_ body: () async throws -> Result) async throws -> Result {
    try await session.beginReading()
    do {
      let result = try await body()
      await session.rollback()
      return result
    } catch {
      await session.rollback()
      throw error
    }
  }

  private func requireMeaning() throws(LoadError) {
    guard let strategy = load.writeDisposition.merge else { return }
    switch strategy {
    case .upsert, .insertOnly, .cdc:
      guard !load.primaryKey.isEmpty else {
        throw LoadError(
          .declaration, "merge strategy '\(strategy.word)' needs a primary_key",
          hint: "Name the columns that tell one row from another: primary_key: id")
      }
    case .deleteInsert, .scd2: break
    }
    let deletes = load.columns.filter { ColumnSchema(json: $0.json).has("hard_delete") }
    let sorts = load.columns.filter { ColumnSchema(json: $0.json).has("dedup_sort") }
    for (hint, columns) in [("hard_delete", deletes), ("dedup_sort", sorts)] where columns.count > 1 {
      throw LoadError(
        .declaration, "\(hint) stands at several columns: \(columns.map(\.name).joined(separator: ", "))")
    }
  }

  /// What an error means to the one who loads.
  func explained(_ error: any Error) -> any Error {
    guard let error = error as? LakeError else { return error }
    if let mark = error.message.range(of: NotNullFailure.mark) {
      let message = error.message[mark.upperBound...].prefix { !$0.isNewline }
      return LoadError(.data, String(message), hint: "Correct the source, or say nullable: true.")
    }
    if error.message.contains("Malformed JSON") {
      return LoadError(
        .data, String(error.message.prefix { !$0.isNewline }),
        hint: "Correct the line, or set such lines aside with bad_rows: set_aside.")
    }
    if error.message.contains("No files found") {
      return LoadError(
        .source, "there is no file like \(load.source.paths.joined(separator: ", "))",
        hint: "Give an existing file, or a pattern like data/*.jsonl.")
    }
    return error
  }
}
