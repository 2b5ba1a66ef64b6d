import DuckDB
import Foundation
import LakeSettings
import SQLText

// How a branch's catalog comes to be: filled aside, then there at once and whole.
extension Lake {
  /// Makes a branch's catalog, or replaces it by one that starts from another snapshot. The branch must not be open.
  ///
  /// - Parameters:
  ///   - branch: the branch.
  ///   - base: the snapshot that it starts from.
  ///   - created: as ``register(_:base:place:author:)`` gave it.
  func makeCatalog(of branch: LakeConfiguration, base: Int64, created: Int64) async throws {
    switch branch.catalog {
    case .sqlite, .duckdb: try await makeCatalogFile(of: branch, base: base, created: created)
    case .postgresql(let catalog):
      try await makeCatalogSchema(catalog.schema ?? "", of: branch, base: base, created: created)
    }
  }

  /// Whether a branch can be opened.
  func hasCatalog(_ branch: LakeConfiguration) async throws -> Bool {
    switch branch.catalog {
    case .sqlite(let path), .duckdb(let path): return FileManager.default.fileExists(atPath: path)
    case .postgresql(let catalog):
      let schema = SQLLiteral.string(catalog.schema ?? "")
      let text = "FROM \(queryOnServer("SELECT 1 AS one FROM pg_namespace WHERE nspname = \(schema)"))"
      return try await readTrusted(text, looksAround: true).rowCount > 0
    }
  }

  /// A table of the catalog, as the catalog's own database names it.
  func catalogTable(_ name: String) -> String {
    guard case .postgresql(let catalog) = configuration.catalog else { return metadata(name) }
    return SQLIdentifier.quote(catalog.schema ?? "public") + "." + SQLIdentifier.quote(name)
  }

  /// Runs statements in the catalog's database, as one transaction with the lake's turn.
  func runInCatalog(_ statements: [String]) async throws {
    try await runTrusted(
      isOnPostgreSQL
        ? statements.map {
          "CALL postgres_execute(\(SQLLiteral.string(metadataDatabase)), \(SQLLiteral.string($0)))"
        }.joined(separator: "; ") : statements.joined(separator: "; "))
  }

  // MARK: Files

  private func makeCatalogFile(of branch: LakeConfiguration, base: Int64, created: Int64) async throws {
    guard let path = branch.catalog.filePath else { return }
    var unfinished = branch
    let aside = path + ".new"
    if case .sqlite = branch.catalog {
      unfinished.catalog = .sqlite(path: aside)
    } else {
      unfinished.catalog = .duckdb(path: aside)
    }
    try CatalogFiles.remove(aside)
    let connection = try await engine.connect()
    do {
      try await connection.command(EngineStatements.attach(unfinished, creates: true))
      try await gate.use { [self] _ in
        try await fill(unfinished, connection, base: base, created: created)
      }
      try await connection.command("DETACH \(SQLIdentifier.quote(branch.name.catalogAlias))")
      await engine.health.close(connection)
    } catch {
      _ = try? await connection.command("ROLLBACK")
      _ = try? await connection.command("DETACH \(SQLIdentifier.quote(branch.name.catalogAlias))")
      await engine.health.close(connection)
      try? CatalogFiles.remove(aside)
      if let error = error as? DuckDBError { throw engine.translate(error) }
      throw error
    }
    BranchProgress.reached(.filled)
    try CatalogFiles.publish(aside, as: path)
    BranchProgress.reached(.published)
  }

  private func fill(
    _ unfinished: LakeConfiguration, _ connection: Connection, base: Int64, created: Int64
  ) async throws {
    let sourceDatabase = SQLIdentifier.quote(metadataDatabase)
    let targetDatabase = SQLIdentifier.quote("__ducklake_metadata_" + unfinished.name.catalogAlias)
    let copy = BranchCopy(
      base: base, dataPath: configuration.storage.dataPath, branchDataPath: unfinished.storage.dataPath,
      created: created, source: { sourceDatabase + "." + SQLIdentifier.quote($0) },
      target: { targetDatabase + "." + SQLIdentifier.quote($0) }, fitsByName: true)
    let inlined = try await inlinedTables { try await connection.query($0) }
    try await connection.command("BEGIN TRANSACTION")
    guard try await connection.query(copy.mixedFiles(in: copy.source)).rowCount == 0 else {
      throw mixed(base)
    }
    for statement in copy.statements(inlined: inlined, lake: name) { try await connection.command(statement) }
    BranchProgress.reached(.filling)
    try await connection.command("COMMIT")
  }

  private static let mixedSign = "tarn: mixed files"

  private func mixed(_ base: Int64) -> LakeError {
    LakeError(
      .notFound, "lake '\(name)' has merged or flushed files of snapshot \(base) with later ones since",
      hint: "Branch from a later snapshot, such as the newest.")
  }

  /// The catalog's tables of rows that have no file yet, and of such rows' deletions.
  ///
  /// - Parameter query: runs a query of the caller's connection.
  func inlinedTables(_ query: (String) async throws -> QueryResult) async throws -> [String] {
    switch configuration.catalog {
    case .postgresql(let catalog):
      let asked = """
        SELECT table_name::text FROM information_schema.tables
        WHERE table_schema = \(SQLLiteral.string(catalog.schema ?? "public"))
          AND table_name LIKE 'ducklake_inlined_%'
        """
      return Self.inlinedNames(try await query("FROM \(queryOnServer(asked))"))
    case .sqlite:
      let asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'ducklake_inlined_%'"
      let text = "FROM sqlite_query(\(SQLLiteral.string(metadataDatabase)), \(SQLLiteral.string(asked)))"
      return Self.inlinedNames(try await query(text))
    case .duckdb:
      let listed = "SELECT table_name FROM \(metadata("ducklake_inlined_data_tables"))"
      var names = Self.inlinedNames(try await query(listed))
      // DuckDB lists no tables of a hidden database, so one can only be asked for.
      let withFiles = "SELECT DISTINCT table_id FROM \(metadata("ducklake_data_file"))"
      for row in try await query(withFiles).rows {
        let name = "ducklake_inlined_delete_\(row[0].integer ?? 0)"
        do {
          _ = try await query("FROM \(metadata(name)) LIMIT 0")
          names.append(name)
        } catch let error as DuckDBError where error.kind == .catalog {
        } catch let error as LakeError where error.message.contains("does not exist") {}
      }
      return names
    }
  }

  /// Rows of a catalog table that this engine may not know yet, to stand behind FROM. The text is run by the catalog's own
  /// database.
  func catalogRows(_ table: String, _ columns: String, _ condition: String) -> String {
    let text = "SELECT \(columns) FROM \(catalogTable(table)) WHERE \(condition)"
    return isOnPostgreSQL ? queryOnServer(text) : "(\(text))"
  }

  private static func inlinedNames(_ result: QueryResult) -> [String] {
    result.rows.compactMap { $0[0].text }.filter { $0 != "ducklake_inlined_data_tables" }.sorted()
  }

  // MARK: PostgreSQL

  private func makeCatalogSchema(
    _ schema: String, of branch: LakeConfiguration, base: Int64, created: Int64
  ) async throws {
    guard case .postgresql(let catalog) = configuration.catalog else { return }
    let own = catalog.schema ?? "public"
    let inlined = try await inlinedTables { try await readTrusted($0, looksAround: true) }
    let copy = BranchCopy(
      base: base, dataPath: configuration.storage.dataPath, branchDataPath: branch.storage.dataPath,
      created: created, source: { SQLIdentifier.quote(own) + "." + SQLIdentifier.quote($0) },
      target: { SQLIdentifier.quote(schema) + "." + SQLIdentifier.quote($0) }, fitsByName: false)
    let place = SQLIdentifier.quote(schema)
    var statements = [
      // Whoever commits now is done before the copy begins, or commits after it.
      "LOCK TABLE \(copy.source("ducklake_snapshot")) IN SHARE MODE",
      // On one line: of an error's text the first line is kept.
      "DO $tarn$ BEGIN IF EXISTS (\(copy.mixedFiles(in: copy.source))) THEN RAISE EXCEPTION '\(Self.mixedSign)'; END IF; END $tarn$",
      "DROP SCHEMA IF EXISTS \(place) CASCADE", "CREATE SCHEMA \(place)",
    ]
    statements += BranchCopy.fixedTables.map {
      "CREATE TABLE \(copy.target($0)) (LIKE \(copy.source($0)) INCLUDING ALL)"
    }
    do {
      try await runInCatalog(statements + copy.statements(inlined: inlined, lake: name))
      BranchProgress.reached(.published)
    } catch let error
      as LakeError where error.message.contains("ERROR:  " + Self.mixedSign)
    { throw mixed(base) }
  }
}

/// A catalog's file and what its database keeps beside it.
enum CatalogFiles {
  /// Removes a catalog that nobody has open. The owner's lock file stays: another process may hold it.
  ///
  /// - Throws: ``LakeError`` with code `storage`.
  static func remove(_ path: String) throws(LakeError) {
    for file in [path] + besides(path) where unlink(file) != 0 && errno != ENOENT {
      throw LakeError(.storage, "cannot remove \(file): \(String(cString: strerror(errno)))")
    }
    sync(folderOf: path)
  }

  /// Puts a finished catalog in its place, instead of what may be there, at once and for good.
  static func publish(_ finished: String, as path: String) throws(LakeError) {
    for file in besides(finished) where FileManager.default.fileExists(atPath: file) {
      throw LakeError(.catalog, "\(finished) was not closed: there is \(file)")
    }
    // What belonged to the old file is not taken for the new one's.
    for file in besides(path) { unlink(file) }
    guard rename(finished, path) == 0 else {
      throw LakeError(.storage, "cannot make \(path): \(String(cString: strerror(errno)))")
    }
    sync(folderOf: path)
  }

  private static func besides(_ path: String) -> [String] {
    ["-wal", "-shm", "-journal", ".wal"].map { path + $0 }
  }

  private static func sync(folderOf path: String) {
    let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}
