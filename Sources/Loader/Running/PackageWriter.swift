import DuckDB
import Foundation
import Lake
import SQLText

/// The turn of a package: tables, rows and books of all its loads in one transaction, which is as short as it can be.
struct PackageWriter: Sendable {
  let session: EngineSession
  let lake: Lake
  let package: LoadPackage
  /// Files that had been loaded before.
  let skipped: [String]
  /// The schema as all loads together make it.
  let schema: StoredSchema
  /// The loads that have something to write, at least one.
  let writers: [LoadWriter]
  let state: DatasetState

  private var first: LoadRun { writers[0].run }
  private var dataset: String { first.load.dataset }
  private var schemas: SchemaStatements {
    SchemaStatements(lake: lake.sqlName, dataset: dataset, present: state)
  }

  private static let ownTables = [SystemTables.versionName, SystemTables.loadsName, SystemTables.stateName]

  /// The lake has changed since the package was planned.
  struct IsStale: Error {}

  /// Whether an error leaves nothing behind, and another attempt may go better.
  static func mayTryAgain(_ error: any Error) -> Bool {
    error is IsStale || (error as? LakeError)?.code == .conflict
  }

  /// - Returns: what was done, and the dataset as it is now; nil when that has to be read.
  func write() async throws -> (LoadSummary, DatasetState?) {
    var summary = LoadSummary(loadID: package.id, skippedFiles: skipped)
    summary.rejectedRows = writers.reduce(0) { $0 + $1.rejectedRows }
    summary.notices = writers.flatMap { $0.plan.collisions.map(\.notice) }
    summary.notices += writers.filter { $0.prepared.rowCounts[0] == 0 }.map {
      "The source of table '\($0.run.rootName)' has no rows."
    }
    if let snapshot = try await session.begin(key: package.key) {
      summary.snapshot = snapshot
      summary.isRepeat = true
      return (summary, nil)
    }
    if package.isResumed { try await removeLeftovers() }
    try await requireFreshness()
    var schema = schema
    schema[SystemTables.stateName] = schema.table(SystemTables.stateName) ?? SystemTables.state
    schema.bump()
    try await makeOwnTables(schema)
    for writer in writers {
      do {
        summary.schemaChanges += try await writer.makeTables(schema)
        summary.tables += try await writer.writeRows()
        if writer.rejectedRows > 0 { try await writer.setAside() }
      } catch { throw writer.run.explained(error) }
    }
    let pipelineState = try await keepBooks(schema)
    try await session.setCommitMessage(message(summary))
    try await session.commit()
    let snapshot = try await session.lastCommit(of: lake.name)
    summary.snapshot = snapshot
    return (summary, stateAfter(snapshot, schema, pipelineState))
  }

  /// Files that an attempt before left beside tables: it was not committed.
  private func removeLeftovers() async throws {
    let kept = writers.flatMap { $0.prepared.staged.values }
    for table in writers.flatMap(\.plan.tables) where !table.isLeftOut {
      try await session.discardOwn(
        marked: package.mark, for: (dataset, table.name), of: lake, but: kept)
    }
  }

  private func tableNames(in schema: StoredSchema) -> [String] {
    writers.flatMap { $0.tableNames(in: schema) }
  }

  private func stateAfter(_ snapshot: Int64?, _ schema: StoredSchema, _ pipelineState: PipelineState)
    -> DatasetState
  {
    var tables = state.tables
    // Others' tables of the schema have been made when they were loaded.
    let made = Set(Self.ownTables + tableNames(in: schema))
    for table in schema.tables where made.contains(table.name) && !schemas.newColumns(of: table).isEmpty {
      let isNew = tables[table.name] == nil
      tables[table.name, default: []] += schemas.newColumns(of: table).map {
        LakeColumn(name: $0.name, type: $0.sqlType ?? "VARCHAR", isNullable: !isNew || $0.isNullable)
      }
    }
    return DatasetState(
      snapshot: snapshot, hasDataset: true, tables: tables, schema: schema, state: pipelineState)
  }

  private func requireFreshness() async throws {
    guard try await session.snapshot(of: lake) != state.snapshot else { return }
    let present = try await first.readState()
    guard state.isAsGood(as: present, for: tableNames(in: schema)) else { throw IsStale() }
  }

  private func makeOwnTables(_ schema: StoredSchema) async throws {
    var statements = [schemas.makeDataset].compactMap(\.self)
    for name in Self.ownTables {
      guard let table = schema.table(name) else { continue }
      statements += schemas.make(table, before: state.schema?.table(name))
    }
    for statement in statements {
      _ = try await session.write(statement, to: nil, changesDefinitions: true)
    }
  }

  // MARK: Books

  private func keepBooks(_ schema: StoredSchema) async throws -> PipelineState {
    let books = DatasetBooks(session: session, schemas: schemas, pipeline: first.pipeline, loadID: package.id)
    if schema.versionHash != state.schema?.versionHash { try await books.add(schema) }
    var pipelineState = state.state ?? PipelineState(pipeline: first.pipeline, dataset: dataset)
    pipelineState.add(schema: schema.name)
    for writer in writers where writer.run.load.isRemembered { writer.remember(&pipelineState) }
    try await books.add(&pipelineState)
    try await books.addLoad(of: schema)
    return pipelineState
  }

  private func message(_ summary: LoadSummary) -> CommitMessage {
    let rows = summary.tables.map { "\($0.name) (\($0.rows))" }.joined(separator: ", ")
    let extra = JSONValue.object(
      JSONObject(pairs: [
        "load": .string(package.id), "schema": .string(schema.name),
        "rows": .object(JSONObject(summary.tables.map { .init(key: $0.name, value: .int($0.rows)) })),
      ]))
    return CommitMessage(
      author: "tarn load", text: "load \(package.id) into \(dataset): \(rows)", extraInfo: extra.text)
  }
}
