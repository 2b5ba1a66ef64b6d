import DuckDB
import Foundation
import Lake
import LakeSettings
import LoadFiles
import Loader
import SQLText

/// The tables of a declared load's source, once an engine can look at it.
struct SourceTables: Sendable {
  let declared: DeclaredLoad
  let source: DeclaredSource
  let engine: Engine

  /// Runs `body` while the catalog of a lake that is read stays this process's.
  func keeping<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    guard case .lake(let text, _) = source else { return try await body() }
    let lake = try await engine.lake(try name(of: text))
    return try await lake.keeping(body)
  }

  /// A load for each table.
  ///
  /// - Parameter target: the lake that is loaded into.
  func loads(_ target: Lake) async throws -> [Load] {
    switch source {
    case .standardInput: return []
    case .files(let paths):
      var tables = try SourceFiles.tables(of: paths, into: declared.table)
      if !declared.selection.isEmpty {
        let chosen = try chosen(tables.map(\.name))
        tables = chosen.compactMap { name in tables.first { $0.name == name } }
      }
      return try tables.map { try declared.load($0.name, from: .files($0.paths)) }
    case .database(let database, let schema):
      let schema = schema ?? database.standardSchema
      return try await loads(
        of: database.name, schema: schema, place: database.description, snapshot: nil, target)
    case .lake(let text, let schema):
      let name = try name(of: text)
      guard name != target.name else {
        throw LoadError(
          .declaration, "lake '\(name)' cannot be loaded into itself", hint: "CREATE TABLE … AS copies a table.")
      }
      let lake = try await engine.lake(name)
      return try await loads(
        of: name.catalogAlias, schema: schema, place: "ducklake://\(name)",
        snapshot: try await lake.currentSnapshot(), target)
    }
  }

  private func name(of lake: String) throws -> LakeName {
    guard let configuration = engine.configurations.first(where: { $0.name.text == lake }) else {
      throw LakeError(unknown: lake, among: engine.configurations)
    }
    return configuration.name
  }

  private func loads(
    of database: String, schema: String, place: String, snapshot: Int64?, _ target: Lake
  ) async throws -> [Load] {
    let text = """
      SELECT table_name, 0 AS rank FROM duckdb_tables()
      WHERE database_name = \(SQLLiteral.string(database)) AND schema_name = \(SQLLiteral.string(schema))
      UNION ALL SELECT view_name, 1 FROM duckdb_views()
      WHERE database_name = \(SQLLiteral.string(database)) AND schema_name = \(SQLLiteral.string(schema)) AND NOT internal
      ORDER BY ALL
      """
    let session = try await engine.session(current: target.name)
    let found: [(name: String, isView: Bool)]
    do {
      found = try await session.runTrusted(text).rows.map { ($0[0].stringValue ?? "", $0[1].intValue == 1) }
      await session.close()
    } catch {
      await session.close()
      throw error
    }
    // A view is taken when it is named: what it shows is in tables already.
    let tables = found.filter { !$0.isView && !$0.name.hasPrefix("_dlt_") }.map(\.name)
    let chosen = declared.selection.isEmpty ? tables : try chosen(found.map(\.name))
    guard !chosen.isEmpty else {
      throw LoadError(
        .source, "there is no table in schema '\(schema)' of \(place)", hint: "Say which schema: ?schema=NAME.")
    }
    if declared.table != nil, chosen.count > 1 {
      throw LoadError(
        .declaration, "\(chosen.count) tables cannot go into one table", hint: "Choose one with --tables NAME.")
    }
    return try chosen.map { name in
      try declared.load(
        name,
        from: .table(
          SourceTable(database: database, schema: schema, name: name, place: place, snapshot: snapshot)))
    }
  }

  /// The tables that the load asks for.
  private func chosen(_ names: [String]) throws(LoadError) -> [String] {
    for name in declared.selection where !names.contains(name) {
      let near = NearestName.suggestion(for: name, among: names)
      throw LoadError(
        .source, "the source has no table '\(name)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "It has: \(names.prefix(20).joined(separator: ", ")).")
    }
    return declared.selection
  }
}
