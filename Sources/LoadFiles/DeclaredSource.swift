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
  init(_ value: JSONValue, in document: LoadDocument) throws {
    if let object = value.object {
      if object.keys == ["python"], let script = object["python"] {
        self = .script(try DeclaredScript(script))
        return
      }
      if object.keys == ["rest_api"], let declaration = object["rest_api"] {
        self = .api(try DeclaredAPI(declaration, in: document))
        return
      }
      self = try SourceReader(object).source()
      return
    }
    let texts = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
    guard !texts.isEmpty, texts.count == value.array?.count ?? 1 else {
      throw LoadError(
        .declaration, "a load needs a source", hint: "Write source: data/orders/*.jsonl", key: "source")
    }
    self = try DeclaredSource(texts: texts)
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

  private static let kinds = [
    "files", "postgresql", "mysql", "sqlite", "duckdb", "lake", "rest_api", "python",
  ]

  init(_ object: JSONObject) throws(LoadError) {
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
      let key = ["files": "files", "lake": "name"][kind] ?? "path"
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
    if settings["password"] != nil {
      throw LoadError(
        .declaration, "source.\(kind).password: a secret may not stand in this file",
        hint:
          "Put it into an environment variable and write password_env: NAME, or password_file: PATH.",
        key: key("password"))
    }
    try allow(["host", "port", "database", "user", "password_env", "password_file", "schema", "options"])
    var server = DatabaseServer(
      host: try text("host") ?? "localhost", port: settings["port"]?.int, database: try required("database"),
      user: try text("user"))
    if let name = try text("password_env") { server.password = .environment(name) }
    if let path = try text("password_file") { server.password = .file(path) }
    for member in settings["options"]?.object?.members ?? [] {
      let value = member.value.string ?? member.value.int.map(String.init)
      try SourceAddress.add(member.key, value ?? "", to: &server, kind: kind)
    }
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
