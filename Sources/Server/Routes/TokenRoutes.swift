internal import Accounts
internal import Foundation
internal import HTTPServer
internal import JSON
internal import Secrets
internal import Store

/// `/api/users/tokens/…`: one's own tokens.
struct TokenRoutes {
  let accounts: Accounts

  /// A job ends, and so should what it leaves behind. `wmill.create_token` asks for a day.
  private static let longestOfJobs = Duration.seconds(86_400 + 300)

  func add(to routes: inout APIRoutes) {
    let accounts = accounts
    routes.onGlobal(.post, "users/tokens/create", .read, "tokens:write") { api in
      let body = try await api.object()
      let label = try body.optionalString("label") ?? "token"
      let expiry = try Self.expiry(in: body, for: api.identity)
      let scopes = try Self.scopes(in: body, for: api.identity)
      if let asked = try body.optionalString("workspace_id"), asked != api.workspace {
        throw APIError(
          .forbidden, "a token for workspace '\(asked.prefix(80))' takes a token of that workspace")
      }
      let token = try await accounts.makeToken(
        for: api.identity.username, of: api.workspace, label: String(label.prefix(200)), scopes: scopes,
        expiresAt: expiry)
      api.note(
        "users.tokens.create", .create, token.prefix,
        JSONObject(pairs: [
          "label": .string(String(label.prefix(200))), "expiration": .optional(expiry?.text),
          "scopes": scopes.map { .array($0.map(JSONValue.string)) } ?? .null,
        ]))
      return .text(token.text, status: .created)
    }
    routes.onGlobal(.get, "users/tokens/list", .read, "tokens:read") { api in
      let page = Page(api.request.query)
      let tokens = try await accounts.tokens(of: api.identity.username, in: api.workspace)
      return .json(
        .array(
          page.of(tokens).map { token in
            .object(
              JSONObject(pairs: [
                "label": .string(token.label), "token_prefix": .string(token.prefix),
                "email": .string(api.identity.email), "workspace_id": .string(api.workspace),
                "created_at": .string(token.createdAt.text), "expiration": .optional(token.expiresAt?.text),
                "scopes": token.scopes.map { .array($0.map(JSONValue.string)) } ?? .null,
              ]))
          }))
    }
    routes.onGlobal(.delete, "users/tokens/delete/{prefix}", .read, "tokens:write") { api in
      let prefix = try api.parameter("prefix")
      try await accounts.removeToken(prefix: prefix, of: api.identity.username, in: api.workspace)
      return .text("deleted \(prefix)")
    }
  }

  private static func expiry(in body: APIObject, for identity: Identity) throws -> Moment? {
    var expiry: Moment?
    if let text = try body.optionalString("expiration") {
      let styles: [Date.ISO8601FormatStyle] = [.init(includingFractionalSeconds: true), .init()]
      guard let date = styles.lazy.compactMap({ try? $0.parse(text) }).first else {
        throw APIError(.badRequest, "'expiration' must be a moment such as 2026-01-31T09:30:00Z")
      }
      expiry = Moment(date)
    }
    if let expiry, expiry <= .now { throw APIError(.badRequest, "'expiration' has passed") }
    // No token makes one that outlives it.
    if let own = identity.expiresAt, expiry.map({ $0 > own }) ?? true {
      throw APIError(
        .forbidden, "this token ends at \(own.text); one that it makes must end by then: give 'expiration'")
    }
    if identity.job != nil, expiry.map({ $0 > .now + longestOfJobs }) ?? true {
      throw APIError(.forbidden, "a job's token makes tokens for a day at most: give 'expiration'")
    }
    return expiry
  }

  private static func scopes(in body: APIObject, for identity: Identity) throws -> [String]? {
    var scopes: [String]?
    if let value = body.value("scopes") {
      guard let list = value.array, list.allSatisfy({ $0.string != nil }), !list.isEmpty else {
        throw APIError(.badRequest, "'scopes' must be a list of texts such as jobs:run")
      }
      let names = list.compactMap(\.string)
      let isName: (String) -> Bool = { name in
        !name.isEmpty && name.utf8.count <= 100
          && name.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F }
      }
      guard names.allSatisfy(isName) else {
        throw APIError(.badRequest, "'scopes' must be words such as jobs:run")
      }
      if names.contains(where: { $0 == Identity.workersScope || $0 == "workers" }) {
        throw APIError(
          .forbidden,
          "workers' tokens are made on the server's machine: tarn token create --scope \(Identity.workersScope)"
        )
      }
      scopes = names
    }
    guard let own = identity.scopes else { return scopes }
    guard let scopes else { return own }
    if let more = scopes.first(where: { !own.contains($0) && !own.contains(String($0.prefix { $0 != ":" })) })
    {
      throw APIError(
        .forbidden, "this token is limited to \(own.joined(separator: ", ")); it makes none for '\(more)'")
    }
    return scopes
  }
}
