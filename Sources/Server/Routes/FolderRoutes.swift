internal import Accounts
internal import Grants
internal import HTTPServer
internal import JSON

/// `/api/w/{workspace}/folders/…`
struct FolderRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let accounts = accounts
    routes.on(.get, "folders/list", .read, "folders:read") { api in
      let rights = try await api.pathRights()
      let folders = try await accounts.folders(of: api.workspace).filter {
        rights.allow(.read, "f/\($0.name)/")
      }
      return .json(.array(Page(api.request.query).of(folders).map { Self.json($0, of: api.workspace) }))
    }
    routes.on(.get, "folders/listnames", .read, "folders:read") { api in
      let rights = try await api.pathRights()
      let names = try await accounts.folders(of: api.workspace).map(\.name)
      return .json(.array(names.filter { rights.allow(.read, "f/\($0)/") }.map(JSONValue.string)))
    }
    routes.on(.get, "folders/get/{name}", .read, "folders:read") { api in
      let folder = try await Self.folder(api, accounts, .read)
      return .json(Self.json(folder, of: api.workspace))
    }
    routes.on(.get, "folders/exists/{name}", .read, "folders:read") { api in
      let name = try api.parameter("name")
      return .json(.bool(try await accounts.folders(of: api.workspace).contains { $0.name == name }))
    }
    routes.on(.post, "folders/create", .write, "folders:write") { api in
      let body = try await api.object()
      let name = try body.string("name")
      // What is in it already was open to all, and might be taken from them.
      if api.identity.role != .admin {
        let paths =
          try await accounts.scripts(of: api.workspace).map(\.path)
          + accounts.variables(of: api.workspace).map(\.path)
          + accounts.resources(of: api.workspace).map(\.path)
        guard !paths.contains(where: { $0.hasPrefix("f/\(name)/") }) else {
          throw APIError(.forbidden, "there are things in f/\(name) already; an admin makes it a folder")
        }
      }
      try await accounts.createFolder(
        name, summary: try body.optionalString("summary") ?? "", rights: try Self.rights(in: body) ?? [:],
        of: api.workspace, by: api.identity.username)
      return .text(name, status: .created)
    }
    routes.on(.post, "folders/update/{name}", .write, "folders:write") { api in
      let body = try await api.object()
      let folder = try await Self.folder(api, accounts, .owner)
      try await accounts.updateFolder(
        folder.name, summary: try body.optionalString("summary"),
        rights: try Self.rights(in: body, else: folder),
        of: api.workspace)
      return .text(folder.name)
    }
    routes.on(.delete, "folders/delete/{name}", .write, "folders:write") { api in
      let folder = try await Self.folder(api, accounts, .owner)
      try await accounts.removeFolder(folder.name, of: api.workspace)
      return .text(folder.name)
    }
    for (path, isAdded) in [("folders/addowner/{name}", true), ("folders/removeowner/{name}", false)] {
      routes.on(.post, path, .write, "folders:write") { api in
        let owner = try Self.holder(try await api.object().string("owner"))
        let folder = try await Self.folder(api, accounts, .owner)
        var rights = folder.rights
        rights[owner] = isAdded ? .owner : nil
        try await accounts.updateFolder(folder.name, summary: nil, rights: rights, of: api.workspace)
        api.note(
          isAdded ? "folders.addowner" : "folders.removeowner", .update, folder.name,
          JSONObject(pairs: ["owner": .string(owner.text)]))
        return .text(folder.name)
      }
    }
  }

  private static func folder(_ api: APIRequest, _ accounts: Accounts, _ level: Folder.Level) async throws
    -> Folder
  {
    let name = try api.parameter("name")
    try await api.require(level, "f/\(name)/")
    return try await accounts.folder(name, of: api.workspace)
  }

  /// `owners`: a list; `extra_perms`: an object of holders, true for those who may write.
  private static func rights(in body: APIObject, else folder: Folder? = nil) throws -> [GrantHolder: Folder
    .Level]?
  {
    guard body.value("owners") != nil || body.value("extra_perms") != nil else { return nil }
    var rights: [GrantHolder: Folder.Level] = [:]
    if let value = body.value("extra_perms") {
      guard let members = value.object?.members else {
        throw APIError(.badRequest, "'extra_perms' must be an object")
      }
      for member in members {
        guard let mayWrite = member.value.bool else {
          throw APIError(
            .badRequest, "'extra_perms' holds true for those who may write and false for those who may read")
        }
        rights[try holder(member.key)] = mayWrite ? .write : .read
      }
    } else {
      for (holder, level) in folder?.rights ?? [:] where level != .owner { rights[holder] = level }
    }
    if let value = body.value("owners") {
      guard let names = value.array else {
        throw APIError(.badRequest, "'owners' must be a list such as [\"u/ann\"]")
      }
      for name in names { rights[try holder(name.string ?? "")] = .owner }
    } else {
      for (holder, level) in folder?.rights ?? [:] where level == .owner { rights[holder] = level }
    }
    return rights
  }

  private static func holder(_ text: String) throws(APIError) -> GrantHolder {
    do {
      let holder = try GrantHolder(parsing: text)
      if holder.kind != .role { return holder }
    } catch {}
    throw APIError(.badRequest, "'\(text.prefix(80))' is nobody; write u/USERNAME or g/GROUP")
  }

  private static func json(_ folder: Folder, of workspace: String) -> JSONValue {
    let sorted = folder.rights.sorted { $0.key.text < $1.key.text }
    var others = JSONObject()
    for (holder, level) in sorted where level != .owner { others[holder.text] = .bool(level == .write) }
    return .object(
      JSONObject(pairs: [
        "workspace_id": .string(workspace), "name": .string(folder.name),
        "display_name": .string(folder.name),
        "summary": .string(folder.summary), "created_by": .string(folder.createdBy),
        "owners": .array(sorted.filter { $0.value == .owner }.map { .string($0.key.text) }),
        "extra_perms": .object(others),
      ]))
  }
}
