public import LakeSettings
public import Loader
import SQLText

/// Where a declared load takes its rows from.
public enum DeclaredSource: Sendable, Hashable {
  /// Files, patterns and folders.
  case files([String])
  /// What the command is fed.
  case standardInput
  /// Tables of a database.
  ///
  /// - Parameter schema: nil for the usual one of that kind of database.
  case database(SourceDatabase, schema: String?)
  /// Tables of another lake of the workspace.
  case lake(String, schema: String)
  /// Resources of a REST API.
  case api(DeclaredAPI)
  /// What a Python script yields.
  case script(DeclaredScript)

  /// What SQL calls a database that rows are taken from.
  static let databaseName = "source"

  /// Reads what stands at `source` in a declared load: a text, a list of texts, or an object with one kind.
  ///
  /// - Throws: `LoadError` with code `declaration`, or ``LoadFileError``.
  init(_ value: JSONValue, in document: LoadDocument, _ references: LoadReferences? = nil) throws {
    if let object = value.object {
      if object.keys == ["python"], let script = object["python"] {
        self = .script(try DeclaredScript(script, references))
        return
      }
      if object.keys == ["rest_api"], let declaration = object["rest_api"] {
        self = .api(try DeclaredAPI(declaration, in: document, references))
        return
      }
      self = try SourceReader(object, references).source()
      return
    }
    let texts = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
    guard !texts.isEmpty, texts.count == value.array?.count ?? 1 else {
      throw LoadError(
        .declaration, "a load needs a source", hint: "Write source: data/orders/*.jsonl", key: "source")
    }
    self = try DeclaredSource(texts: texts)
    if references != nil { try refuseAddresses() }
  }

  /// An address has no place for the name of a secret, and the machine's own passwords are none of a server's loads' business.
  private func refuseAddresses() throws(LoadError) {
    switch self {
    case .database(let database, _):
      guard database.server != nil else { return }
      throw LoadError(
        .declaration, "a server's load names its database by a resource",
        hint: "Write source: {postgresql: $res:PATH}, or mysql.", key: "source")
    case .script:
      throw LoadError(
        .declaration, "a server's load names a script of the workspace",
        hint: "Write source: {python: f/folder/name}.",
        key: "source")
    case .files, .standardInput, .lake, .api: return
    }
  }

  /// Reads paths and addresses as people type them.
  ///
  /// - Throws: `LoadError` with code `declaration`.
  public init(texts: [String]) throws(LoadError) {
    guard let special = texts.first(where: SourceAddress.isSpecial) else {
      self = .files(texts)
      return
    }
    guard texts.count == 1 else {
      throw LoadError(
        .declaration, "'\(SourceAddress.shown(special))' must be the only source",
        hint: "Load one database, API or script at a time.", key: "source")
    }
    self = try SourceAddress.source(special)
  }
}

/// Reads a source that is an object: `{postgresql: {host: …}}`.
private struct SourceReader {
  let kind: String
  let settings: JSONObject
  /// Nil for a load that a person runs on a machine.
  let references: LoadReferences?

  private static let kinds = [
    "files", "postgresql", "mysql", "sqlite", "duckdb", "lake", "rest_api", "python",
  ]

  init(_ object: JSONObject, _ references: LoadReferences?) throws(LoadError) {
    self.references = references
    for key in object.keys where !Self.kinds.contains(key) {
      let near = NearestName.suggestion(for: key, among: Self.kinds)
      throw LoadError(
        .declaration, "there is no source '\(key)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "There are: \(Self.kinds.joined(separator: ", ")).",
        key: "source.\(key)")
    }
    guard let member = object.members.first, object.members.count == 1 else {
      throw LoadError(
        .declaration, "source must name one kind: \(Self.kinds.joined(separator: ", "))", key: "source")
    }
    kind = member.key
    switch member.value {
    case .object(let object): settings = object
    case .string, .array:
      let isReference = member.value.string.map(LoadReferences.isReference) == true
      let key = isReference ? "resource" : ["files": "files", "lake": "name"][kind] ?? "path"
      settings = JSONObject(pairs: [key: member.value])
    default: throw LoadError(.declaration, "source.\(kind) says nothing", key: "source.\(kind)")
    }
  }

  func source() throws(LoadError) -> DeclaredSource {
    switch kind {
    case "files":
      try allow(["files"])
      let files = settings["files"]
      return .files(files?.string.map { [$0] } ?? files?.array?.compactMap(\.string) ?? [])
    case "sqlite", "duckdb":
      try allow(["path", "schema"])
      let path = try required("path")
      return .database(
        SourceDatabase(
          name: DeclaredSource.databaseName,
          place: kind == "sqlite" ? .sqlite(path: path) : .duckdb(path: path)),
        schema: try text("schema"))
    case "lake":
      try allow(["name", "schema"])
      return .lake(try required("name"), schema: try text("schema") ?? "main")
    default:
      return try server()
    }
  }

  private func server() throws(LoadError) -> DeclaredSource {
    if let resource = try text("resource") { return try server(from: resource) }
    if references != nil {
      for name in ["password_env", "password_file"] where settings[name] != nil {
        throw LoadReferences.closed(key(name))
      }
    } else if settings["password"] != nil {
      throw LoadError(
        .declaration, "source.\(kind).password: a secret may not stand in this file",
        hint:
          "Put it into an environment variable and write password_env: NAME, or password_file: PATH.",
        key: key("password"))
    }
    try allow(
      ["host", "port", "database", "user", "password_env", "password_file", "schema", "options"]
        + (references == nil ? [] : ["password", "resource"]))
    var server = DatabaseServer(
      host: try text("host") ?? "localhost", port: settings["port"]?.int, database: try required("database"),
      user: try text("user"))
    if let name = try text("password_env") { server.password = .environment(name) }
    if let path = try text("password_file") { server.password = .file(path) }
    if let references, let name = try text("password") {
      server.password = .value(try references.variable(name, at: key("password")))
    }
    for member in settings["options"]?.object?.members ?? [] {
      let value = member.value.string ?? member.value.int.map(String.init)
      try add(member.key, value ?? "", to: &server)
    }
    return try database(on: server)
  }

  /// A database that a resource of a server's workspace describes: `host`, `port`, `dbname` or `database`, `user`, `password`, `sslmode`.
  private func server(from reference: String) throws(LoadError) -> DeclaredSource {
    guard let references else {
      throw LoadError(
        .declaration, "\(key("resource")) names a resource of a server, and this is none",
        hint: "Write host, database, user and password_env.", key: key("resource"))
    }
    try allow(["resource", "schema", "options"])
    let fields = try references.resource(reference, at: key("resource"))
    func field(_ names: String...) -> String? {
      names.lazy.compactMap { fields[$0]?.string ?? fields[$0]?.int.map(String.init) }.first { !$0.isEmpty }
    }
    guard let host = field("host"), let name = field("dbname", "database") else {
      throw LoadError(
        .declaration, "the resource \(reference) lacks 'host' or 'dbname'", key: key("resource"))
    }
    var server = DatabaseServer(
      host: host, port: field("port").flatMap { Int($0) }, database: name, user: field("user"))
    server.password = .value(field("password") ?? "")
    if let mode = field("sslmode"), kind == "postgresql" { try add("sslmode", mode, to: &server) }
    for member in settings["options"]?.object?.members ?? [] {
      try add(member.key, member.value.string ?? member.value.int.map(String.init) ?? "", to: &server)
    }
    return try database(on: server)
  }

  /// Without what the client libraries find on their machine: passwords, and sockets that know its users.
  private func closed(_ server: DatabaseServer) throws(LoadError) -> DatabaseServer {
    guard !server.host.hasPrefix("/"), !server.host.hasPrefix("@") else {
      throw LoadReferences.closed(key("host"))
    }
    var server = server
    server.password = server.password ?? .value("")
    if kind == "postgresql" {
      server.options.append(.init(name: "passfile", value: "/dev/null"))
    } else if server.host.lowercased() == "localhost" {
      // Which its library takes for a socket.
      server.host = "127.0.0.1"
    }
    return server
  }

  /// Files of the machine that a connection's settings name are closed to a server's loads.
  private func add(_ name: String, _ value: String, to server: inout DatabaseServer) throws(LoadError) {
    let namesFile =
      name.hasPrefix("ssl") && !["sslmode", "ssl_mode", "ssl_cipher"].contains(name)
    guard references == nil || !namesFile else { throw LoadReferences.closed(key("options.\(name)")) }
    try SourceAddress.add(name, value, to: &server, kind: kind)
  }

  private func database(on server: DatabaseServer) throws(LoadError) -> DeclaredSource {
    let server = references == nil ? server : try closed(server)
    let place: SourceDatabase.Place = kind == "postgresql" ? .postgresql(server) : .mysql(server)
    return .database(
      SourceDatabase(name: DeclaredSource.databaseName, place: place), schema: try text("schema"))
  }

  private func key(_ name: String) -> String { "source.\(kind).\(name)" }

  private func text(_ name: String) throws(LoadError) -> String? {
    guard let value = settings[name], value != .null else { return nil }
    guard let text = value.string ?? value.int.map(String.init), !text.isEmpty else {
      throw LoadError(.declaration, "\(key(name)) must be a text", key: key(name))
    }
    return text
  }

  private func required(_ name: String) throws(LoadError) -> String {
    guard let text = try text(name) else {
      throw LoadError(.declaration, "source.\(kind) needs `\(name):`", key: "source.\(kind)")
    }
    return text
  }

  private func allow(_ known: [String]) throws(LoadError) {
    for name in settings.keys where !known.contains(name) {
      let near = NearestName.suggestion(for: name, among: known)
      throw LoadError(
        .declaration, "unknown key \(key(name))",
        hint: near.map { "Did you mean '\($0)'?" } ?? "Known here: \(known.joined(separator: ", ")).",
        key: key(name))
    }
  }
}

extension SourceDatabase {
  /// The server that it is on; nil for files.
  fileprivate var server: DatabaseServer? {
    switch place {
    case .postgresql(let server), .mysql(let server): server
    case .sqlite, .duckdb: nil
    }
  }
}
