internal import Accounts
internal import HTTPServer
internal import JSON

/// `/api/w/{workspace}/resources/…`
struct ResourceRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let accounts = accounts
    routes.on(.get, "resources/get_value/{path...}", .readValues, "resources:read") { api in
      .json(text: try await accounts.resource(try await api.path(.read), of: api.workspace).value)
    }
    routes.on(.get, "resources/get_value_interpolated/{path...}", .readValues, "resources:read") { api in
      let rights = try await api.pathRights()
      let text = try await accounts.resource(try await api.path(.read), of: api.workspace).value
      let interpolation = Interpolation(accounts: accounts, workspace: api.workspace, rights: rights)
      return .json(try await interpolation.value(of: text))
    }
    routes.on(.get, "resources/get/{path...}", .read, "resources:read") { api in
      let (entry, value) = try await accounts.resource(try await api.path(.read), of: api.workspace)
      let shown = api.identity.may(.readValues) ? (try? JSONValue(parsing: value)) : nil
      return .json(Self.json(entry, of: api.workspace, value: shown))
    }
    routes.on(.get, "resources/list", .read, "resources:read") { api in
      let rights = try await api.pathRights()
      let entries = try await accounts.resources(of: api.workspace, type: api.request.query["resource_type"])
        .filter { rights.allow(.read, $0.path) }
      let page = Page(api.request.query)
      return .json(.array(page.of(entries, by: \.path).map { Self.json($0, of: api.workspace, value: nil) }))
    }
    routes.on(.post, "resources/create", .write, "resources:write") { api in
      let body = try await api.object()
      let path = try body.string("path")
      try await api.require(.write, path)
      let value = (body.value("value") ?? .null).text
      let type = try body.string("resource_type")
      let description = try body.optionalString("description") ?? ""
      do {
        try await accounts.createResource(
          path, of: api.workspace, value: value, type: type, description: description,
          by: api.identity.username)
      } catch let error as AccountError
        where error.code == .exists && api.request.query["update_if_exists"] == "true"
      {
        try await accounts.updateResource(
          path, of: api.workspace, value: value, type: type, description: description,
          by: api.identity.username)
      }
      return .text(path, status: .created)
    }
    routes.on(.post, "resources/update_value/{path...}", .write, "resources:write") { api in
      let body = try await api.object()
      let path = try await api.path(.write)
      try await accounts.updateResource(
        path, of: api.workspace, value: (body.value("value") ?? .null).text, by: api.identity.username)
      return .text(path)
    }
    routes.on(.post, "resources/update/{path...}", .write, "resources:write") { api in
      let body = try await api.object()
      let path = try await api.path(.write)
      try await accounts.updateResource(
        path, of: api.workspace, value: body.value("value")?.text,
        type: try body.optionalString("resource_type"),
        description: try body.optionalString("description"), by: api.identity.username)
      return .text(path)
    }
    routes.on(.delete, "resources/delete/{path...}", .write, "resources:write") { api in
      let path = try await api.path(.write)
      try await accounts.deleteResource(path, of: api.workspace)
      return .text(path)
    }
  }

  private static func json(_ entry: ResourceEntry, of workspace: String, value: JSONValue?) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "workspace_id": .string(workspace), "path": .string(entry.path), "value": value ?? .null,
        "resource_type": .string(entry.resourceType), "description": .string(entry.description),
      ]))
  }
}
