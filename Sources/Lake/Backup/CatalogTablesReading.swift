import DuckDB
import LakeSettings
import SQLText

extension Lake {
  /// Runs `body` on a connection that sees the catalog as it stands at one moment, from first to last.
  ///
  /// On a DuckDB file and on PostgreSQL one transaction does that. On SQLite it does not: DuckDB opens a connection
  /// for each table that it reads, and each sees what was committed last. There the turn is held meanwhile, so that
  /// nobody commits; other processes are kept out by the owner lock.
  func withCatalogAtRest<Result: Sendable>(
    _ body: @Sendable (Connection) async throws -> Result
  ) async throws -> Result {
    var holdsTurn = false
    try await gate.enter()
    let outcome: Swift.Result<Result, any Error>
    do {
      if case .sqlite = configuration.catalog {
        try await gate.takeTurn()
        holdsTurn = true
      }
      outcome = .success(try await connections.read(.init(epoch: nil), body))
    } catch let error as DuckDBError {
      outcome = .failure(engine.translate(error))
    } catch {
      outcome = .failure(error)
    }
    if holdsTurn { await gate.endTurn() }
    await gate.leave()
    return try outcome.get()
  }

  /// The tables in the catalog's own database; nil where it does not tell.
  func tableNames(on connection: Connection) async throws -> [String]? {
    let sql: String
    switch configuration.catalog {
    case .duckdb: return nil
    case .sqlite:
      let list = SQLLiteral.string("SELECT name FROM sqlite_master WHERE type = 'table'")
      sql = "FROM sqlite_query(\(SQLLiteral.string(metadataDatabase)), \(list))"
    case .postgresql(let catalog):
      let schema = SQLLiteral.string(catalog.schema ?? "public")
      sql = "FROM " + queryOnServer("SELECT tablename::text FROM pg_tables WHERE schemaname = \(schema)")
    }
    return try await connection.query(sql).rows.compactMap { $0[0].text }
  }

  /// The columns of a table in the catalog with the types that are stored there; nil when there is no such table.
  func storedColumns(of table: String, on connection: Connection) async throws -> [CatalogColumn]? {
    let sql = "DESCRIBE \(metadata(table))"
    do {
      return try await connection.query(sql).rows.map {
        CatalogColumn(name: $0[0].text ?? "", type: $0[1].text ?? "")
      }
    } catch let error as DuckDBError where error.message.contains("does not exist") { return nil }
  }
}
