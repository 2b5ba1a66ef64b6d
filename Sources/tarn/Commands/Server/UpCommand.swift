import Accounts
import ArgumentParser
import Foundation
import HTTPServer
import Jobs
import Secrets
import Server
import Store
import Worker
import Workspaces

struct UpCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "up", abstract: "Start everything in a folder: a server and a worker.",
      discussion: """
        Makes a workspace when there is none. Prints the server's address and a token. After Ctrl-C no more jobs begin, and both \
        end with those that run; the second Ctrl-C stops them.
        """)
  }

  @Option(
    name: .long,
    help: ArgumentHelp("The workspace's folder; else the nearest one above, else this one.", valueName: "dir")
  )
  var workspace: String?

  @OptionGroup var server: ServerOptions

  @Option(name: .long, help: ArgumentHelp("How many jobs run at the same time.", valueName: "n"))
  var slots = 8

  @OptionGroup var drain: DrainOption

  func validate() throws {
    if slots < 1 { throw ValidationError("--slots must be at least 1") }
  }

  func run() async throws {
    let workspace = try openOrMake()
    guard FileManager.default.changeCurrentDirectoryPath(workspace.folder) else {
      throw CommandFailure.failed("cannot enter \(workspace.folder)")
    }
    let folder = workspace.privateFolder + "/server"
    let lock = try ServerLock(folder: folder)
    defer { withExtendedLifetime(lock) {} }
    let state = try await ServerState.open(folder: folder)
    do {
      try await state.warnOfClosedSecrets()
      try await serve(state, workspace, folder)
      await state.store.close()
    } catch {
      await state.store.close()
      throw error
    }
  }

  /// The label of the token that the worker has.
  private static let workersLabel = "worker of tarn up"

  private func openOrMake() throws -> Workspace {
    let start = FileManager.default.currentDirectoryPath
    if let workspace {
      let file = workspace + "/tarn.yaml"
      return FileManager.default.fileExists(atPath: file)
        ? try Workspace(folder: workspace) : try Workspace.create(in: workspace)
    }
    if let found = try? Workspace.find(from: start) { return found }
    // One that is there and cannot be read is an error, not a reason for another.
    if FileManager.default.fileExists(atPath: start + "/tarn.yaml") { return try Workspace(folder: start) }
    return try Workspace.create(in: start)
  }

  private func serve(_ state: ServerState, _ workspace: Workspace, _ folder: String) async throws {
    let queue = JobQueue(store: state.store, retention: server.retention)
    let app = TarnServer(
      accounts: state.accounts, queue: queue, store: state.store,
      workspaces: ServedWorkspaces.source(workspace),
      version: Tarn.version,
      languages: Worker.languages, results: folder + "/results",
      auditRetention: .seconds(server.keepAudit * 86_400), largestLoad: server.largestLoad << 20,
      log: server.requestLog)
    let http = try await HTTPServer.start(
      try server.configuration { Console.note("server: \($0)") }, handler: app.router.respond)
    let address = server.address(port: http.port)
    let token = try await state.ownersToken(in: folder)
    // One that was killed has left its own behind.
    try await state.accounts.removeTokens(labelled: Self.workersLabel, of: "main")
    let workersToken = try await state.accounts.makeToken(
      for: ServerState.owner, of: "main", label: Self.workersLabel, scopes: [Identity.workersScope])
    let supervisor = WorkerSupervisor(
      address: address, token: workersToken.text, slots: slots, queue: queue, drain: drain.seconds)
    // The server outlives the worker, which has results to bring.
    let service = Task { try await app.run() }
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await service.value }
        group.addTask { try await supervisor.run() }
        defer { service.cancel() }
        print("Tarn is up: \(address)\nToken: \(token)")
        fflush(nil)
        try await group.next()
        group.cancelAll()
      }
    } catch is CancellationError {
      Console.note("stopping")
    } catch {
      await http.stop()
      throw error
    }
    await http.drain(within: .seconds(10))
    await http.stop()
    try? await state.accounts.removeTokens(labelled: Self.workersLabel, of: "main")
  }
}
