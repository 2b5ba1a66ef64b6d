internal import Accounts
internal import HTTPServer
internal import JSON
internal import Scripts
internal import Signatures
internal import Store

/// `/api/w/{workspace}/scripts/…`
struct ScriptRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let accounts = accounts
    routes.on(.post, "scripts/create", .write, "scripts:write") { api in
      let body = try await api.object()
      let path = try body.string("path")
      try await api.require(.write, path)
      let schema = try Self.schema(of: body)
      let script = try await accounts.saveScript(
        path, of: api.workspace, language: try body.string("language"),
        content: try body.string("content"), summary: try body.optionalString("summary") ?? "",
        description: try body.optionalString("description") ?? "",
        schema: schema.map { JSONValue.object($0).text }, parent: try body.optionalString("parent_hash"),
        by: api.identity.username)
      return .text(script.hash, status: .created)
    }
    routes.on(.get, "scripts/get/p/{path...}", .read, "scripts:read") { api in
      .json(
        Self.json(try await accounts.script(try await api.path(.read), of: api.workspace), of: api.workspace))
    }
    routes.on(.get, "scripts/get/h/{hash}", .read, "scripts:read") { api in
      let script = try await accounts.script(hash: try api.parameter("hash"), of: api.workspace)
      try await api.require(.read, script.path)
      return .json(Self.json(script, of: api.workspace))
    }
    routes.on(.get, "scripts/list", .read, "scripts:read") { api in
      let page = Page(api.request.query)
      let rights = try await api.pathRights()
      let scripts = try await accounts.scripts(of: api.workspace).filter { rights.allow(.read, $0.path) }
      return .json(.array(page.of(scripts, by: \.path).map { Self.json($0, of: api.workspace) }))
    }
    routes.on(.post, "scripts/archive/p/{path...}", .write, "scripts:write") { api in
      let path = try await api.path(.write)
      try await accounts.archiveScript(path, of: api.workspace, parent: api.request.query["parent_hash"])
      return .text(path)
    }
  }

  /// What the script takes: as the request says it, else as the script's text does.
  private static func schema(of body: APIObject) throws -> JSONObject? {
    if let given = body.value("schema") {
      guard let schema = given.object else {
        throw APIError(.badRequest, "'schema' must be a JSON Schema, an object")
      }
      return schema
    }
    guard let language = ScriptLanguage(named: try body.string("language")) else { return nil }
    do {
      return try Signature(
        of: try body.string("content"), language: language, path: try body.string("path")
      ).schema
    } catch let error as ScriptError {
      throw APIError(.badRequest, error.description)
    }
  }

  private static func json(_ script: StoredScript, of workspace: String) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "workspace_id": .string(workspace), "path": .string(script.path), "hash": .string(script.hash),
        "version": .int(script.version), "language": .string(script.language),
        "content": .string(script.content),
        "summary": .string(script.summary), "description": .string(script.description),
        "schema": script.schema.flatMap { try? JSONValue(parsing: $0) } ?? .null,
        "created_by": .string(script.createdBy),
        "created_at": .string(script.createdAt.text), "archived": .bool(script.isArchived),
      ]))
  }
}
