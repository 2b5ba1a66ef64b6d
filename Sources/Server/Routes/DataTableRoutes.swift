internal import Accounts
internal import HTTPServer
internal import JSON

/// `/api/w/{workspace}/workspaces/…datatable…`: which data tables there are, and where.
struct DataTableRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let accounts = accounts
    routes.on(.get, "workspaces/list_datatables", .read, "workspaces:read") { api in
      .json(
        .array(
          try await accounts.dataTables(of: api.workspace).map { entry in
            .object(
              JSONObject(pairs: [
                "name": .string(entry.name), "resource_type": .string("postgresql"),
                "resource_path": .string(entry.resource), "permissioned": .bool(false),
              ]))
          }))
    }
    routes.on(.post, "workspaces/edit_datatable_config", .administer, "workspaces:write") { api in
      try await accounts.setDataTables(try Self.entries(try await api.object()), of: api.workspace)
      return .text("the data tables of '\(api.workspace)' are changed")
    }
    // A worker's question; its jobs never see the answer.
    routes.onWorkers(.get, "datatables/{of}/{name}") { api in
      let workspace = try api.parameter("of")
      let entry = try await accounts.dataTable(try api.parameter("name"), of: workspace)
      let (resource, value) = try await accounts.resource(entry.resource, of: workspace)
      // What the resource names is read for the one who wrote it: else who may write it could have others' secrets sent anywhere.
      let rights = try await accounts.pathRights(of: resource.changedBy, in: workspace)
      return .json(
        try await Interpolation(accounts: accounts, workspace: workspace, rights: rights).value(of: value))
    }
  }

  /// `{"settings": {"datatables": {"main": {"database": {"resource_type": "postgresql", "resource_path": "f/db/main"}}}}}`
  private static func entries(_ body: APIObject) throws(APIError) -> [DataTableEntry] {
    guard let tables = body.value("settings")?.object?["datatables"]?.object else {
      throw APIError(
        .badRequest, #"the body must be {"settings": {"datatables": {NAME: {"database": {…}}}}}"#)
    }
    var entries: [DataTableEntry] = []
    for member in tables.members {
      let database = member.value.object?["database"]?.object
      guard let path = database?["resource_path"]?.string else {
        throw APIError(.badRequest, "data table '\(member.key.prefix(80))' lacks database.resource_path")
      }
      let type = database?["resource_type"]?.string ?? "postgresql"
      guard type == "postgresql" else {
        throw APIError(
          .badRequest,
          "data table '\(member.key.prefix(80))': resource_type must be 'postgresql'; managed databases are not there yet"
        )
      }
      entries.append(DataTableEntry(name: member.key, resource: path))
    }
    return entries
  }
}
