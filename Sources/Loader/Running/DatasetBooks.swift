import DuckDB
import Foundation
import Lake
import SQLText

/// The rows that a load leaves in the tables that keep books, in the open transaction.
struct DatasetBooks: Sendable {
  let session: EngineSession
  let schemas: SchemaStatements
  let pipeline: String
  let loadID: String

  /// Notes a new version of a schema.
  func add(_ schema: StoredSchema) async throws {
    try await insert(
      [
        "\(schema.version)", "\(StoredSchema.engineVersion)", "now()", SQLLiteral.string(schema.name),
        SQLLiteral.string(schema.versionHash), SQLLiteral.string(schema.text),
      ], into: SystemTables.version)
  }

  /// Notes what the pipeline remembers, if that has changed.
  func add(_ state: inout PipelineState) async throws {
    guard state.bump() else { return }
    try await insert(
      [
        "\(state.version)", "\(PipelineState.engineVersion)", SQLLiteral.string(pipeline),
        SQLLiteral.string(try state.stored), "now()", SQLLiteral.string(state.versionHash),
        SQLLiteral.string(loadID), SQLLiteral.string(RowID.random()),
      ], into: SystemTables.state)
  }

  /// Notes that the load is done.
  func addLoad(of schema: StoredSchema) async throws {
    try await insert(
      [
        SQLLiteral.string(loadID), SQLLiteral.string(schema.name), "0", "now()",
        SQLLiteral.string(schema.versionHash),
      ], into: SystemTables.loads)
  }

  private func insert(_ values: [String], into table: TableSchema) async throws {
    let columns = table.columns.map { SQLIdentifier.quote($0.name) }.joined(separator: ", ")
    _ = try await session.write(
      "INSERT INTO \(schemas.name(table.name)) (\(columns)) VALUES (\(values.joined(separator: ", ")))",
      to: [schemas.dataset, table.name])
  }
}
