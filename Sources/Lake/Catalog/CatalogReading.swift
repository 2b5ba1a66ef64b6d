import DuckDB
import LakeSettings
import SQLText

// Queries and changes of the catalog's own tables, as the catalog's database runs them best.
extension Lake {
  /// Reads the catalog's own tables in a transaction of its own. On PostgreSQL the server runs the inner query.
  ///
  /// - Parameters:
  ///   - columns: of the outer query, which DuckDB runs: for what the catalogs tell in different types, such as times.
  ///   - then: clauses that end the outer query, such as WHERE and LIMIT.
  ///   - query: makes the inner query, in SQL that DuckDB and PostgreSQL share, given how tables are named.
  func readCatalog(
    selecting columns: String = "*", then clauses: String = "",
    _ query: (_ table: (String) -> String) -> String
  ) async throws -> QueryResult {
    let inner: String
    if isOnPostgreSQL {
      inner = queryOnServer(query(nameOnServer))
    } else {
      inner = "(" + query(metadata) + ")"
    }
    return try await readTrusted("SELECT \(columns) FROM \(inner) \(clauses)", looksAround: true)
  }

  /// The text of a change of the catalog's own tables, to be run with the lake's turn.
  func changeOfCatalog(_ statement: (_ table: (String) -> String) -> String) -> String {
    guard isOnPostgreSQL else { return statement(metadata) }
    let text = statement(nameOnServer)
    return "CALL postgres_execute(\(SQLLiteral.string(metadataDatabase)), \(SQLLiteral.string(text)))"
  }

  /// The schema of a PostgreSQL catalog; nil for other catalogs.
  var schemaOnServer: String? {
    guard case .postgresql(let catalog) = configuration.catalog else { return nil }
    return catalog.schema ?? "public"
  }

  private func nameOnServer(_ table: String) -> String {
    [schemaOnServer ?? "public", table].map(SQLIdentifier.quote).joined(separator: ".")
  }
}
