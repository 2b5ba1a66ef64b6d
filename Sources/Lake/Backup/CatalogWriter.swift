import DuckDB
import Foundation
import LakeSettings
import SQLText

/// Makes a catalog in an empty place and fills it from a copy.
struct CatalogWriter: Sendable {
  let lake: LakeConfiguration
  private let database: Database
  private let connection: Connection

  /// Lets DuckLake make an empty catalog.
  static func create(_ lake: LakeConfiguration) async throws -> CatalogWriter {
    let database = try await CatalogStore.instance(temporaryFolder: NSTemporaryDirectory())
    let connection = try await database.connect()
    do {
      try await CatalogStore.load(EngineStatements.extensions(for: lake), connection)
      for statement in try EngineStatements.secrets(for: lake) { try await connection.command(statement) }
      try await connection.command(EngineStatements.attach(lake, creates: true))
      // The catalog is written as text where it has fewer types; times are in UTC then.
      try await connection.command("SET TimeZone = 'UTC'")
      return CatalogWriter(lake: lake, database: database, connection: connection)
    } catch {
      await connection.close()
      await database.close()
      throw error
    }
  }

  func close() async {
    try? await connection.command("DETACH \(SQLIdentifier.quote(lake.name.catalogAlias))")
    await connection.close()
    await database.close()
  }

  /// Fills the catalog with everything in a backup, in one transaction, and compares it with the manifest.
  func fill(from store: CatalogStore, _ manifest: BackupManifest) async throws {
    let schemas = try await TableSchemas(store)
    // The backup is open in another instance, for reading, and may be in this one, too.
    let attach = "ATTACH \(SQLLiteral.string(store.path)) AS backup (READ_ONLY)"
    try await connection.command(attach)
    try await connection.command("BEGIN TRANSACTION")
    for table in manifest.tables {
      let columns = try await store.columns(of: table.name)
      let stored: [CatalogColumn]
      if CatalogTables.fixed.contains(table.name) {
        try await connection.command("DELETE FROM \(name(table.name))")
        stored = try await storedColumns(of: table.name)
      } else {
        stored = try await make(table.name, columns, schemas)
      }
      let types = Dictionary(stored.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
      let values = columns.map { $0.writing(as: types[$0.name] ?? $0.type) }.joined(separator: ", ")
      let names = columns.map { SQLIdentifier.quote($0.name) }.joined(separator: ", ")
      let fill = """
        INSERT INTO \(name(table.name)) (\(names)) SELECT \(values) FROM backup.\(SQLIdentifier.quote(table.name))
        """
      try await connection.command(fill)
    }
    try await connection.command("COMMIT")
    try await verify(store, manifest)
    try await nameDataPath()
    try await connection.command("DETACH backup")
  }

  /// - Throws: ``LakeError`` when a table does not hold what the backup has.
  private func verify(_ store: CatalogStore, _ manifest: BackupManifest) async throws {
    for table in manifest.tables {
      let columns = try await store.columns(of: table.name)
      let stored = Dictionary(
        try await storedColumns(of: table.name).map { ($0.name, $0.type) },
        uniquingKeysWith: { first, _ in first })
      let list = columns.map { column in
        "\(column.reading(storedAs: stored[column.name] ?? column.type)) AS \(SQLIdentifier.quote(column.name))"
      }
      let source = "(SELECT \(list.joined(separator: ", ")) FROM \(name(table.name)))"
      let sum = try await TableSum.of(source, on: connection)
      guard sum.rows == table.rows, sum.checksum == table.checksum else {
        throw LakeError(
          .catalog, "\(table.name) did not arrive whole: \(sum.rows) of \(table.rows) rows, or other values",
          hint: "Nothing was changed. Keep the backup, and report this.")
      }
    }
  }

  /// The catalog says where its files are, for other programs.
  private func nameDataPath() async throws {
    let path = SQLLiteral.string(lake.storage.dataPath)
    let update =
      "UPDATE \(name("ducklake_metadata")) SET value = \(path) WHERE key = 'data_path' AND scope IS NULL"
    try await connection.command(update)
  }

  /// Makes a table that not every catalog has.
  private func make(
    _ table: String, _ columns: [CatalogColumn], _ schemas: TableSchemas
  ) async throws -> [CatalogColumn] {
    var stored = columns
    var definition: String?
    switch CatalogTables.kind(of: table) {
    case .inlinedRows(let id, let version):
      let known = schemas.columns(of: id, version: version)
      stored = columns.map {
        let type = InlinedColumns.stored(known[$0.name] ?? $0.type, in: lake.catalog)
        return CatalogColumn(name: $0.name, type: type)
      }
    case .own: definition = OwnTable.known.first { $0.name == table }?.columns
    case .inlinedDeletes, nil: break
    }
    let list = stored.map { "\(SQLIdentifier.quote($0.name)) \($0.type)" }.joined(separator: ", ")
    try await connection.command("CREATE TABLE \(name(table)) (\(definition ?? list))")
    return try await storedColumns(of: table)
  }

  private func storedColumns(of table: String) async throws -> [CatalogColumn] {
    try await connection.ask("DESCRIBE \(name(table))").rows.map {
      CatalogColumn(name: $0[0].text ?? "", type: $0[1].text ?? "")
    }
  }

  private var metadata: String { "__ducklake_metadata_" + lake.name.catalogAlias }

  private func name(_ table: String) -> String {
    var names = [metadata, table]
    if case .postgresql(let catalog) = lake.catalog { names.insert(catalog.schema ?? "public", at: 1) }
    return names.map(SQLIdentifier.quote).joined(separator: ".")
  }

  // MARK: PostgreSQL

  /// Runs statements on the server, as one transaction.
  func onServer(_ statements: [String]) async throws {
    let calls = statements.map {
      "CALL postgres_execute(\(SQLLiteral.string(metadata)), \(SQLLiteral.string($0)))"
    }
    do {
      try await connection.command("BEGIN TRANSACTION")
      for call in calls { try await connection.command(call) }
      try await connection.command("COMMIT")
    } catch {
      try? await connection.command("ROLLBACK")
      throw error
    }
  }

  /// The catalog's tables in a schema of the server: DuckLake's and Tarn's, not those of others.
  func serverTables(_ schema: String) async throws -> [String] {
    let list = """
      SELECT tablename::text FROM pg_tables WHERE schemaname = \(SQLLiteral.string(schema))
      AND (tablename LIKE 'ducklake\\_%' OR tablename LIKE 'tarn\\_%') ORDER BY 1
      """
    let query = "FROM postgres_query(\(SQLLiteral.string(metadata)), \(SQLLiteral.string(list)))"
    return try await connection.ask(query).rows.compactMap { $0[0].text }
  }
}
