internal import Accounts
internal import Foundation
internal import HTTPServer
internal import JSON
internal import Store

/// `/api/w/{workspace}/audit/…`: who did what.
struct AuditRoutes {
  let accounts: Accounts
  let trail: AuditTrail

  func add(to routes: inout APIRoutes) {
    let audit = self
    routes.on(.get, "audit/list", .administer, "audit:read") { try await audit.list($0) }
    routes.on(.get, "audit/get/{id}", .administer, "audit:read") { api in
      .json(Self.json(try await audit.accounts.auditEntry(try api.parameter("id"), of: api.workspace)))
    }
  }

  private func list(_ api: APIRequest) async throws -> HTTPResponse {
    let query = api.request.query
    var filter = AuditFilter()
    filter.username = query["username"]
    filter.operation = query["operation"]
    filter.resource = query["resource"]
    filter.after = try moment(query["after"], "after")
    filter.before = try moment(query["before"], "before")
    if let name = query["action_kind"] {
      guard
        let kind = AuditEntry.Kind.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() })
      else {
        let known = AuditEntry.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        throw APIError(.badRequest, "'\(name.prefix(80))' is no kind of action; there are: \(known)")
      }
      filter.kind = kind
    }
    let page = Page(query)
    filter.limit = page.size
    filter.offset = (page.number - 1) * page.size
    await trail.drain()
    let entries = try await accounts.auditLog(of: api.workspace, filter)
    return .json(.array(entries.map(Self.json)))
  }

  private func moment(_ text: String?, _ name: String) throws(APIError) -> Moment? {
    guard let text else { return nil }
    let styles: [Date.ISO8601FormatStyle] = [.init(includingFractionalSeconds: true), .init()]
    for style in styles { if let date = try? style.parse(text) { return Moment(date) } }
    throw APIError(.badRequest, "'\(name)' must be a moment such as 2026-01-31T09:30:00Z")
  }

  private static func json(_ entry: AuditEntry) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "workspace_id": .string(entry.workspace), "id": .string(entry.id),
        "timestamp": .string(entry.happenedAt.text),
        "username": .string(entry.username), "operation": .string(entry.operation),
        "action_kind": .string(entry.kind.rawValue), "resource": .optional(entry.resource),
        "parameters": (try? JSONValue(parsing: entry.parameters)) ?? .null,
      ]))
  }
}
