public import Accounts
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

  /// - Parameters:
  ///   - workspaces: what workers open.
  ///   - version: what `/api/version` tells.
  ///   - languages: those that workers run.
  public init(
    accounts: Accounts, queue: JobQueue, store: Store, workspaces: [WorkspaceSettings], version: String,
    languages: Set<String>
  ) {
    self.queue = queue
    var routes = APIRoutes(accounts: accounts, queue: queue)
    RunRoutes(accounts: accounts, queue: queue, languages: languages).add(to: &routes)
    JobRoutes(queue: queue).add(to: &routes)
    VariableRoutes(accounts: accounts).add(to: &routes)
    ResourceRoutes(accounts: accounts).add(to: &routes)
    ScriptRoutes(accounts: accounts).add(to: &routes)
    DataTableRoutes(accounts: accounts).add(to: &routes)
    WorkerRoutes(accounts: accounts, queue: queue, workspaces: workspaces).add(to: &routes)
    routes.onGlobal(.get, "users/whoami", .read, "users:read") { .json(Self.whoAmI($0)) }
    routes.on(.get, "users/whoami", .read, "users:read") { .json(Self.whoAmI($0)) }
    var router = routes.router
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
    self.router = router
  }

  /// Keeps the queue going: until its task is cancelled.
  ///
  /// - Throws: `StoreError`.
  public func run() async throws { try await queue.run() }

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
