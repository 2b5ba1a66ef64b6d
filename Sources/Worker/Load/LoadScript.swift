internal import Extracts
internal import Foundation
internal import Grants
internal import JSON
internal import Jobs
internal import Lake
internal import LakeSettings
internal import LoadFiles
internal import Loader
internal import Synchronization

/// A declared load, run by a worker: of files that the workspace lists, of rows that came with the request, of another lake, of a
/// database, of a REST API, of what a script in Python yields.
///
/// It is known to the lake by its key, so that it is written once however often it is begun: the key that the request named, or the job's
/// id.
struct LoadScript: Sendable {
  /// The language of such jobs.
  static let language = "load"

  let job: Job
  /// A JSON object: nothing, or what ``LoadRows`` reads.
  let arguments: String
  /// What the one who runs it may do; nil for all.
  let rights: LakeRights?
  /// Told how far the load has come, in percent.
  let progress: @Sendable (Int) async -> Void
  /// Passes on a line for those who look at the job.
  let log: @Sendable (String) async -> Void
  /// Writes the rows that came with the request into a file.
  let rows: @Sendable (_ file: String) async throws -> Void
  /// Asks for what the load names of its workspace.
  let values: @Sendable (WorkerMessages.NamedValues) async throws -> WorkerMessages.NamedValueTexts
  /// Runs scripts.
  let isolation: any ScriptIsolation

  /// - Returns: what was done, as JSON text.
  /// - Throws: `LoadError`, `LoadFileError`, `LakeError`; `CancellationError`. Nothing was written then.
  func run(in engines: EngineRoom) async throws -> String {
    try await Deadline.limit(job.timeout) {
      let document = try LoadDocument(text: job.content, path: job.path ?? "load")
      let declared = try DeclaredLoad(document, references: try await references(of: document))
      guard case .database(let database, _) = declared.source else {
        return try await run(declared, in: try await engines.engine(of: job.workspace))
      }
      let settings = try await engines.settings(of: job.workspace)
      let engine = try await LoadEngine.open(for: database, into: declared, settings)
      do {
        let result = try await run(declared, in: engine)
        await engine.close()
        return result
      } catch {
        await engine.close()
        throw error
      }
    }
  }

  private func references(of document: LoadDocument) async throws -> LoadReferences {
    let names = LoadReferences.named(in: document).sorted()
    let script = LoadReferences.script(in: document)
    guard !names.isEmpty || script != nil else { return LoadReferences(values: [:], scripts: [:]) }
    let told = try await values(WorkerMessages.NamedValues(names: names, script: script))
    var scripts: [String: String] = [:]
    if let script { scripts[script] = told.script }
    return LoadReferences(
      values: try told.values.mapValues { try JSONValue(parsing: $0) }, scripts: scripts)
  }

  private func run(_ declared: DeclaredLoad, in engine: Engine) async throws -> String {
    let given = try LoadRows(arguments)
    let source = try source(of: declared, hasRows: given.hasRows, in: engine)
    let lake = try await engine.lake(try name(of: declared.lake, in: engine))
    try checkRights(to: declared, from: source, in: lake.name, engine)
    try await requireExtensions(of: declared, in: engine)
    let file = try given.file(for: job.id, format: declared.format, in: engine.ownFolder)
    defer { if let file { try? FileManager.default.removeItem(atPath: file) } }
    if let file { try await given.write(to: file, rows) }
    let loader = Loader(lake, fileTags: FileTags.ofFiles)
    do {
      let summary: LoadSummary
      if let file {
        guard case .standardInput = declared.source, let table = declared.table else {
          throw LoadError(.declaration, "rows that come with the request go with source: - and a table")
        }
        summary = try await load([try declared.load(table, from: .files([file]))], loader, given.key)
      } else {
        summary = try await load(declared, from: source, into: lake, engine, loader)
      }
      await loader.close()
      await log(Self.line(summary, declared.dataset))
      return Self.result(
        summary, lake: lake.name.text, dataset: declared.dataset, naming: engine.namingStorages
      ).text
    } catch {
      await loader.close()
      throw Self.plain(error) { text in
        let text = engine.namingStorages(in: text)
        guard let file else { return text }
        return text.replacing("'\(file)'", with: "the body").replacing("\"\(file)\"", with: "the body")
          .replacing(file, with: "the body")
      }
    }
  }

  private func load(
    _ declared: DeclaredLoad, from source: DeclaredSource, into lake: Lake, _ engine: Engine, _ loader: Loader
  ) async throws -> LoadSummary {
    let extract = LoadExtract(
      declared: declared, folder: "\(engine.ownFolder)/load-\(job.id)-\(job.attempt)", isolation: isolation)
    if let extract {
      return try await extract.perform(loader) { try await load($0, loader, nil) }
    }
    let tables = SourceTables(declared: declared, source: source, engine: engine)
    return try await tables.keeping {
      try await load(try await tables.loads(loader, into: lake.name), loader, nil)
    }
  }

  /// An error that names the request's rows, and not the file that they are in for the moment, and storages by their names.
  private static func plain(_ error: any Error, _ plain: (String) -> String) -> any Error {
    switch error {
    case let error as LoadError:
      return LoadError(error.code, plain(error.message), hint: error.hint.map(plain), key: error.key)
    case let error as LakeError where error.code != .denied && plain(error.description) != error.description:
      return LoadError(.data, plain(error.description))
    default: return error
    }
  }

  private func load(_ loads: [Load], _ loader: Loader, _ key: String?) async throws -> LoadSummary {
    let (percents, sink) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
    let told = Mutex(0)
    let watcher: @Sendable (LoadEvent) -> Void = { event in
      guard case .preparing(_, let percentage?, _) = event else { return }
      let percent = min(max(Int(percentage), 0), 99)
      let isNews = told.withLock { known in
        defer { known = max(known, percent) }
        return percent > known
      }
      if isNews { sink.yield(percent) }
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for await percent in percents { await progress(percent) } }
      defer { sink.finish() }
      return try await loader.load(
        loads, key: key.map { "delivery \($0)" } ?? "job \(job.id)", watcher: watcher)
    }
  }

  private func name(of lake: String?, in engine: Engine) throws -> LakeName {
    guard let lake else { return .main }
    guard let configuration = engine.configurations.first(where: { $0.name.text == lake }) else {
      throw LakeError(unknown: lake, among: engine.configurations)
    }
    return configuration.name
  }

  /// A load makes, alters, fills and empties tables; which ones shows in its rows. So it takes all of these rights to the whole schema.
  private func checkRights(
    to declared: DeclaredLoad, from source: DeclaredSource, in lake: LakeName, _ engine: Engine
  ) throws(LakeError) {
    guard let rights else { return }
    var needed = [LakePrivilege.select, .insert, .update, .delete, .create, .drop].map {
      ($0, LakePlace(lake: lake.text, schema: declared.dataset))
    }
    switch source {
    case .lake(let name, let schema): needed.append((.select, LakePlace(lake: name, schema: schema)))
    case .files(let paths):
      // Those who have been granted only a part of a lake do not read its files as they are.
      for path in paths where engine.configurations.contains(where: { rights.governs($0.name.text) }) {
        guard !engine.mayReachLakes(path) else {
          throw LakeError(
            .denied, "u/\(rights.member) may not load the files of a lake", hint: "Name the lake instead.")
        }
      }
    default: break
    }
    for (privilege, place) in needed where !rights.allows(privilege, on: place) {
      let (message, hint) = rights.denial(of: privilege, on: place)
      throw LakeError(.denied, message, hint: hint)
    }
  }

  /// The source with the paths that the engine knows; only what a worker can reach.
  private func source(of declared: DeclaredLoad, hasRows: Bool, in engine: Engine) throws -> DeclaredSource {
    switch declared.source {
    case .standardInput where hasRows: return declared.source
    case .files(let paths):
      return .files(
        try paths.map { path in
          if let place = try engine.storagePlace(of: path) { return place }
          return path.contains("://") ? path : try LoadEngine.listed(path, engine.settings)
        })
    case .lake, .database, .api, .script: return declared.source
    case .standardInput:
      throw LoadError(
        .declaration, "a job has no standard input", hint: "Send the rows with POST /api/w/WORKSPACE/load.")
    }
  }

  private func requireExtensions(of declared: DeclaredLoad, in engine: Engine) async throws {
    guard case .files(let paths) = declared.source else { return }
    for format in SourceFiles.formats(of: paths, declared.format) where format == .avro || format == .excel {
      guard !engine.settings.extensions.contains(format.rawValue) else { continue }
      throw LoadError(
        .declaration, "a worker does not read \(format.rawValue)", hint: "Run tarn load for these files.")
    }
  }
}
