internal import Foundation
internal import Grants
internal import JSON
internal import Jobs
internal import Lake
internal import LakeSettings
internal import LoadFiles
internal import Loader
internal import Synchronization

/// A declared load, run by a worker: of files that the workspace lists, of rows that came with the request, of another lake.
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

  /// - Returns: what was done, as JSON text.
  /// - Throws: `LoadError`, `LoadFileError`, `LakeError`; `CancellationError`. Nothing was written then.
  func run(in engines: EngineRoom) async throws -> String {
    try await Deadline.limit(job.timeout) {
      try await run(in: try await engines.engine(of: job.workspace))
    }
  }

  private func run(in engine: Engine) async throws -> String {
    let declared = try DeclaredLoad(LoadDocument(text: job.content, path: job.path ?? "load"))
    let rows = try LoadRows(arguments)
    let lake = try await engine.lake(try name(of: declared.lake, in: engine))
    try checkRights(to: declared, in: lake.name, engine)
    try await requireExtensions(of: declared, in: engine)
    let file = try rows.write(for: job.id, format: declared.format, in: engine.ownFolder)
    defer { if let file { try? FileManager.default.removeItem(atPath: file) } }
    let loader = Loader(lake, fileTags: FileTags.ofFiles)
    do {
      let summary: LoadSummary
      if let file {
        guard case .standardInput = declared.source, let table = declared.table else {
          throw LoadError(.declaration, "rows that come with the request go with source: - and a table")
        }
        summary = try await load([try declared.load(table, from: .files([file]))], loader, rows.key)
      } else {
        let source = try source(of: declared, in: engine)
        let tables = SourceTables(declared: declared, source: source, engine: engine)
        summary = try await tables.keeping {
          try await load(try await tables.loads(loader, into: lake.name), loader, nil)
        }
      }
      await loader.close()
      await log(Self.line(summary, declared.dataset))
      return Self.result(summary, lake: lake.name.text, dataset: declared.dataset).text
    } catch {
      await loader.close()
      throw file.map { Self.withoutFile(error, $0) } ?? error
    }
  }

  /// An error that names the request's rows, and not the file that they are in for the moment.
  private static func withoutFile(_ error: any Error, _ file: String) -> any Error {
    func plain(_ text: String) -> String {
      text.replacing("'\(file)'", with: "the body").replacing("\"\(file)\"", with: "the body")
        .replacing(file, with: "the body")
    }
    switch error {
    case let error as LoadError:
      return LoadError(error.code, plain(error.message), hint: error.hint.map(plain), key: error.key)
    case let error as LakeError where error.description.contains(file):
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
  private func checkRights(to declared: DeclaredLoad, in lake: LakeName, _ engine: Engine) throws(LakeError) {
    guard let rights else { return }
    var needed = [LakePrivilege.select, .insert, .update, .delete, .create, .drop].map {
      ($0, LakePlace(lake: lake.text, schema: declared.dataset))
    }
    switch declared.source {
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
  private func source(of declared: DeclaredLoad, in engine: Engine) throws -> DeclaredSource {
    switch declared.source {
    case .files(let paths):
      let folder = engine.settings.baseFolder
      return .files(
        paths.map { $0.hasPrefix("/") || $0.contains("://") ? $0 : (folder.map { $0 + "/" } ?? "") + $0 })
    case .lake: return declared.source
    case .standardInput:
      throw LoadError(
        .declaration, "a job has no standard input", hint: "Send the rows with POST /api/w/WORKSPACE/load.")
    case .database, .api, .script:
      throw LoadError(
        .declaration, "a worker loads from files, from rows that come with the request, and from other lakes",
        hint: "Run tarn load -f FILE for databases, APIs and scripts.")
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

  // MARK: What is told

  private static func line(_ summary: LoadSummary, _ dataset: String) -> String {
    guard let snapshot = summary.snapshot else { return "nothing new to load\n" }
    if summary.isRepeat { return "had been loaded before, with snapshot \(snapshot)\n" }
    let tables = summary.tables.map { "\($0.name) \($0.rows)" }.joined(separator: ", ")
    return "loaded into \(dataset) with snapshot \(snapshot): \(tables)\n"
  }

  private static func result(_ summary: LoadSummary, lake: String, dataset: String) -> JSONValue {
    let tables = summary.tables.map { table in
      JSONValue.object(JSONObject(pairs: ["name": .string(table.name), "rows": .int(table.rows)]))
    }
    let changes = summary.schemaChanges.map { change in
      JSONValue.object(
        JSONObject(pairs: [
          "table": .string(change.table), "column": change.column.map { .string($0) } ?? .null,
          "type": change.type.map { .string($0) } ?? .null,
        ]))
    }
    return .object(
      JSONObject(pairs: [
        "loadID": .string(summary.loadID), "snapshot": summary.snapshot.map { .int(Int($0)) } ?? .null,
        "repeated": .bool(summary.isRepeat), "lake": .string(lake), "dataset": .string(dataset),
        "tables": .array(tables), "schemaChanges": .array(changes),
        "notices": .array(summary.notices.map { .string($0) }),
        "skippedFiles": .array(summary.skippedFiles.map { .string($0) }),
        "rejectedRows": .int(summary.rejectedRows),
      ]))
  }

  /// What people are told of a load's own errors, and the name of their kind; nil for others.
  static func message(of error: any Error) -> (name: String, message: String)? {
    switch error {
    case let error as LoadError: ("LoadError", error.description)
    case let error as LoadFileError: ("LoadError", error.description)
    default: nil
    }
  }
}

/// Rows that came with a request, in the job's arguments: `{"rows": BASE64, "key": TEXT}`.
struct LoadRows: Sendable {
  private let bytes: Data?
  /// What the delivery is known by; nil when the request names nothing.
  let key: String?

  /// - Parameter arguments: a JSON object.
  /// - Throws: `LoadError` with code `declaration`.
  init(_ arguments: String) throws {
    let object = (try? JSONValue(parsing: arguments))?.object
    key = object?["key"]?.string
    guard let rows = object?["rows"] else {
      bytes = nil
      return
    }
    guard let text = rows.string, let decoded = Data(base64Encoded: text) else {
      throw LoadError(.declaration, "the argument 'rows' must be text in base64")
    }
    bytes = decoded
  }

  /// Puts the rows into a file that the engine may read and scripts may not.
  ///
  /// - Returns: the file, to be removed after the load; nil when no rows came.
  func write(for job: JobID, format: String?, in folder: String) throws -> String? {
    guard let bytes else { return nil }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = "\(folder)/rows-\(job).\(format ?? "jsonl")"
    try bytes.write(to: URL(fileURLWithPath: file))
    return file
  }
}
