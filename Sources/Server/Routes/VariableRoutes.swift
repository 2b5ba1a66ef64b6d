internal import Accounts
internal import HTTPServer
internal import JSON

/// `/api/w/{workspace}/variables/…`
struct VariableRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let accounts = accounts
    routes.on(.get, "variables/get_value/{path...}", .readValues, "variables:read") { api in
      let path = try await api.path(.read)
      let (entry, value) = try await accounts.variable(path, of: api.workspace)
      if entry.isSecret { api.note("variables.decrypt_secret", .execute, path) }
      return .json(.string(value))
    }
    routes.on(.get, "variables/get/{path...}", .read, "variables:read") { api in
      let (entry, value) = try await accounts.variable(try await api.path(.read), of: api.workspace)
      // A secret is given by get_value, to a script that needs it; pages that list do not show it.
      let isShown = !entry.isSecret && api.identity.may(.readValues)
      return .json(Self.json(entry, of: api.workspace, value: isShown ? value : nil))
    }
    routes.on(.get, "variables/list", .read, "variables:read") { api in
      let rights = try await api.pathRights()
      let entries = try await accounts.variables(of: api.workspace).filter { rights.allow(.read, $0.path) }
      return .json(.array(entries.map { Self.json($0, of: api.workspace, value: nil) }))
    }
    routes.on(.post, "variables/create", .write, "variables:write") { api in
      let body = try await api.object()
      let path = try body.string("path")
      try await api.require(.write, path)
      try await accounts.createVariable(
        path, of: api.workspace, value: try body.string("value"),
        isSecret: try body.bool("is_secret") ?? false,
        description: try body.optionalString("description") ?? "", by: api.identity.username)
      return .text(path, status: .created)
    }
    routes.on(.post, "variables/update/{path...}", .write, "variables:write") { api in
      let body = try await api.object()
      let path = try await api.path(.write)
      try await accounts.updateVariable(
        path, of: api.workspace, value: try body.optionalString("value"),
        isSecret: try body.bool("is_secret"),
        description: try body.optionalString("description"), by: api.identity.username)
      return .text(path)
    }
    routes.on(.delete, "variables/delete/{path...}", .write, "variables:write") { api in
      let path = try await api.path(.write)
      try await accounts.deleteVariable(path, of: api.workspace)
      return .text(path)
    }
  }

  private static func json(_ entry: VariableEntry, of workspace: String, value: String?) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "workspace_id": .string(workspace), "path": .string(entry.path), "value": .optional(value),
        "is_secret": .bool(entry.isSecret), "description": .string(entry.description),
      ]))
  }
}
