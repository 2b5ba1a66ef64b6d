public import Accounts
internal import FileStores
internal import HTTPClient
public import HTTPServer
internal import JSON
public import Jobs
public import LakeSettings
internal import SQLText
public import Store

/// Tarn's server: who asks is known, jobs are queued, workers are told. It runs no user's code and no user's queries.
public struct TarnServer: Sendable {
  /// Answers requests.
  public let router: Router
  private let queue: JobQueue
  private let results: Results

  /// - Parameters:
  ///   - workspaces: what workers open.
  ///   - version: what `/api/version` tells.
  ///   - languages: those that workers run.
  ///   - folder: where results are kept that are not for the store; servers of one store share it.
  ///   - log: gets a line of JSON for each request; nil for none.
  public init(
    accounts: Accounts, queue: JobQueue, store: Store, workspaces: [WorkspaceSettings], version: String,
    languages: Set<String>, results folder: String, log: (@Sendable (String) -> Void)? = nil
  ) {
    self.queue = queue
    let results = Results(store: FolderStore(folder: folder))
    self.results = results
    let telemetry = Telemetry(log: log.map { RequestLog(write: $0) })
    var routes = APIRoutes(accounts: accounts, queue: queue)
    RunRoutes(accounts: accounts, queue: queue, languages: languages, results: results).add(to: &routes)
    LoadRoutes(queue: queue).add(to: &routes)
    JobRoutes(queue: queue, results: results).add(to: &routes)
    VariableRoutes(accounts: accounts).add(to: &routes)
    ResourceRoutes(accounts: accounts).add(to: &routes)
    ScriptRoutes(accounts: accounts).add(to: &routes)
    DataTableRoutes(accounts: accounts).add(to: &routes)
    let storages = Storages(
      accounts: accounts, settings: Dictionary(uniqueKeysWithValues: workspaces.map { ($0.id, $0.storages) }),
      transport: CurlTransport(maximumConnections: 64))
    FileRoutes(accounts: accounts, storages: storages).add(to: &routes)
    WorkerRoutes(
      accounts: accounts, queue: queue, workspaces: workspaces, metrics: telemetry.metrics,
      results: results
    ).add(
      to: &routes)
    routes.onGlobal(.get, "users/whoami", .read, "users:read") { .json(Self.whoAmI($0)) }
    routes.on(.get, "users/whoami", .read, "users:read") { .json(Self.whoAmI($0)) }
    routes.onServer(.get, "/metrics", .administer, "metrics:read") { _ in
      .bytes(
        Array(telemetry.metrics.text(depth: try await queue.depth()).utf8),
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
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await queue.run() }
      group.addTask {
        while true {
          try await results.sweep(queue)
          try await Task.sleep(for: .seconds(3600))
        }
      }
      try await group.next()
      group.cancelAll()
    }
  }

  private static func whoAmI(_ api: APIRequest) -> JSONValue {
    let identity = api.identity
    return .object(
      JSONObject(pairs: [
        "email": .string(identity.email), "username": .string(identity.username),
        "workspace_id": .string(identity.workspace), "role": .string(identity.role.rawValue),
        "is_admin": .bool(identity.role == .admin), "operator": .bool(identity.role <= .operator),
        "super_admin": .bool(false), "groups": .array([]), "folders": .array([]),
      ]))
  }
}
