import DuckDB
import Foundation
import Lake
import SQLText

extension Loader {
  /// Drops tables with those below them, and what the books and the pipelines know of them, as one snapshot.
  ///
  /// - Parameters:
  ///   - names: root tables, as people call them or as the lake does.
  ///   - dataset: the schema of the lake.
  /// - Throws: ``LoadError`` when there is no such table; nothing has been dropped then.
  public func drop(_ names: [String], from dataset: String) async throws -> DropSummary {
    let schemas = try await schemas(of: dataset)
    let states = try await pipelineStates(dataset)
    let id = String(format: "%.7f", Date.now.timeIntervalSince1970)
    let session = try await lake.ownSession()
    do {
      let drop = TableDrop(
        names: names, dataset: dataset, loadID: id, session: session, lake: lake, schemas: schemas,
        states: states)
      let summary = try await drop.run()
      await session.close()
      return summary
    } catch {
      await session.close()
      throw error
    }
  }
}

/// The turn in which tables of a dataset are dropped.
private struct TableDrop {
  let names: [String]
  let dataset: String
  let loadID: String
  let session: EngineSession
  let lake: Lake
  let schemas: [StoredSchema]
  let states: [(pipeline: String, state: PipelineState)]

  /// A root table to drop, and the schema that describes it.
  private struct Target {
    let root: TableSchema
    let schema: Int
  }

  func run() async throws -> DropSummary {
    let targets = try names.map(target)
    var summary = DropSummary(tables: [], states: [], snapshot: nil)
    try await session.begin()
    var schemas = schemas
    for target in targets {
      for table in schemas[target.schema].chain(of: target.root.name) {
        _ = try await session.write(
          "DROP TABLE IF EXISTS \(statements.name(table.name))", to: nil, changesDefinitions: true)
        schemas[target.schema][table.name] = nil
        summary.tables.append(table.name)
      }
    }
    for index in Set(targets.map(\.schema)).sorted() {
      schemas[index].bump()
      try await books(of: "").add(schemas[index])
      try await books(of: "").addLoad(of: schemas[index])
    }
    summary.states = try await forget(targets)
    let text = "drop \(summary.tables.joined(separator: ", ")) from \(dataset)"
    let note = JSONValue.object(JSONObject(pairs: ["load": .string(loadID)])).text
    try await session.setCommitMessage(CommitMessage(author: "tarn load", text: text, extraInfo: note))
    try await session.commit()
    summary.snapshot = try await session.lastCommit(of: lake.name)
    return summary
  }

  private func forget(_ targets: [Target]) async throws -> [String] {
    var forgotten: [String] = []
    for (pipeline, state) in states {
      var state = state
      for target in targets {
        let schema = schemas[target.schema].name
        let resource = target.root.json["resource"]?.string ?? target.root.name
        guard state[schema, resource] != nil else { continue }
        state[schema, resource] = nil
        forgotten.append(target.root.name)
      }
      for index in Set(targets.map(\.schema)).sorted() {
        let roots = targets.filter { $0.schema == index }.map(\.root.name)
        state.note(dropped: roots, of: schemas[index].name, load: loadID)
      }
      try await books(of: pipeline).add(&state)
    }
    return forgotten
  }

  private func target(_ name: String) throws(LoadError) -> Target {
    let folded = SnakeCase.path(name)
    for (index, schema) in schemas.enumerated() {
      for table in schema.tables where table.name == name || table.name == folded {
        guard !table.name.hasPrefix("_dlt_") else {
          throw LoadError(.destination, "'\(table.name)' is where the loader keeps its books")
        }
        guard table.parent == nil else {
          throw LoadError(
            .destination, "'\(table.name)' belongs to table '\(table.parent ?? "")'",
            hint: "Drop that one, and this goes with it.")
        }
        return Target(root: table, schema: index)
      }
    }
    let known = schemas.flatMap(\.tables).filter { $0.parent == nil && !$0.name.hasPrefix("_dlt_") }
      .map(\.name)
    let near = NearestName.suggestion(for: name, among: known)
    throw LoadError(
      .destination, "no load made a table '\(name)' in '\(dataset)'",
      hint: near.map { "Did you mean '\($0)'?" } ?? "There are: \(known.joined(separator: ", ")).")
  }

  private var statements: SchemaStatements {
    let present = DatasetState(snapshot: nil, hasDataset: true, tables: [:], schema: nil, state: nil)
    return SchemaStatements(lake: lake.sqlName, dataset: dataset, present: present)
  }

  private func books(of pipeline: String) -> DatasetBooks {
    DatasetBooks(session: session, schemas: statements, pipeline: pipeline, loadID: loadID)
  }
}
