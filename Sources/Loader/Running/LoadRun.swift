import DuckDB
import Foundation
import Lake
import SQLText

/// One load from its files to its snapshot.
struct LoadRun: Sendable {
  let load: Load
  let lake: Lake
  let package: LoadPackage
  let session: EngineSession

  init(_ load: Load, lake: Lake, package: LoadPackage) async throws {
    self.load = load
    self.lake = lake
    self.package = package
    session = try await lake.ownSession()
    try await session.register(IdentityFunctions.all + [ShapeFunction.function])
  }

  func close() async { await session.close() }

  /// How often a load is tried whose lake changes between planning and writing.
  private static let attempts = 6

  func run() async throws -> LoadSummary {
    try requireMeaning()
    let reader = SourceReader(session: session)
    let source = try await reader.files(of: load.source)
    let (shape, isSmall) = try await reader.shape(of: source)
    var attempt = 1
    while true {
      let state = try await reading { try await readState() }
      var plan = try LoadPlan(
        load, source: source, shape: shape, schema: state.schema ?? StoredSchema(name: schemaName),
        present: state.tables, loadID: package.id)
      let prepared = try await LoadPreparation(run: self, state: state, isSmall: isSmall).prepare(&plan)
      do {
        return try await LoadWriter(run: self, plan: plan, state: state, prepared: prepared).write()
      } catch let error where LoadWriter.mayTryAgain(error) && attempt < Self.attempts {
        await session.rollback()
        await session.discard(prepared.staged.values.map(\.self), of: lake)
        attempt += 1
      } catch {
        await session.rollback()
        // The catalog may know the files of a commit that nobody could ask about.
        if (error as? LakeError)?.code != .uncertain {
          await session.discard(prepared.staged.values.map(\.self), of: lake)
        }
        throw error
      }
    }
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
    return error
  }
}
