package import DuckDB
package import LakeSettings
package import SQLText

/// Looks at each statement of a session before it runs, and may refuse it.
///
/// It is asked after the sandbox has let the statement through, and before anything of it runs or is planned.
package protocol StatementGuard: Sendable {
  /// - Parameters:
  ///   - statement: as the engine gets it: lakes under the engine's names.
  ///   - parameters: all values that are given.
  /// - Throws: ``LakeError`` with code `denied`.
  func check(_ statement: SQLStatement, parameters: [String: Value], in session: EngineSession) async throws
}

extension EngineSession {
  /// From now on each statement is looked at first. One that is there is kept: what is closed stays closed.
  package func use(_ guardian: some StatementGuard) {
    if self.guardian == nil { self.guardian = guardian }
  }

  func askGuard(_ checked: CheckedStatement, _ statement: SQLStatement, _ parameters: [String: Value])
    async throws
  {
    guard let guardian else { return }
    switch checked.effect {
    case .begin, .commit, .rollback: return
    case .read, .session, .write: break
    }
    guard checked.text != statement.text else {
      return try await guardian.check(statement, parameters: parameters, in: self)
    }
    guard let rewritten = try? SQLStatements.split(checked.text), rewritten.count == 1 else {
      throw LakeError(.denied, "what this statement reads cannot be told", hint: "Write it more plainly.")
    }
    do { try await guardian.check(rewritten[0], parameters: parameters, in: self) } catch let error
      as LakeError
    {
      // Places in what the engine gets are not those of the script.
      throw error.at(nil)
    }
  }

  // MARK: What a guard may ask

  /// What the first part of a qualified name is.
  package enum NamedCatalog: Sendable {
    case lake(LakeName)
    /// DuckDB's own, which belongs to this session: temporary tables.
    case temporary
    /// A database that `tarn.yaml` lets scripts read, or a data table.
    case source
  }

  /// - Parameter name: as the engine knows it.
  package nonisolated func catalog(named name: String) -> NamedCatalog? {
    let folded = SQLIdentifier.folded(name)
    if folded == "temp" { return .temporary }
    if let lake = engine.configurations.first(where: { SQLIdentifier.folded($0.name.catalogAlias) == folded })
    {
      return .lake(lake.name)
    }
    let sources = engine.settings.databases.map { SQLIdentifier.folded($0.name) }
    if sources.contains(folded) || engine.dataTables?.isCatalog(name) == true { return .source }
    // A branch may be younger than the engine: `main__dev`.
    for lake in engine.configurations where !lake.name.isBranch {
      let start = SQLIdentifier.folded(lake.name.text) + "__"
      guard folded.hasPrefix(start), let branch = try? BranchName(String(folded.dropFirst(start.count)))
      else { continue }
      return .lake(LakeName(branch: branch, of: lake.name))
    }
    return nil
  }

  /// Where names without qualification are looked for; nil when no lake is current.
  package var currentPlace: (lake: LakeName, schema: String)? { currentLake.map { ($0, currentSchema) } }

  /// Whether names without qualification are looked for in a data table.
  package var isInDataTable: Bool { currentDataTable != nil }

  /// Whether this session has a temporary table of that name now.
  package func hasTemporaryTable(_ name: String) async -> Bool {
    guard temporaryTables.contains(name.lowercased()) else { return false }
    // What was noted may be gone again, as by a rollback.
    let text = "EXPLAIN FROM temp.main.\(SQLIdentifier.quote(name))"
    return (try? await connection().query(text)) != nil
  }

  /// DuckDB's own syntax tree of a query, as JSON. Nothing is bound or opened.
  ///
  /// - Throws: ``LakeError``.
  package func syntaxTree(of query: String) async throws -> String {
    let text =
      "SELECT json_serialize_sql(\(SQLLiteral.string(query)), skip_default := true, skip_null := true)"
    return try await evaluate(text).scalar()?.stringValue ?? ""
  }

  /// The stored views and macros of a lake.
  ///
  /// - Throws: ``LakeError``.
  package func definitions(of lake: LakeName) async throws -> [StoredDefinition] {
    // DuckLake keeps this in the place of the lake's name, and puts in what the lake is attached as.
    let mark = "{DUCKLAKE_CATALOG}"
    let name = SQLIdentifier.quote(lake.catalogAlias)
    return try await engine.lake(lake).definitions().all.map { stored in
      guard stored.sql.contains(mark) else { return stored }
      return StoredDefinition(
        kind: stored.kind, schema: stored.schema, name: stored.name,
        sql: stored.sql.replacing(mark, with: name),
        isCurrent: stored.isCurrent)
    }
  }

  /// Whether a lake has a table or view of that name.
  ///
  /// - Throws: ``LakeError``.
  package func isThere(_ table: String, schema: String, lake name: LakeName) async throws -> Bool {
    let lake = try await engine.lake(name)
    let result = try await lake.readTrusted(
      """
      SELECT count(*) FROM (
        SELECT schema_id, table_name AS name FROM \(lake.metadata("ducklake_table")) WHERE end_snapshot IS NULL
        UNION ALL
        SELECT schema_id, view_name FROM \(lake.metadata("ducklake_view")) WHERE end_snapshot IS NULL
      ) t JOIN \(lake.metadata("ducklake_schema")) s ON s.schema_id = t.schema_id AND s.end_snapshot IS NULL
      WHERE lower(t.name) = lower(\(SQLLiteral.string(table))) AND lower(s.schema_name) = lower(\(SQLLiteral.string(schema)))
      """)
    return (result.scalar()?.intValue ?? 0) > 0
  }

  /// Whether a path or pattern could reach the own files of any lake.
  package nonisolated func reachesLakeFiles(_ path: String) -> Bool { engine.files.mayReachLakes(path) }

  /// Whether the session is inside a transaction of the script's own.
  package var isInOpenTransaction: Bool { transaction != nil }
}
