import DuckDB
import Foundation
public import LakeSettings
import SQLText

/// Looks at a catalog that something else made, without changing it.
public enum LakeAdoption {
  /// What a foreign catalog says of itself.
  public struct Findings: Sendable, Hashable {
    /// Where its files are, as the catalog names it.
    public let dataPath: String
  }

  /// Opens a catalog read-only and reads where its files are.
  ///
  /// - Throws: ``LakeError`` when there is no lake, or one of another format version.
  public static func inspect(catalog: Catalog, extensions: ExtensionLibrary? = nil) async throws -> Findings {
    let probe = LakeConfiguration(
      name: .main, catalog: catalog, storage: .folder("/"), createIfMissing: false)
    if let path = catalog.filePath, !FileManager.default.fileExists(atPath: path) {
      throw LakeError(.notFound, "there is no catalog at \(path)")
    }
    let library = try extensions ?? ExtensionLibrary.beside()
    do {
      let database = try await Database.open(
        .memory, configuration: ["allow_unsigned_extensions": String(library.isVerified)])
      let connection = try await database.connect()
      for name in EngineStatements.extensions(for: probe) {
        try await connection.command("LOAD \(SQLLiteral.string(library.path(name)))")
      }
      for statement in try EngineStatements.secrets(for: probe) { try await connection.command(statement) }
      do {
        try await connection.command(EngineStatements.inspect(probe))
      } catch let error as DuckDBError {
        throw LakeError(attaching: probe, error)
      }
      let result = try await connection.query("SELECT data_path FROM ducklake_settings('dl')")
      await connection.close()
      guard let path = result.rows.first(where: { _ in true })?[0].text else {
        throw LakeError(.catalog, "the catalog names no place for its files", hint: "Give --storage.")
      }
      return Findings(dataPath: path)
    } catch let error as DuckDBError { throw LakeError(engine: error) }
  }
}

/// Tells the kinds of catalog files apart.
public enum CatalogFile {
  /// What is known of a catalog before it is opened.
  enum State: Sendable {
    /// Nothing is there, or nobody can tell: a catalog may be made.
    case missing
    case there
    /// A SQLite file that is not in WAL mode.
    case unknownJournal
  }

  /// Looks at the file's first bytes.
  static func state(of catalog: Catalog) -> State {
    guard let path = catalog.filePath, let handle = FileHandle(forReadingAtPath: path) else {
      return .missing
    }
    defer { try? handle.close() }
    guard let head = try? handle.read(upToCount: 20), !head.isEmpty else { return .missing }
    guard case .sqlite = catalog else { return .there }
    // Bytes 18 and 19 of a SQLite file say how it is written and read: 2 for WAL.
    return head.count == 20 && head[18] == 2 && head[19] == 2 ? .there : .unknownJournal
  }

  /// `sqlite` or `duckdb`, by the file's first bytes.
  ///
  /// - Throws: ``LakeError`` when the file is neither, or cannot be read.
  public static func kind(of path: String) throws -> String {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw LakeError(.notFound, "cannot read \(path)", hint: "Give the path of a SQLite or DuckDB catalog.")
    }
    defer { try? handle.close() }
    let head = (try? handle.read(upToCount: 16)) ?? Data()
    if head.starts(with: Data("SQLite format 3".utf8)) { return "sqlite" }
    if head.count >= 12, head[8..<12] == Data("DUCK".utf8) { return "duckdb" }
    throw LakeError(.catalog, "\(path) is neither a SQLite nor a DuckDB file")
  }
}
