import DuckDB
import Foundation
import Lake
import SQLText

/// One load of a package: what its source has, and what is to be done with it.
struct LoadRun: Sendable {
  let load: Load
  /// Its number in the package, from 0.
  let part: Int
  let lake: Lake
  let package: LoadPackage
  /// The session that works on it.
  let session: EngineSession
  /// Where its temporary tables stand.
  let place: WorkingTables
  /// Asks for versions of files.
  let fileTags: Loader.FileTagReader?

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

  func readInput() async throws -> Input {
    let reader = SourceReader(session: session)
    var input = Input()
    if case .table(let table) = load.source {
      let source = SourceText(table: table)
      (input.shape, input.isSmall, input.headCount) = try await reader.shape(of: source)
      input.source = source
      return input
    }
    if case .extracted(let rows) = load.source {
      guard !rows.files.isEmpty else { return input }
      input.files = rows.files.map { SourceReader.SourceFile(name: $0, size: 0, modified: "") }
    } else {
      try await findFiles(reader, &input)
    }
    guard !input.files.isEmpty else { return input }
    var source = try reader.text(of: input.files, load.source)
    if load.parquet == .copy, source.format != .parquet {
      throw LoadError(
        .source,
        "parquet: copy is for Parquet, and '\(source.files.first ?? "")' is \(source.format?.rawValue ?? "none")",
        hint: "Leave parquet: copy out.")
    }
    (source.sheet, source.hasHeader) = (load.sheet, load.hasHeader)
    try await CompressionCheck.check(source.files)
    if source.format == .avro {
      for file in source.files where !file.contains("://") {
        source.decimals[file] = AvroDecimal.all(in: file)
      }
    }
    if source.format == .csv || source.format == .tsv {
      source.delimiter = try await reader.delimiter(of: source)
    }
    if load.badRows == .setAside { input.badRows = try await lookForBadRows(&source) }
    source.knownText = try await reader.knownText(of: source)
    let seen = try await reader.shape(of: source)
    (input.shape, input.isSmall, input.headCount) = (seen.shape, seen.isSmall, seen.headCount)
    input.source = source
    return input
  }

  /// Finds the files of a source, and leaves out those that have been loaded if only new ones are wanted.
  private func findFiles(_ reader: SourceReader, _ input: inout Input) async throws {
    let mayBeNamed = load.incremental == nil
    input.files = mayBeNamed ? reader.namedFiles(of: load.source) ?? [] : []
    if input.files.isEmpty { input.files = try await reader.files(of: load.source) }
    guard load.incremental != nil else { return }
    let state = try await reading { try await readState() }
    input.state = state
    let known = state.state?[schemaName, rootName]?["tarn_files"]?.object
    if let tags = try await fileTags?(input.files.map(\.name)) {
      for index in input.files.indices { input.files[index].tag = tags[input.files[index].name] }
    }
    let skipped = input.files.filter { $0.isKnown(by: known?[rememberedName(of: $0)]) }
    input.skipped = skipped.map(rememberedName)
    input.files.removeAll(where: skipped.contains)
  }

  /// What a pipeline remembers a file by: below the folder that paths begin in the way from there, so that a command in that
  /// folder and a worker elsewhere remember the same.
  func rememberedName(of file: SourceReader.SourceFile) -> String {
    guard let folder = lake.baseFolder, file.name.hasPrefix(folder + "/") else { return file.name }
    return String(file.name.dropFirst(folder.count + 1))
  }

  /// - Returns: how many lines cannot be read; they wait in a temporary table.
  private func lookForBadRows(_ source: inout SourceText) async throws -> Int {
    let bad = BadRows(session: session, source: source, part: part, place: place)
    switch source.format {
    case .jsonl:
      // Blank lines are NULL, too, and counted here only.
      let nulls = try await session.runTrusted(source.badRowCount).scalar()?.intValue ?? 0
      guard nulls > 0 else { return 0 }
      source.hasBadRows = true
      return try await bad.find()
    case .csv, .tsv:
      let count = try await bad.find()
      guard count > 0 else { return 0 }
      source.hasBadRows = true
      source.textColumns = try await bad.readableColumns()
      return count
    default: return 0
    }
  }

  /// - Parameter schema: the dataset's schema, with what the package's loads before this one make of it.
  func makePlan(_ input: Input, _ source: SourceText, _ state: DatasetState, schema: StoredSchema) throws
    -> LoadPlan
  {
    let cursor = load.incremental?.cursorPath
    let memory = state.state?[schemaName, rootName]?["incremental"]?.object
    var plan = try LoadPlan(
      load, source: source, shape: input.shape, schema: schema, present: state.tables, loadID: package.id,
      memory: cursor.flatMap { memory?[$0]?.object })
    plan.statements.part = part
    plan.statements.place = place
    return plan
  }

  /// The name that schemas are stored under.
  var schemaName: String { SnakeCase.path(load.pipeline ?? load.dataset) }
  var pipeline: String { load.pipeline ?? load.dataset }
  var rootName: String { SnakeCase.path(load.table) }

  func readState() async throws -> DatasetState {
    try await DatasetState.read(
      session, lake, dataset: load.dataset, schemaName: schemaName, pipeline: pipeline)
  }

  func reading<Result>(_ body: () async throws -> Result) async throws -> Result {
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

  func requireMeaning() throws(LoadError) {
    try requireCopiesMeaning()
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

  /// Files that are taken as they are cannot be looked into row by row.
  private func requireCopiesMeaning() throws(LoadError) {
    guard load.parquet == .copy else { return }
    let reason: String? =
      switch load.writeDisposition {
      case .merge: "write_disposition: merge"
      case .replace(.partition): "replace strategy 'partition'"
      default:
        load.incremental?.cursorPath != nil
          ? "a cursor" : load.badRows == .setAside ? "bad_rows: set_aside" : nil
      }
    if let reason {
      throw LoadError(
        .declaration, "parquet: copy and \(reason) exclude each other: files are taken as they are",
        hint: "Leave parquet: copy out.", key: "parquet")
    }
    guard case .files = load.source else {
      throw LoadError(.declaration, "parquet: copy is for files", key: "parquet")
    }
  }

  /// The same load as it would be if rows with values that do not fit were set aside.
  var settingAside: LoadRun {
    var load = load
    load.badRows = .setAside
    return LoadRun(
      load: load, part: part, lake: lake, package: package, session: session, place: place, fileTags: fileTags
    )
  }

  /// The same load, worked on by another session.
  func by(_ session: EngineSession) -> LoadRun {
    LoadRun(
      load: load, part: part, lake: lake, package: package, session: session, place: place, fileTags: fileTags
    )
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
