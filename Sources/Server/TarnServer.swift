public import Accounts
internal import FileStores
internal import HTTPClient
public import HTTPServer
internal import JSON
public import Jobs
internal import SQLText
public import Store

/// Tarn's server: who asks is known, jobs are queued, workers are told. It runs no user's code and no user's queries.
public struct TarnServer: Sendable {
  /// Answers requests.
  public let router: Router
  private let queue: JobQueue
  private let results: Results
  private let accounts: Accounts
  private let trail: AuditTrail
  private let auditRetention: Duration

  /// - Parameters:
  ///   - workspaces: what workers open.
  ///   - auditRetention: how long it is kept who did what.
  ///   - version: what `/api/version` tells.
  ///   - languages: those that workers run.
  ///   - folder: where results are kept that are not for the store; servers of one store share it.
  ///   - largestLoad: how many bytes the body of `POST load` may have.
  ///   - log: gets a line of JSON for each request; nil for none.
  public init(
    accounts: Accounts, queue: JobQueue, store: Store, workspaces: WorkspaceSource, version: String,
    languages: Set<String>, results folder: String, auditRetention: Duration = .seconds(90 * 86_400),
    largestLoad: Int = 1 << 30, log: (@Sendable (String) -> Void)? = nil
  ) {
    self.queue = queue
    self.accounts = accounts
    self.auditRetention = auditRetention
    let results = Results(store: FolderStore(folder: folder))
    self.results = results
    let trail = AuditTrail(accounts: accounts)
    self.trail = trail
    let telemetry = Telemetry(log: log.map { RequestLog(write: $0) })
    var routes = APIRoutes(accounts: accounts, queue: queue, trail: trail)
    RunRoutes(accounts: accounts, queue: queue, languages: languages, results: results).add(to: &routes)
    LoadRoutes(queue: queue, results: results, largest: largestLoad).add(to: &routes)
    JobRoutes(queue: queue, results: results).add(to: &routes)
    StateRoutes(queue: queue).add(to: &routes)
    VariableRoutes(accounts: accounts).add(to: &routes)
    ResourceRoutes(accounts: accounts).add(to: &routes)
    ScriptRoutes(accounts: accounts).add(to: &routes)
    DataTableRoutes(accounts: accounts).add(to: &routes)
    let storages = Storages(
      accounts: accounts, workspaces: workspaces, transport: CurlTransport(maximumConnections: 64))
    FileRoutes(accounts: accounts, queue: queue, storages: storages).add(to: &routes)
    WorkerRoutes(
      accounts: accounts, queue: queue, workspaces: workspaces, metrics: telemetry.metrics, results: results,
      trail: trail
    ).add(to: &routes)
    GrantRoutes(accounts: accounts).add(to: &routes)
    MemberRoutes(accounts: accounts).add(to: &routes)
    TokenRoutes(accounts: accounts).add(to: &routes)
    SessionRoutes(accounts: accounts).add(to: &routes)
    GroupRoutes(accounts: accounts).add(to: &routes)
    FolderRoutes(accounts: accounts).add(to: &routes)
    AuditRoutes(accounts: accounts, trail: trail).add(to: &routes)
    WorkspaceRoutes(accounts: accounts, queue: queue, source: workspaces).add(to: &routes)
    routes.onGlobal(.get, "users/whoami", .read, "users:read") { .json(try await Self.whoAmI($0)) }
    routes.on(.get, "users/whoami", .read, "users:read") { .json(try await Self.whoAmI($0)) }
    routes.onServer(.get, "/metrics", .administer, "metrics:read") { api in
      try api.requireInstance()
      return .bytes(
        Array(
          telemetry.metrics.text(depth: try await queue.depth(), workers: try await queue.workers()).utf8),
        type: "text/plain; version=0.0.4; charset=utf-8")
    }
    var router = routes.router
    router.wrap { try await telemetry.around($0, $1) }
    router.on(.get, "/api/version") { _ in .text("Tarn \(version)") }
    router.on(.get, "/healthz") { _ in .text("ok") }
    router.on(.get, "/readyz") { _ in
      do {
        try await store.read { _ = try $0.query("SELECT 1") }
        return .text("ok")
      } catch {
        return .text("the store cannot be used", status: .serviceUnavailable)
      }
    }
    let described = router.routes + [Router.Route(method: .get, pattern: "/api/openapi.json")]
    let document = OpenAPIDocument.json(described, rules: routes.rules, version: version).text
    router.on(.get, "/api/openapi.json") { _ in .json(text: document) }
    self.router = router
  }

  /// Keeps the queue going: until its task is cancelled.
  ///
  /// - Throws: `StoreError`.
  public func run() async throws {
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await queue.run() }
        group.addTask {
          while true {
            try await results.sweep(queue)
            try await Task.sleep(for: .seconds(3600))
          }
        }
        group.addTask {
          while true {
            try await accounts.forgetAudit(before: .now - auditRetention)
            try await Task.sleep(for: .seconds(3600))
          }
        }
        try await group.next()
        group.cancelAll()
      }
    } catch {
      // In a cancelled task nothing would be stored.
      await Task { await trail.drain() }.value
      throw error
    }
  }

  private static func whoAmI(_ api: APIRequest) async throws -> JSONValue {
    let identity = api.identity
    let groups = try await api.accounts.groups(of: identity.username, in: identity.workspace)
    let rights = try await api.pathRights()
    let folders = try await api.accounts.folders(of: identity.workspace).map(\.name)
    return .object(
      JSONObject(pairs: [
        "email": .string(identity.email), "username": .string(identity.username),
        "workspace_id": .string(identity.workspace), "role": .string(identity.role.rawValue),
        "is_admin": .bool(identity.role == .admin), "operator": .bool(identity.role <= .operator),
        "super_admin": .bool(false), "groups": .array(([Accounts.everybody] + groups).map(JSONValue.string)),
        "folders_owners": .array(folders.filter { rights.allow(.owner, "f/\($0)/") }.map(JSONValue.string)),
        "folders": .array(folders.filter { rights.allow(.write, "f/\($0)/") }.map(JSONValue.string)),
        "folders_read": .array(folders.filter { rights.allow(.read, "f/\($0)/") }.map(JSONValue.string)),
      ]))
  }
}
