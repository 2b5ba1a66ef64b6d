import DuckDB
import Lake
import SQLText

// What the books of a dataset say.
extension Loader {
  /// The schemas of the lake that loads went into.
  public func datasets() async throws -> [String] {
    let text = """
      SELECT schema_name FROM duckdb_tables()
      WHERE database_name = \(SQLLiteral.string(lake.name.catalogAlias)) AND table_name = '\(SystemTables.loadsName)'
      ORDER BY schema_name
      """
    return try await rows(text).compactMap { $0[0].stringValue }
  }

  /// The loads into a dataset, the newest first.
  ///
  /// - Throws: ``LoadError`` when nothing has been loaded into it.
  public func history(of dataset: String, limit: Int = 50) async throws -> [LoadRecord] {
    try await require(dataset)
    let found = try await rows(
      """
      SELECT load_id, schema_name, status, strftime(inserted_at::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ')
      FROM \(place(SystemTables.loadsName, in: dataset)) ORDER BY inserted_at DESC, load_id DESC LIMIT \(max(0, limit))
      """)
    var commits: [String: (Int64, [String: Int])] = [:]
    for snapshot in try await lake.snapshots(limit: 100_000) {
      guard let note = snapshot.extraInfo.flatMap({ try? JSONValue(parsing: $0) })?.object,
        let id = note["load"]?.string
      else { continue }
      let counts = (note["rows"]?.object?.members ?? []).compactMap { member in
        member.value.int.map { (member.key, $0) }
      }
      commits[id] = (snapshot.id, Dictionary(counts, uniquingKeysWith: { $1 }))
    }
    return found.map { row in
      let id = row[0].stringValue ?? ""
      return LoadRecord(
        loadID: id, schema: row[1].stringValue ?? "", status: row[2].intValue.map { Int($0) } ?? 0,
        time: row[3].stringValue ?? "", snapshot: commits[id]?.0, rows: commits[id]?.1 ?? [:])
    }
  }

  /// The stored schemas of a dataset, the newest version of each.
  ///
  /// - Throws: ``LoadError`` when nothing has been loaded into it.
  public func schemas(of dataset: String) async throws -> [StoredSchema] {
    try await require(dataset)
    return try await rows(
      """
      SELECT arg_max(schema, (inserted_at, version)) FROM \(place(SystemTables.versionName, in: dataset))
      GROUP BY schema_name ORDER BY schema_name
      """
    ).compactMap { try $0[0].stringValue.map { try StoredSchema(parsing: $0) } }
  }

  /// What each pipeline remembers of a dataset, as JSON, by the pipeline's name.
  ///
  /// - Throws: ``LoadError`` when nothing has been loaded into it.
  public func states(of dataset: String) async throws -> [(pipeline: String, state: JSONValue)] {
    try await require(dataset)
    return try await pipelineStates(dataset).map { ($0.pipeline, .object($0.state.json)) }
  }

  /// Where the cursors of a pipeline's incremental loads have come to.
  ///
  /// - Parameters:
  ///   - cursors: the path of the cursor of each table, by the table's name.
  ///   - dataset: the schema of the lake.
  ///   - pipeline: the name that the books are kept under; nil for the dataset's name.
  /// - Returns: the last values, by the table's name; none for a table without an earlier load.
  public func lastValues(of cursors: [String: String], in dataset: String, pipeline: String?) async throws
    -> [String: JSONValue]
  {
    let name = pipeline ?? dataset
    let schema = SnakeCase.path(name)
    let state = try await pipelineStates(dataset).first { $0.pipeline == name }?.state
    return cursors.reduce(into: [:]) { values, cursor in
      let memory = state?[schema, SnakeCase.path(cursor.key)]?["incremental"]?.object
      values[cursor.key] = memory?[cursor.value]?.object?["last_value"]
    }
  }

  func pipelineStates(_ dataset: String) async throws -> [(pipeline: String, state: PipelineState)] {
    guard try await has(SystemTables.stateName, in: dataset) else { return [] }
    return try await rows(
      """
      SELECT s.pipeline_name, arg_max(s.state, l.load_id) FROM \(place(SystemTables.stateName, in: dataset)) s
      JOIN \(place(SystemTables.loadsName, in: dataset)) l ON l.load_id = s._dlt_load_id AND l.status = 0
      GROUP BY s.pipeline_name ORDER BY s.pipeline_name
      """
    ).map { ($0[0].stringValue ?? "", try PipelineState(stored: $0[1].stringValue ?? "")) }
  }

  private func require(_ dataset: String) async throws {
    guard !(try await has(SystemTables.loadsName, in: dataset)) else { return }
    let known = try await datasets()
    let near = NearestName.suggestion(for: dataset, among: known)
    throw LoadError(
      .destination, "nothing has been loaded into '\(dataset)' of lake '\(lake.name)'",
      hint: near.map { "Did you mean '\($0)'?" }
        ?? (known.isEmpty ? nil : "Loaded into were: \(known.joined(separator: ", "))."))
  }

  private func has(_ table: String, in dataset: String) async throws -> Bool {
    let text = """
      SELECT 1 FROM duckdb_tables() WHERE database_name = \(SQLLiteral.string(lake.name.catalogAlias))
      AND schema_name = \(SQLLiteral.string(dataset)) AND table_name = \(SQLLiteral.string(table))
      """
    return try await !rows(text).isEmpty
  }

  private func rows(_ text: String) async throws -> [Row] {
    let session = try await lake.ownSession()
    do {
      try await session.beginReading()
      let found = Array(try await session.runTrusted(text).rows)
      await session.close()
      return found
    } catch {
      await session.close()
      throw error
    }
  }

  private func place(_ table: String, in dataset: String) -> String {
    [lake.sqlName, SQLIdentifier.quote(dataset), SQLIdentifier.quote(table)].joined(separator: ".")
  }
}
