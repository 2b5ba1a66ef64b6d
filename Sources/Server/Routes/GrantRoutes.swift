internal import Accounts
internal import Grants
internal import HTTPServer
internal import JSON
internal import Store

/// `/api/w/{workspace}/grants/…`: who may do what with lakes.
struct GrantRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let grants = self
    routes.on(.get, "grants/list", .read, "grants:read") { try await grants.list($0) }
    routes.on(.get, "grants/mine", .read, "grants:read") { try await grants.mine($0) }
    routes.on(.post, "grants/create", .administer, "grants:write") { try await grants.create($0) }
    routes.on(.post, "grants/delete", .administer, "grants:write") { try await grants.delete($0) }
    routes.on(.post, "grants/open", .administer, "grants:write") { try await grants.open($0) }
  }

  /// What a body says: `{"privileges": ["select"], "on": "main/orders", "to": "u/ann"}`.
  private struct Asked {
    let privileges: [LakePrivilege]
    let place: LakePlace
    let holder: GrantHolder

    init(_ body: APIObject) throws {
      guard let names = body.value("privileges")?.array, !names.isEmpty else {
        throw APIError(.badRequest, "the body lacks 'privileges', a list of: \(Self.known)")
      }
      privileges = try names.map { name in
        guard let privilege = name.string.flatMap(LakePrivilege.init) else {
          throw APIError(.badRequest, "'\(name.text.prefix(80))' is no privilege; there are: \(Self.known)")
        }
        return privilege
      }
      do {
        place = try LakePlace(parsing: try body.string("on"))
        holder = try GrantHolder(parsing: try body.string("to"))
      } catch let error as GrantError { throw APIError(.badRequest, error.message) }
    }

    private static var known: String { LakePrivilege.allCases.map(\.rawValue).joined(separator: ", ") }

    var json: JSONObject {
      JSONObject(pairs: [
        "privileges": .array(privileges.map { .string($0.rawValue) }), "on": .string(place.text),
        "to": .string(holder.text),
      ])
    }
  }

  private func list(_ api: APIRequest) async throws -> HTTPResponse {
    let (governed, grants) = try await accounts.grants(of: api.workspace)
    let groups = try await accounts.groups(of: api.identity.username, in: api.workspace)
    let isSeen: (StoredGrant) -> Bool = { grant in
      guard api.identity.role != .admin else { return true }
      return switch grant.holder.kind {
      case .user: grant.holder.name == api.identity.username
      case .role: grant.holder.name == api.identity.role.rawValue
      case .group: groups.contains(grant.holder.name)
      }
    }
    return .json(
      .object(
        JSONObject(pairs: [
          "governed_lakes": .array(governed.map(JSONValue.string)),
          "grants": .array(
            grants.filter(isSeen).map { grant in
              .object(
                JSONObject(pairs: [
                  "privilege": .string(grant.privilege.rawValue), "on": .string(grant.place.text),
                  "to": .string(grant.holder.text), "granted_by": .string(grant.grantedBy),
                  "granted_at": .string(grant.grantedAt.text),
                ]))
            }),
        ])))
  }

  private func mine(_ api: APIRequest) async throws -> HTTPResponse {
    let rights = try await accounts.rights(of: api.identity.username, in: api.workspace)
    return .json(
      .object(
        JSONObject(pairs: [
          "unrestricted": .bool(rights == nil),
          "governed_lakes": .array((rights?.governed ?? []).map(JSONValue.string)),
          "grants": .array(
            (rights?.grants ?? []).map { grant in
              .object(
                JSONObject(pairs: [
                  "privilege": .string(grant.privilege.rawValue), "on": .string(grant.place.text),
                ]))
            }),
        ])))
  }

  private func create(_ api: APIRequest) async throws -> HTTPResponse {
    let asked = try Asked(try await api.object())
    let wasOpen = try await accounts.grant(
      asked.privileges, on: asked.place, to: asked.holder, of: api.workspace, by: api.identity.username)
    api.note("grants.create", .create, asked.place.text, asked.json)
    return .json(.object(JSONObject(pairs: ["lake_was_open": .bool(wasOpen)])), status: .created)
  }

  private func delete(_ api: APIRequest) async throws -> HTTPResponse {
    let asked = try Asked(try await api.object())
    let count = try await accounts.revoke(
      asked.privileges, on: asked.place, from: asked.holder, of: api.workspace)
    api.note("grants.delete", .delete, asked.place.text, asked.json)
    return .json(.object(JSONObject(pairs: ["revoked": .int(count)])))
  }

  private func open(_ api: APIRequest) async throws -> HTTPResponse {
    let lake = try await api.object().string("lake")
    try await accounts.openLake(lake, of: api.workspace)
    api.note("grants.open", .update, "\(lake)/*")
    return .text(lake)
  }
}
