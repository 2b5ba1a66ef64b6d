import Foundation
import LakeSettings
import Loader
import SQLText

/// Addresses of databases and lakes, as people type them.
enum SourceAddress {
  private static let servers = [
    "postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql",
  ]

  /// Whether a text is no file, pattern or folder.
  static func isSpecial(_ text: String) -> Bool {
    if text == "-" || DeclaredScript.isScript(text) { return true }
    guard let mark = text.firstRange(of: "://") else {
      return text.hasPrefix("sqlite:") || text.hasPrefix("duckdb:") || databaseKind(of: text) != nil
    }
    let scheme = text[..<mark.lowerBound].lowercased()
    return servers[scheme] != nil || ["sqlite", "duckdb", "ducklake"].contains(scheme)
  }

  /// The address without what may be a password.
  static func shown(_ text: String) -> String {
    guard let mark = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"),
      let colon = text[mark.upperBound..<at].firstIndex(of: ":")
    else { return text }
    return text[..<colon] + ":…" + text[at...]
  }

  /// - Throws: `LoadError` with code `declaration`.
  static func source(_ text: String) throws(LoadError) -> DeclaredSource {
    if text == "-" { return .standardInput }
    if DeclaredScript.isScript(text) { return .script(DeclaredScript(text)) }
    if let kind = databaseKind(of: text) { return file(kind, text, schema: nil) }
    let scheme = text.prefix { $0 != ":" }.lowercased()
    if let kind = servers[scheme] { return try server(kind, text) }
    var rest = String(text.dropFirst(scheme.count + 1))
    if rest.hasPrefix("//") { rest.removeFirst(2) }
    guard scheme == "ducklake" else {
      // As SQLAlchemy writes them: three slashes before a relative path, four before an absolute one.
      if rest.hasPrefix("/"), text.contains(":///") { rest.removeFirst() }
      return file(scheme, rest, schema: nil)
    }
    let parts = rest.split(separator: "/").map(String.init)
    guard (1...2).contains(parts.count) else {
      throw LoadError(
        .declaration, "'\(text)' names no lake", hint: "Write ducklake://LAKE/SCHEMA.", key: "source")
    }
    return .lake(parts[0], schema: parts.count == 2 ? parts[1] : "main")
  }

  private static func file(_ kind: String, _ path: String, schema: String?) -> DeclaredSource {
    .database(
      SourceDatabase(
        name: DeclaredSource.databaseName,
        place: kind == "sqlite" ? .sqlite(path: path) : .duckdb(path: path)),
      schema: schema)
  }

  private static func server(_ kind: String, _ text: String) throws(LoadError) -> DeclaredSource {
    guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty else {
      throw wrong(
        "'\(shown(text))' is no address of a database", "Write \(kind)://USER@HOST:PORT/DATABASE.")
    }
    guard parts.password == nil else {
      throw wrong(
        "a password may not stand in an address: others see it in the list of processes",
        "Put it into an environment variable and name that: --password-env NAME, or password_env in a file.")
    }
    let path = parts.path.split(separator: "/").map(String.init)
    guard path.count == 1 else {
      throw wrong("'\(shown(text))' names no database", "Write \(kind)://USER@HOST:PORT/DATABASE.")
    }
    var server = DatabaseServer(host: host, port: parts.port, database: path[0], user: parts.user)
    var schema: String?
    for item in parts.queryItems ?? [] {
      if item.name == "schema" {
        schema = item.value
      } else {
        try add(item.name, item.value ?? "", to: &server, kind: kind)
      }
    }
    let place: SourceDatabase.Place = kind == "mysql" ? .mysql(server) : .postgresql(server)
    return .database(SourceDatabase(name: DeclaredSource.databaseName, place: place), schema: schema)
  }

  private static let options = [
    "postgresql": [
      "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name",
      "target_session_attrs",
    ],
    "mysql": ["ssl_mode", "ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_cipher", "compression"],
  ]

  /// Adds a setting of the connection.
  ///
  /// - Throws: `LoadError` when there is none of this name.
  static func add(_ name: String, _ value: String, to server: inout DatabaseServer, kind: String)
    throws(LoadError)
  {
    let known = options[kind] ?? []
    guard known.contains(name) else {
      let near = NearestName.suggestion(for: name, among: known)
      throw LoadError(
        .declaration, "\(kind) has no option '\(name)' here",
        hint: near.map { "Did you mean '\($0)'?" } ?? "There are: \(known.joined(separator: ", ")).",
        key: "source.\(kind).options.\(name)")
    }
    server.options.append(.init(name: name, value: value))
  }

  /// `sqlite` or `duckdb` for a file that is named like a database and is one, or is not there.
  private static func databaseKind(of path: String) -> String? {
    let ending = path.split(separator: ".").last?.lowercased() ?? ""
    guard ["sqlite", "sqlite3", "db", "db3", "duckdb", "ddb"].contains(ending), !path.contains("://") else {
      return nil
    }
    let head =
      FileHandle(forReadingAtPath: path).flatMap { handle in
        defer { try? handle.close() }
        return try? handle.read(upToCount: 16)
      } ?? Data()
    if head.starts(with: Data("SQLite format 3".utf8)) { return "sqlite" }
    if head.count >= 12, head[8..<12] == Data("DUCK".utf8) { return "duckdb" }
    return ending.hasPrefix("d") && ending != "db" && ending != "db3" ? "duckdb" : "sqlite"
  }

  private static func wrong(_ message: String, _ hint: String) -> LoadError {
    LoadError(.declaration, message, hint: hint, key: "source")
  }
}
