import Accounts
import Foundation
import HTTPClient
import HTTPServer
import JSON
import Jobs
import LakeSettings
import Secrets
import Server
import Store
import TestKit
import Worker

/// A server, a worker and a workspace of their own, on a free port.
struct ServerLab: Sendable {
  let accounts: Accounts
  let queue: JobQueue
  let store: Store
  let base: URL
  /// An admin's.
  let token: String
  /// A worker's.
  let workersToken: String
  let transport: any HTTPTransport
  let folder: TemporaryFolder
  let routes: [Router.Route]
  /// The store's file; nil on a server.
  let storePath: String?
  let contract: APIContract

  /// - Parameters:
  ///   - workers: how many there are.
  ///   - set: what else a worker is started with.
  static func with(
    _ kind: StoreKind = .sqlite, workers: Int = 1, python: String? = nil,
    log: (@Sendable (String) -> Void)? = nil, largestLoad: Int = 1 << 30, storages: [String: Storage] = [:],
    lakes: @escaping @Sendable (TemporaryFolder) throws -> [LakeConfiguration] = { _ in [] },
    set: @escaping @Sendable (inout Worker.Configuration) -> Void = { _ in },
    _ body: @escaping @Sendable (ServerLab) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder("server", forScripts: true)
    let place = try await StorePlace(kind)
    try await place.withStore(migrations: JobMigrations.all + AccountMigrations.all + DataTableMigrations.all)
    { store in
      let accounts = Accounts(store: store, key: SecretKey())
      try await accounts.ensureWorkspace("main", name: "main", admin: "ann", email: "ann@example.com")
      let token = try await accounts.makeToken(for: "ann", of: "main", label: "test").text
      let workersToken = try await accounts.makeToken(
        for: "ann", of: "main", label: "worker", scopes: [Identity.workersScope]
      ).text
      let queue = JobQueue(store: store)
      let settings = WorkspaceSettings(
        id: "main", lakes: [.embedded(in: folder.path + "/lake")] + (try lakes(folder)),
        engine: EngineSettings(
          baseFolder: folder.path, reachableFiles: ["in"], temporaryFolder: folder.path + "/tmp"),
        storages: storages.merging([Storage.defaultName: .folder(folder.path + "/storage")]) { given, _ in
          given
        })
      // Workspaces that tests make lie beside the first one.
      let folders = WorkspaceFolders { id in
        guard FileManager.default.fileExists(atPath: folder.path + "/w/" + id) else {
          throw CocoaError(.fileNoSuchFile)
        }
        return WorkspaceSettings(
          id: id, lakes: [.embedded(in: folder.path + "/w/" + id + "/lake")],
          engine: EngineSettings(temporaryFolder: folder.path + "/tmp"),
          storages: [Storage.defaultName: .folder(folder.path + "/w/" + id + "/storage")])
      } make: { id in
        try FileManager.default.createDirectory(
          atPath: folder.path + "/w/" + id, withIntermediateDirectories: true)
      } setAside: { id in
        try FileManager.default.moveItem(
          atPath: folder.path + "/w/" + id, toPath: folder.path + "/w/" + id + ".removed")
      }
      let app = TarnServer(
        accounts: accounts, queue: queue, store: store,
        workspaces: WorkspaceSource([settings], folders: folders), version: "test",
        languages: Worker.languages, results: folder.path + "/results", largestLoad: largestLoad, log: log)
      let http = try await HTTPServer.start(HTTPServerConfiguration(), handler: app.router.respond)
      let transport = CurlTransport(maximumConnections: 64)
      guard let base = URL(string: "http://127.0.0.1:\(http.port)") else { return }
      guard let address = URL(string: "\(base)/api/openapi.json") else { return }
      let document = try await transport.send(ClientRequest(url: address)).body
      let lab = ServerLab(
        accounts: accounts, queue: queue, store: store, base: base, token: token, workersToken: workersToken,
        transport: transport,
        folder: folder, routes: app.router.routes, storePath: place.location.path,
        contract: try APIContract(try JSONValue(parsing: String(decoding: document, as: UTF8.self))))
      do {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await app.run() }
          for number in 0..<workers {
            var configuration = Worker.Configuration(
              server: base, token: workersToken, name: "w\(number)", slots: 4, python: python,
              folder: folder.path + "/worker\(number)")
            set(&configuration)
            let worker = Worker(configuration)
            group.addTask { try await worker.run() }
          }
          try await body(lab)
          group.cancelAll()
        }
      } catch {
        transport.close()
        await http.stop()
        throw error
      }
      transport.close()
      await http.stop()
    }
  }

  struct Answer {
    let status: Int
    let text: String
    let headers: [(name: String, value: String)]
    var bytes: [UInt8] = []

    var json: JSONValue? { try? JSONValue(parsing: text) }
  }

  /// - Parameters:
  ///   - path: below `/api`.
  ///   - token: nil for the admin's, empty for none.
  func send(
    _ method: String, _ path: String, _ body: JSONValue? = nil, token: String? = nil, accept: String? = nil
  ) async throws -> Answer {
    guard let url = URL(string: base.absoluteString + "/api" + path) else { throw URLError(.badURL) }
    var request = ClientRequest(url: url, method: method)
    let sent = token ?? self.token
    if !sent.isEmpty { request.setHeader("Authorization", "Bearer " + sent) }
    if let body { request.body = [UInt8](body.text.utf8) }
    if let accept { request.setHeader("Accept", accept) }
    request.timeout = .seconds(120)
    let answer = try await transport.send(request)
    let result = Answer(
      status: answer.status, text: String(decoding: answer.body, as: UTF8.self), headers: answer.headers,
      bytes: answer.body)
    contract.check(method, "/api" + path, result)
    return result
  }

  func query(
    _ content: String, _ arguments: JSONObject = JSONObject(), language: String = "duckdb",
    inline: Bool = false,
    token: String? = nil, accept: String? = nil
  ) async throws -> Answer {
    try await send(
      "POST", "/w/main/jobs/\(inline ? "run_inline" : "run_wait_result")/preview",
      .object(
        JSONObject(pairs: [
          "content": .string(content), "language": .string(language), "args": .object(arguments),
        ])), token: token, accept: accept)
  }

  /// Waits until a job has printed something.
  ///
  /// - Returns: its whole log.
  @discardableResult
  func log(of id: JobID, with text: String) async throws -> String {
    let log = try await queue.follow(id, within: .seconds(120)) {
      try await queue.log(of: id).text
    } until: {
      $0.contains(text)
    }
    guard log.contains(text) else { throw NeverHappened(what: "job \(id) prints '\(text)'") }
    return log
  }

  /// Begins a script that nobody keeps.
  func submit(_ content: String, _ arguments: String = "{}", language: String) async throws -> JobID {
    var job = NewJob(
      workspace: "main", kind: .preview, language: language, content: content, arguments: arguments,
      createdBy: "ann")
    job.path = "u/ann/test"
    return try await queue.submit(job).id
  }

  /// A token of a member with a role.
  func token(of role: Role, scopes: [String]? = nil) async throws -> String {
    let name = "user-\(role.rawValue)"
    try await accounts.setMember(name, email: "\(name)@example.com", role: role, of: "main")
    return try await accounts.makeToken(for: name, of: "main", label: "test", scopes: scopes).text
  }
}

extension StoreLocation {
  fileprivate var path: String? { if case .sqlite(let path) = self { path } else { nil } }
}
