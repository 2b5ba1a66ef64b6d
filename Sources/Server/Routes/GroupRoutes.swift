internal import Accounts
internal import HTTPServer
internal import JSON

/// `/api/w/{workspace}/groups/…`
struct GroupRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let accounts = accounts
    routes.on(.get, "groups/list", .read, "groups:read") { api in
      .json(.array(try await accounts.groups(of: api.workspace).map { Self.json($0, of: api.workspace) }))
    }
    routes.on(.get, "groups/listnames", .read, "groups:read") { api in
      let names = try await accounts.groups(of: api.workspace).map(\.name)
      return .json(.array(([Accounts.everybody] + names).map(JSONValue.string)))
    }
    routes.on(.get, "groups/get/{name}", .read, "groups:read") { api in
      .json(
        Self.json(try await accounts.group(try api.parameter("name"), of: api.workspace), of: api.workspace))
    }
    routes.on(.post, "groups/create", .administer, "groups:write") { api in
      let body = try await api.object()
      let name = try body.string("name")
      try await accounts.createGroup(
        name, summary: try body.optionalString("summary") ?? "", of: api.workspace)
      return .text(name, status: .created)
    }
    routes.on(.post, "groups/update/{name}", .administer, "groups:write") { api in
      let name = try api.parameter("name")
      let summary = try await api.object().optionalString("summary") ?? ""
      try await accounts.updateGroup(name, summary: summary, of: api.workspace)
      return .text(name)
    }
    routes.on(.delete, "groups/delete/{name}", .administer, "groups:write") { api in
      let name = try api.parameter("name")
      try await accounts.removeGroup(name, of: api.workspace)
      return .text(name)
    }
    routes.on(.post, "groups/adduser/{name}", .administer, "groups:write") { api in
      let (name, username) = (try api.parameter("name"), try await api.object().string("username"))
      try await accounts.addMember(username, toGroup: name, of: api.workspace)
      api.note("groups.adduser", .update, name, JSONObject(pairs: ["username": .string(username)]))
      return .text(name)
    }
    routes.on(.post, "groups/removeuser/{name}", .administer, "groups:write") { api in
      let (name, username) = (try api.parameter("name"), try await api.object().string("username"))
      try await accounts.removeMember(username, fromGroup: name, of: api.workspace)
      api.note("groups.removeuser", .update, name, JSONObject(pairs: ["username": .string(username)]))
      return .text(name)
    }
  }

  private static func json(_ group: MemberGroup, of workspace: String) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "workspace_id": .string(workspace), "name": .string(group.name), "summary": .string(group.summary),
        "members": .array(group.members.map(JSONValue.string)), "extra_perms": .object(JSONObject()),
      ]))
  }
}
