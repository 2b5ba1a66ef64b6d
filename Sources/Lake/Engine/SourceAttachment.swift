import DuckDB
import Foundation
import LakeSettings
import SQLText

// Databases that an engine reads from. They are attached before it is locked: nothing can be attached afterwards.
extension EngineStatements {
  /// The extension that reads a database; nil when DuckDB does itself.
  static func scanner(for database: SourceDatabase) -> String? {
    switch database.place {
    case .postgresql: "postgres_scanner"
    case .mysql: "mysql_scanner"
    case .sqlite: "sqlite_scanner"
    case .duckdb: nil
    }
  }

  /// Puts a server's credentials into the engine's secrets; nil for files.
  ///
  /// - Throws: ``LakeError`` when the password's source has none.
  static func secret(for database: SourceDatabase) throws -> String? {
    let server: DatabaseServer
    var fields: [String]
    switch database.place {
    case .postgresql(let place): (server, fields) = (place, ["TYPE postgres"])
    case .mysql(let place): (server, fields) = (place, ["TYPE mysql"])
    case .sqlite, .duckdb: return nil
    }
    fields.append("HOST \(SQLLiteral.string(server.host))")
    fields.append("DATABASE \(SQLLiteral.string(server.database))")
    if let port = server.port { fields.append("PORT \(port)") }
    if let user = server.user { fields.append("USER \(SQLLiteral.string(user))") }
    if let password = try server.password?.resolved() {
      fields.append("PASSWORD \(SQLLiteral.string(password))")
    }
    return secret(secretName(of: database), fields)
  }

  /// Attaches a database for reading only.
  static func attach(_ database: SourceDatabase) -> String {
    let target: String
    var options = ["READ_ONLY"]
    switch database.place {
    case .postgresql(let server), .mysql(let server):
      // A value is quoted as both client libraries read it.
      target = server.options.map { option in
        let value = option.value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return "\(option.name)='\(value)'"
      }.joined(separator: " ")
      if case .mysql = database.place {
        options.append("TYPE mysql")
      } else {
        options.append("TYPE postgres")
      }
      options.append("SECRET \(SQLIdentifier.quote(secretName(of: database)))")
    case .sqlite(let path):
      target = path
      options.append("TYPE sqlite")
    case .duckdb(let path):
      target = path
      options.append("TYPE duckdb")
    }
    return
      "ATTACH \(SQLLiteral.string(target)) AS \(SQLIdentifier.quote(database.name)) (\(options.joined(separator: ", ")))"
  }

  private static func secretName(of database: SourceDatabase) -> String { "tarn_source_" + database.name }
}

extension Engine {
  /// Attaches the databases that the settings name.
  ///
  /// - Throws: ``LakeError`` that names the database, never its password.
  static func attachSources(_ databases: [SourceDatabase], _ admin: Connection) async throws {
    for database in databases {
      if let path = database.file, !FileManager.default.fileExists(atPath: path) {
        throw LakeError(.notFound, "there is no file \(path)", hint: "Give the path of an existing database.")
      }
      do {
        if let secret = try EngineStatements.secret(for: database) { try await admin.command(secret) }
        try await admin.command(EngineStatements.attach(database))
        try await reach(database, admin)
      } catch let error as DuckDBError {
        throw LakeError(reading: database, error)
      }
    }
  }

  /// SQLite's and MySQL's scanners find out only when they are asked that there is no such database.
  private static func reach(_ database: SourceDatabase, _ admin: Connection) async throws {
    let count =
      "SELECT count(*) FROM duckdb_tables() WHERE database_name = \(SQLLiteral.string(database.name))"
    _ = try await admin.query(count, parameters: .none)
  }
}

extension SourceDatabase {
  /// The file, of databases that are one.
  fileprivate var file: String? {
    switch place {
    case .sqlite(let path), .duckdb(let path): path
    case .postgresql, .mysql: nil
    }
  }
}

extension LakeError {
  /// An error while a database was attached for reading. DuckDB's text may hold the connection's settings, and with them
  /// the password: only what the server or the file system said is told.
  init(reading database: SourceDatabase, _ error: DuckDBError) {
    let text = error.message
    let lowered = text.lowercased()
    if lowered.contains("not a database") || lowered.contains("not a valid duckdb") {
      self.init(
        .catalog, "\(database) is no \(database.kind) database",
        hint: "Give a database file, or say what it is: source: {duckdb: {path: …}}.")
    } else if lowered.contains("conflicting lock") || lowered.contains("could not set lock") {
      self.init(
        .busy, "\(database) is held by another program", hint: "Close the program that has it open.")
    } else {
      self.init(
        .catalog, "cannot read \(database): \(Self.serverReason(text))",
        hint: "See that the server runs, and that host, port, database, user and password are right.")
    }
  }

  /// `FATAL:  password authentication failed …` out of libpq's text, or what follows the last quoted settings.
  static func serverReason(_ text: String) -> String {
    // libpq asks back on a line of its own.
    let flat = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("\t") }.joined(separator: " ")
    for mark in ["FATAL: ", "failed: ", "ERROR: "] {
      if let found = flat.range(of: mark, options: .backwards) {
        return flat[found.upperBound...].trimmingCharacters(in: .whitespaces)
      }
    }
    if let found = flat.range(of: "\": ", options: .backwards) {
      return flat[found.upperBound...].trimmingCharacters(in: .whitespaces)
    }
    return flat.contains("password") ? "the connection failed" : flat
  }
}

extension SourceDatabase {
  /// `PostgreSQL`, `MySQL`, `SQLite` or `DuckDB`.
  fileprivate var kind: String {
    switch place {
    case .postgresql: "PostgreSQL"
    case .mysql: "MySQL"
    case .sqlite: "SQLite"
    case .duckdb: "DuckDB"
    }
  }
}

extension Lake {
  /// Keeps the lake's catalog for this process while `body` reads the lake beside others.
  package nonisolated func keeping<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws
    -> Result
  {
    try await gate.use { _ in try await body() }
  }
}
