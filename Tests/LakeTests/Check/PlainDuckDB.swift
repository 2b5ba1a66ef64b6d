import DuckDB
import LakeSettings
import SQLText
import TestKit

@testable import Lake

/// DuckDB with its own extensions and nothing of Tarn's, on a lake that no engine has open.
enum PlainDuckDB {
  /// Runs `body` with the lake attached as `l`.
  static func with<Result: Sendable>(
    _ lake: LakeConfiguration, _ body: (Connection) async throws -> Result
  ) async throws -> Result {
    let library = try ExtensionLibrary.beside()
    let database = try await Database.open(.memory, configuration: ["allow_unsigned_extensions": "true"])
    let connection = try await database.connect()
    for name in ["ducklake", "sqlite_scanner", "postgres_scanner", "httpfs"] {
      try await connection.command("LOAD \(SQLLiteral.string(library.path(name)))")
    }
    for secret in try EngineStatements.secrets(for: lake) { try await connection.command(secret) }
    let target =
      switch lake.catalog {
      case .sqlite(let path): "ducklake:sqlite:" + path
      case .duckdb(let path): "ducklake:" + path
      case .postgresql: "ducklake:postgres:"
      }
    var options = "DATA_PATH \(SQLLiteral.string(lake.storage.dataPath))"
    if case .postgresql(let catalog) = lake.catalog {
      options +=
        ", META_SECRET 'tarn_catalog_main', METADATA_SCHEMA \(SQLLiteral.string(catalog.schema ?? "public"))"
    }
    try await connection.command("ATTACH \(SQLLiteral.string(target)) AS l (\(options))")
    do {
      let result = try await body(connection)
      await connection.close()
      await database.close()
      return result
    } catch {
      await connection.close()
      await database.close()
      throw error
    }
  }
}
