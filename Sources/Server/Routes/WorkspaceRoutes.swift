internal import Accounts
internal import HTTPServer
internal import JSON
internal import Jobs
internal import Secrets
internal import Store

/// `/api/workspaces/…`: the workspaces of the server.
struct WorkspaceRoutes {
  let accounts: Accounts
  let queue: JobQueue
  let source: WorkspaceSource

  func add(to routes: inout APIRoutes) {
    let workspaces = self
    routes.onGlobal(.get, "workspaces/list", .read, "workspaces:read") { try await workspaces.list($0) }
    routes.onGlobal(.post, "workspaces/create", .administer, "workspaces:write") {
      try await workspaces.create($0)
    }
    routes.onGlobal(.delete, "workspaces/delete/{id}", .administer, "workspaces:write") {
      try await workspaces.remove($0)
    }
  }

  /// All for the server's admins, else one's own: nobody else learns which there are.
  private func list(_ api: APIRequest) async throws -> HTTPResponse {
    let seesAll = api.workspace == Accounts.instanceWorkspace && api.identity.role == .admin
    let found = try await accounts.workspaces().filter { seesAll || $0.id == api.workspace }
    return .json(
      .array(
        found.map { workspace in
          .object(
            JSONObject(pairs: [
              "id": .string(workspace.id), "name": .string(workspace.name),
              "created_at": .string(workspace.createdAt.text),
            ]))
        }))
  }

  private func create(_ api: APIRequest) async throws -> HTTPResponse {
    try api.requireInstance()
    guard let folders = source.folders else {
      throw APIError(.badRequest, "workspaces cannot be made on this server")
    }
    let body = try await api.object()
    let id = try body.string("id")
    let name = try body.optionalString("name") ?? id
    try await accounts.createWorkspace(
      id, name: name, admin: api.identity.username, email: api.identity.email)
    do { try folders.make(id) } catch {
      try await accounts.removeWorkspace(id)
      throw APIError(.internalServerError, "the folder of workspace '\(id)' could not be made")
    }
    let token = try await accounts.makeToken(
      for: api.identity.username, of: id, label: "owner of the workspace")
    api.note("workspaces.create", .create, id)
    return .json(
      .object(JSONObject(pairs: ["id": .string(id), "token": .string(token.text)])), status: .created)
  }

  private func remove(_ api: APIRequest) async throws -> HTTPResponse {
    try api.requireInstance()
    let id = try api.parameter("id")
    try await accounts.removeWorkspace(id)
    try await queue.removeJobs(of: id)
    try? source.folders?.setAside(id)
    return .text(id)
  }
}
