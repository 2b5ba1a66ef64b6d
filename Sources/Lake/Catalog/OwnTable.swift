import DuckDB
import LakeSettings
import SQLText

/// A table of Tarn's own, which lies beside DuckLake's tables in a lake's catalog.
///
/// DuckLake leaves tables that it does not know alone, so what has to live and be backed up with the catalog is kept
/// there: idempotency keys, tags, the history of maintenance. Types are kept to `VARCHAR` and `BIGINT`, which all three
/// catalogs store alike; moments are microseconds since 1970.
struct OwnTable: Sendable {
  let name: String
  /// The columns' definitions, as in CREATE TABLE.
  let columns: String
}

extension Lake {
  /// Rows of a table of ours; nil where it was never made.
  ///
  /// - Parameter query: makes the query, given what stands behind its FROM.
  func readOwn(_ table: OwnTable, _ query: (_ source: String) -> String) async throws -> QueryResult? {
    guard try await has(table) else { return nil }
    return try await readTrusted(query(source(of: table)), looksAround: true)
  }

  /// Changes a table of ours in one transaction, with the lake's turn; makes it where it is missing.
  ///
  /// - Parameter statements: makes INSERT, UPDATE and DELETE statements, given the table's name. They are run by the
  ///   catalog's own database: plain SQL with literals only.
  func changeOwn(_ table: OwnTable, _ statements: (_ name: String) -> [String]) async throws {
    try await runTrusted(changesOfOwn(table, statements))
  }

  /// The text that ``changeOwn(_:_:)`` runs, to be run together with other changes.
  func changesOfOwn(_ table: OwnTable, _ statements: (_ name: String) -> [String]) -> String {
    let name = nameOfOwn(table)
    let all = ["CREATE TABLE IF NOT EXISTS \(name) (\(table.columns))"] + statements(name)
    guard isOnPostgreSQL else { return all.joined(separator: "; ") }
    return all.map {
      "CALL postgres_execute(\(SQLLiteral.string(metadataDatabase)), \(SQLLiteral.string($0)))"
    }
    .joined(separator: "; ")
  }

  /// What stands behind FROM to read a table of ours that exists.
  func source(of table: OwnTable) -> String {
    // DuckDB remembers which tables a PostgreSQL database has, and does not see those that others made since.
    guard isOnPostgreSQL else { return nameOfOwn(table) }
    return queryOnServer("SELECT * FROM \(nameOfOwn(table))")
  }

  /// Whether the table has been made in this lake.
  func has(_ table: OwnTable) async throws -> Bool {
    guard isOnPostgreSQL else {
      // DuckDB lists no tables of a hidden database, so one can only be asked for.
      do {
        return try await readTrusted("FROM \(nameOfOwn(table)) LIMIT 0", looksAround: true).rowCount == 0
      } catch let error as LakeError where error.message.contains("does not exist") { return false }
    }
    let name = SQLLiteral.string(nameOfOwn(table))
    let found = try await readTrusted(
      "FROM \(queryOnServer("SELECT to_regclass(\(name))::text"))", looksAround: true)
    return found.scalar().map { $0 != .null } ?? false
  }

  /// A table function that runs a query on the PostgreSQL server of the catalog.
  func queryOnServer(_ sql: String) -> String {
    "postgres_query(\(SQLLiteral.string(metadataDatabase)), \(SQLLiteral.string(sql)))"
  }

  var isOnPostgreSQL: Bool {
    if case .postgresql = configuration.catalog { true } else { false }
  }

  private func nameOfOwn(_ table: OwnTable) -> String {
    guard case .postgresql(let catalog) = configuration.catalog else { return metadata(table.name) }
    return SQLIdentifier.quote(catalog.schema ?? "public") + "." + SQLIdentifier.quote(table.name)
  }
}

extension OwnTable {
  /// Names of snapshots, and (where the name is NULL) snapshots that are only to be kept. None of them is ever expired.
  static let tags = OwnTable(
    name: "tarn_tags",
    columns: """
      name VARCHAR, snapshot_id BIGINT NOT NULL, author VARCHAR, note VARCHAR, created_us BIGINT NOT NULL
      """)

  /// Branches that share this lake's files. The snapshot that a branch started from is never expired.
  static let branches = OwnTable(
    name: "tarn_branches",
    columns: """
      name VARCHAR NOT NULL, base_snapshot BIGINT NOT NULL, place VARCHAR NOT NULL, author VARCHAR,
      created_us BIGINT NOT NULL
      """)
}
