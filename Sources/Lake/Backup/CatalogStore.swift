import DuckDB
import Foundation
import LakeSettings
import SQLText

/// A copy of a lake's catalog in a DuckDB file of its own: a backup, or a working copy that is checked.
///
/// The file has the tables that DuckLake itself makes in a DuckDB file, with the same types, so plain DuckDB reads it,
/// and with `ATTACH 'ducklake:FILE' (READ_ONLY)` as a lake. It is opened in an instance of its own, apart from the
/// engine, which may reach the lakes' places only.
struct CatalogStore: Sendable {
  /// Absolute path of the file.
  let path: String
  /// A connection whose current database is the file.
  let connection: Connection
  private let database: Database

  static let alias = "store"

  /// Makes a file with the empty tables of a catalog.
  ///
  /// - Parameter path: where nothing is yet; its folder exists.
  static func create(at path: String) async throws -> CatalogStore {
    let database = try await instance(temporaryFolder: (path as NSString).deletingLastPathComponent)
    let connection = try await database.connect()
    do {
      try await load(["ducklake"], connection)
      let folder = (path as NSString).deletingLastPathComponent
      let make =
        "ATTACH \(SQLLiteral.string("ducklake:" + path)) AS made (DATA_PATH \(SQLLiteral.string(folder)))"
      try await connection.command(make)
      try await connection.command("DETACH made")
      let store = try await use(path, connection, database, readOnly: false)
      for table in CatalogTables.fixed { try await connection.command("DELETE FROM \(table)") }
      return store
    } catch {
      await connection.close()
      await database.close()
      throw error
    }
  }

  /// Opens a copy that was made before.
  ///
  /// - Throws: ``LakeError`` when the file is no DuckDB database.
  static func open(_ path: String) async throws -> CatalogStore {
    let database = try await instance(temporaryFolder: NSTemporaryDirectory())
    let connection = try await database.connect()
    do { return try await use(path, connection, database, readOnly: true) } catch {
      await connection.close()
      await database.close()
      throw error
    }
  }

  /// Closes the file, with all of it on the disk.
  func close() async throws {
    try await connection.command("USE memory")
    try await connection.command("DETACH \(Self.alias)")
    await connection.close()
    await database.close()
  }

  /// The columns of a table of the copy.
  func columns(of table: String) async throws -> [CatalogColumn] {
    let sql = """
      SELECT column_name, data_type FROM duckdb_columns()
      WHERE database_name = '\(Self.alias)' AND table_name = \(SQLLiteral.string(table)) ORDER BY column_index
      """
    return try await connection.query(sql).rows.map {
      CatalogColumn(name: $0[0].text ?? "", type: $0[1].text ?? "")
    }
  }

  /// The names of all tables, sorted.
  func tables() async throws -> [String] {
    let sql = "SELECT table_name FROM duckdb_tables() WHERE database_name = '\(Self.alias)' ORDER BY 1"
    return try await connection.query(sql).rows.compactMap { $0[0].text }
  }

  /// Count and checksum of a table's rows, whatever their order. The checksum is worked out from the rows as text, so
  /// that anyone can repeat it: `bit_xor(md5_number(row::VARCHAR))`.
  func sum(of table: String) async throws -> TableSum {
    try await TableSum.of(SQLIdentifier.quote(table), on: connection)
  }

  private static func use(
    _ path: String, _ connection: Connection, _ database: Database, readOnly: Bool
  ) async throws -> CatalogStore {
    let mode = readOnly ? " (READ_ONLY)" : ""
    try await connection.command("ATTACH \(SQLLiteral.string(path)) AS \(alias)\(mode)")
    try await connection.command("USE \(alias)")
    return CatalogStore(path: path, connection: connection, database: database)
  }

  /// A small instance: catalogs are read and written in pieces.
  static func instance(temporaryFolder: String) async throws -> Database {
    let library = try ExtensionLibrary.beside()
    return try await Database.open(
      .memory,
      configuration: [
        "allow_unsigned_extensions": String(library.isVerified), "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false", "memory_limit": "1GB", "threads": "2",
        "temp_directory": temporaryFolder + "/tarn-store-\(getpid())-\(UInt32.random(in: 0 ... .max))",
      ])
  }

  static func load(_ extensions: [String], _ connection: Connection) async throws {
    let library = try ExtensionLibrary.beside()
    for name in extensions { try await connection.command("LOAD \(SQLLiteral.string(library.path(name)))") }
  }
}

/// How many rows a table has, and a checksum of them.
struct TableSum: Sendable, Hashable {
  let rows: Int64
  let checksum: String

  /// - Parameter source: what stands behind FROM.
  static func of(_ source: String, on connection: Connection) async throws -> TableSum {
    let sql = """
      SELECT count(*), coalesce(bit_xor(md5_number(rows::VARCHAR)), 0)::VARCHAR FROM (FROM \(source)) rows
      """
    let row = try await connection.query(sql)[0]
    return TableSum(rows: row[0].integer ?? 0, checksum: row[1].text ?? "")
  }
}
