internal import Accounts
internal import HTTPServer
internal import JSON
internal import Secrets
internal import Store

/// `/api/auth/session`: sessions of browsers.
struct SessionRoutes {
  let accounts: Accounts

  func add(to routes: inout APIRoutes) {
    let sessions = self
    routes.onGlobal(.post, "auth/session", .read, "sessions:write") { try await sessions.begin($0) }
    routes.onGlobal(.get, "auth/session", .read, "sessions:read") { api in
      .json(Self.json(try Self.session(of: api), api.identity))
    }
    routes.onGlobal(.delete, "auth/session", .read, "sessions:write") { api in
      let session = try Self.session(of: api)
      try await sessions.accounts.removeToken(
        prefix: session.token.prefix, of: api.identity.username, in: api.workspace)
      var response = HTTPResponse(status: .noContent)
      response.headers.add("Set-Cookie", session.setting(for: 0, answering: api.request))
      return response
    }
  }

  /// For one's own token a cookie, for as long as the token lasts and half a day at most.
  private func begin(_ api: APIRequest) async throws -> HTTPResponse {
    // A token in the address may come from another site's form, which would make its own session the reader's.
    guard api.request.headers["Authorization"] != nil else {
      throw APIError(.forbidden, "a session takes the token in 'Authorization', not in the address")
    }
    try BrowserSession.requireOwnSite(api.request)
    guard api.identity.job == nil, !api.identity.isWorker else {
      throw APIError(.forbidden, "sessions are for people, not for jobs and workers")
    }
    try await accounts.forgetExpiredTokens()
    let end = min(.now + BrowserSession.length, api.identity.expiresAt ?? .now + BrowserSession.length)
    let token = try await accounts.makeToken(
      for: api.identity.username, of: api.workspace, label: BrowserSession.label, scopes: api.identity.scopes,
      expiresAt: end)
    let session = BrowserSession(token: token)
    let identity = try await accounts.identity(of: token) ?? api.identity
    var response = HTTPResponse.json(Self.json(session, identity), status: .created)
    let seconds = max(1, (end.microseconds - Moment.now.microseconds) / 1_000_000)
    response.headers.add("Set-Cookie", session.setting(for: seconds, answering: api.request))
    return response
  }

  private static func session(of api: APIRequest) throws(APIError) -> BrowserSession {
    guard let session = api.session else {
      throw APIError(.notFound, "this request came with a token, not with a session's cookie")
    }
    return session
  }

  private static func json(_ session: BrowserSession, _ identity: Identity) -> JSONValue {
    .object(
      JSONObject(pairs: [
        "username": .string(identity.username), "workspace_id": .string(identity.workspace),
        "expiration": .optional(identity.expiresAt?.text), "csrf_token": .string(session.requestToken),
      ]))
  }
}
