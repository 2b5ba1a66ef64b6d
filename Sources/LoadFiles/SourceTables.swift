public import Lake
public import LakeSettings
public import Loader
import SQLText

/// The tables of a declared load's source, once an engine can look at it.
public struct SourceTables: Sendable {
  private let declared: DeclaredLoad
  private let source: DeclaredSource
  private let engine: Engine

  /// - Parameters:
  ///   - source: the load's source with the paths that the engine knows.
  ///   - engine: can read the source.
  public init(declared: DeclaredLoad, source: DeclaredSource, engine: Engine) {
    self.declared = declared
    self.source = source
    self.engine = engine
  }

  /// Runs `body` while the catalog of a lake that is read stays this process's.
  ///
  /// - Throws: `LakeError`, and what `body` throws.
  public func keeping<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    guard case .lake(let text, _) = source else { return try await body() }
    let lake = try await engine.lake(try name(of: text))
    return try await lake.keeping(body)
  }

  /// A load for each table.
  ///
  /// - Parameters:
  ///   - loader: of the lake that is loaded into.
  ///   - target: that lake.
  /// - Returns: none for sources that are read into files first.
  /// - Throws: `LoadError`, ``LoadFileError``, `LakeError`.
  public func loads(_ loader: Loader, into target: LakeName) async throws -> [Load] {
    switch source {
    case .standardInput, .api, .script: return []
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
        loader, of: database.name, database.place, schema: schema, description: database.description)
    case .lake(let text, let schema):
      let name = try name(of: text)
      guard name != target else {
        throw LoadError(
          .declaration, "lake '\(name)' cannot be loaded into itself",
          hint: "CREATE TABLE … AS copies a table.")
      }
      let lake = try await engine.lake(name)
      return try await loads(
        loader, of: name.catalogAlias, nil, schema: schema, description: "ducklake://\(name)",
        snapshot: try await lake.currentSnapshot())
    }
  }

  private func name(of lake: String) throws -> LakeName {
    guard let configuration = engine.configurations.first(where: { $0.name.text == lake }) else {
      throw LakeError(unknown: lake, among: engine.configurations)
    }
    return configuration.name
  }

  private func loads(
    _ loader: Loader, of database: String, _ place: SourceDatabase.Place?, schema: String,
    description: String,
    snapshot: Int64? = nil
  ) async throws -> [Load] {
    let found = try await loader.tables(in: database, place, schema: schema)
    let tables = found.filter { !$0.isView && !$0.name.hasPrefix("_dlt_") }
    guard !found.isEmpty else {
      let schemas = try await loader.schemas(in: database).joined(separator: ", ")
      throw LoadError(
        .source, "there is no table in schema '\(schema)' of \(description)",
        hint: schemas.isEmpty ? nil : "There are tables in: \(schemas).")
    }
    let chosen = declared.selection.isEmpty ? tables.map(\.name) : try chosen(found.map(\.name))
    if declared.table != nil, chosen.count > 1 {
      throw LoadError(
        .declaration, "\(chosen.count) tables cannot go into one table",
        hint: "Choose one with --tables NAME.")
    }
    var loads: [Load] = []
    for table in chosen.compactMap({ name in found.first { $0.name == name } }) {
      let source = SourceTable(
        database: database, schema: schema, name: table.name, place: description, snapshot: snapshot)
      loads.append(
        try declared.load(table.name, from: .table(try await loader.reading(table, as: source))))
    }
    return loads
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
