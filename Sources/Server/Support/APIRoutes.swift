internal import Accounts
internal import HTTPServer
internal import JSON
internal import Jobs
internal import Secrets

/// Routes that ask who is there, and whether he may, before anything else happens.
struct APIRoutes {
  var router = Router()
  let accounts: Accounts
  let queue: JobQueue
  let trail: AuditTrail
  /// What each route takes.
  private(set) var rules: [Router.Route: Rule] = [:]

  /// What a sender must have.
  struct Rule: Sendable {
    let permission: Permission
    let scope: String
  }

  init(accounts: Accounts, queue: JobQueue, trail: AuditTrail) {
    self.accounts = accounts
    self.queue = queue
    self.trail = trail
  }

  /// Adds a route below `/api/w/{workspace}/`, for those who have a token of that workspace.
  ///
  /// - Parameters:
  ///   - permission: what the sender's role must have.
  ///   - scope: what a limited token must name: `jobs:run`, `variables:read`, …
  mutating func on(
    _ method: HTTPMethod, _ path: String, _ permission: Permission, _ scope: String,
    _ handler: @escaping @Sendable (APIRequest) async throws -> HTTPResponse
  ) {
    add(method, "/api/w/{workspace}/" + path, permission, scope, handler)
  }

  /// Adds a route that belongs to no workspace by its path; the sender's token names one.
  mutating func onGlobal(
    _ method: HTTPMethod, _ path: String, _ permission: Permission, _ scope: String,
    _ handler: @escaping @Sendable (APIRequest) async throws -> HTTPResponse
  ) {
    add(method, "/api/" + path, permission, scope, handler)
  }

  /// Adds a route below `/api/workers/`, for tokens that are made for workers. All others are refused, the unlimited ones of
  /// admins, too: their jobs have such, and these routes tell credentials and take any job's result.
  mutating func onWorkers(
    _ method: HTTPMethod, _ path: String,
    _ handler: @escaping @Sendable (APIRequest) async throws -> HTTPResponse
  ) {
    onGlobal(method, "workers/" + path, .administer, Identity.workersScope) { api in
      try api.requireInstance()
      guard api.identity.isWorker else {
        throw APIError(
          .forbidden, "this takes a worker's token: tarn token create --scope \(Identity.workersScope)")
      }
      return try await handler(api)
    }
  }

  /// Adds a route outside `/api`.
  mutating func onServer(
    _ method: HTTPMethod, _ path: String, _ permission: Permission, _ scope: String,
    _ handler: @escaping @Sendable (APIRequest) async throws -> HTTPResponse
  ) {
    add(method, path, permission, scope, handler)
  }

  private mutating func add(
    _ method: HTTPMethod, _ pattern: String, _ permission: Permission, _ scope: String,
    _ handler: @escaping @Sendable (APIRequest) async throws -> HTTPResponse
  ) {
    rules[Router.Route(method: method, pattern: pattern)] = Rule(permission: permission, scope: scope)
    let action = AuditedAction(method, pattern)
    router.on(method, pattern) { [accounts, queue, trail] request in
      do {
        let session = request.bearerToken == nil ? BrowserSession(of: request) : nil
        let identity = try await Self.identity(of: request, session, accounts, queue)
        let api = APIRequest(request: request, identity: identity, session: session, accounts: accounts)
        do {
          try session?.check(request)
          try Self.checkWorkspace(of: request, identity)
          try Self.authorize(identity, permission, scope)
          let response = try await handler(api)
          if let action, method != .get || api.audit.isSaid {
            await trail.keep(action.entry(of: api), later: action.isFrequent)
          }
          return response
        } catch let error as APIError where error.isDenial {
          api.audit.detail("reason", .string(error.message))
          trail.keepLater(action?.denial(of: api) ?? AuditedAction.denial(of: api, as: scope))
          throw error
        }
      } catch {
        throw APIError(error) ?? error
      }
    }
  }

  private static func identity(
    of request: HTTPRequest, _ session: BrowserSession?, _ accounts: Accounts, _ queue: JobQueue
  ) async throws -> Identity {
    guard let token = request.bearerToken.map({ BearerToken($0) }) ?? session?.token else {
      throw APIError(.unauthorized, "no token: send 'Authorization: Bearer TOKEN'")
    }
    guard let identity = try await accounts.identity(of: token) else {
      throw APIError(
        .unauthorized, "this \(session == nil ? "token" : "session") is not known, or has expired")
    }
    if let job = identity.job {
      guard let id = JobID(job), try await queue.job(id).state == .running else {
        throw APIError(.unauthorized, "this token is a job's, and the job has ended")
      }
    }
    return identity
  }

  static func checkWorkspace(of request: HTTPRequest, _ identity: Identity) throws(APIError) {
    // Whether there is such a workspace is not told to those who have no token of it.
    if let workspace = request.parameters["workspace"], workspace != identity.workspace {
      throw APIError(.unauthorized, "this token is not one of workspace '\(workspace.prefix(80))'")
    }
  }

  static func authorize(_ identity: Identity, _ permission: Permission, _ scope: String)
    throws(APIError)
  {
    guard identity.may(permission) else {
      throw APIError(
        .forbidden,
        "role '\(identity.role.rawValue)' may not do this; it takes '\(permission.leastRole.rawValue)' at least"
      )
    }
    guard let scopes = identity.scopes else { return }
    let domain = scope.prefix { $0 != ":" }
    guard scopes.contains(scope) || scopes.contains(String(domain)) else {
      throw APIError(
        .forbidden, "this token is limited to \(scopes.joined(separator: ", ")); this takes '\(scope)'")
    }
  }
}
