internal import Accounts
internal import HTTPServer
internal import JSON
internal import Store

/// `/api/w/{workspace}/users/…`, `workspaces/add_user`: the members of a workspace.
struct MemberRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let accounts = accounts
    routes.on(.get, "users/list", .read, "users:read") { api in
      .json(.array(try await accounts.members(of: api.workspace).map { Self.json($0, of: api.workspace) }))
    }
    routes.on(.get, "users/list_usernames", .read, "users:read") { api in
      .json(.array(try await accounts.members(of: api.workspace).map { .string($0.username) }))
    }
    routes.on(.get, "users/get/{username}", .read, "users:read") { api in
      .json(
        Self.json(
          try await accounts.member(try api.parameter("username"), of: api.workspace), of: api.workspace))
    }
    let email: @Sendable (APIRequest) async throws -> HTTPResponse = { api in
      .text(try await accounts.member(try api.parameter("username"), of: api.workspace).email)
    }
    routes.on(.get, "users/username_to_email/{username}", .read, "users:read", email)
    routes.onGlobal(.get, "users/username_to_email/{username}", .read, "users:read", email)
    for path in ["users/add", "workspaces/add_user"] {
      routes.on(.post, path, .administer, "users:write") { api in
        let body = try await api.object()
        let username = try body.string("username")
        let role = try Self.role(in: body) ?? .developer
        try await accounts.addMember(
          username, email: try body.optionalString("email") ?? "\(username)@localhost", role: role,
          to: api.workspace)
        api.note("users.add", .create, username, JSONObject(pairs: ["role": .string(role.rawValue)]))
        return .text(username, status: .created)
      }
    }
    routes.on(.post, "users/update/{username}", .administer, "users:write") { api in
      let body = try await api.object()
      let username = try api.parameter("username")
      let role = try Self.role(in: body)
      try await accounts.updateMember(
        username, of: api.workspace, role: role, email: try body.optionalString("email"))
      api.note("users.update", .update, username, JSONObject(pairs: ["role": .optional(role?.rawValue)]))
      return .text(username)
    }
    routes.on(.delete, "users/delete/{username}", .administer, "users:write") { api in
      let username = try api.parameter("username")
      try await accounts.removeMember(username, of: api.workspace)
      return .text(username)
    }
  }

  /// `role`, or what Windmill's clients say instead: `is_admin`, `operator`.
  private static func role(in body: APIObject) throws -> Role? {
    if let name = try body.optionalString("role") {
      guard let role = Role(rawValue: name) else {
        let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
        throw APIError(.badRequest, "'\(name.prefix(80))' is no role; there are: \(known)")
      }
      return role
    }
    let isAdmin = try body.bool("is_admin")
    let isOperator = try body.bool("operator")
    if isAdmin == true { return .admin }
    if isOperator == true { return .operator }
    return isAdmin == nil && isOperator == nil ? nil : .developer
  }

  private static func json(_ member: Member, of workspace: String) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "workspace_id": .string(workspace), "username": .string(member.username),
        "email": .string(member.email),
        "role": .string(member.role.rawValue), "is_admin": .bool(member.role == .admin),
        "operator": .bool(member.role <= .operator), "disabled": .bool(false),
        "created_at": .string(member.createdAt.text),
      ]))
  }
}
