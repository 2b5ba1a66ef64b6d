import LakeSettings
public import Loader

extension DeclaredSource {
  /// The source as a declared load writes it; passwords are named, never told.
  public var document: JSONValue {
    switch self {
    case .files(let paths): return .array(paths.map { .string($0) })
    case .api: return .object(JSONObject(pairs: ["rest_api": .object(JSONObject())]))
    case .script(let script): return script.document
    case .standardInput: return .string("-")
    case .lake(let name, let schema): return .string("ducklake://\(name)/\(schema)")
    case .database(let database, let schema):
      switch database.place {
      case .sqlite(let path): return Self.file("sqlite", path, schema)
      case .duckdb(let path): return Self.file("duckdb", path, schema)
      case .postgresql(let server): return Self.server("postgresql", server, schema)
      case .mysql(let server): return Self.server("mysql", server, schema)
      }
    }
  }

  private static func file(_ kind: String, _ path: String, _ schema: String?) -> JSONValue {
    var settings = JSONObject(pairs: ["path": .string(path)])
    settings["schema"] = schema.map { .string($0) }
    return .object(JSONObject(pairs: [kind: .object(settings)]))
  }

  private static func server(_ kind: String, _ server: DatabaseServer, _ schema: String?) -> JSONValue {
    var settings = JSONObject(pairs: ["host": .string(server.host)])
    settings["port"] = server.port.map { .int($0) }
    settings["database"] = .string(server.database)
    settings["user"] = server.user.map { .string($0) }
    switch server.password {
    case .environment(let name)?: settings["password_env"] = .string(name)
    case .file(let path)?: settings["password_file"] = .string(path)
    case .value?, nil: break
    }
    settings["schema"] = schema.map { .string($0) }
    if !server.options.isEmpty {
      settings["options"] = .object(
        JSONObject(server.options.map { .init(key: $0.name, value: .string($0.value)) }))
    }
    return .object(JSONObject(pairs: [kind: .object(settings)]))
  }
}
