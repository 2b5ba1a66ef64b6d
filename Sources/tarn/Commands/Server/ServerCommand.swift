import Accounts
import ArgumentParser
import Foundation
import HTTPServer
import Jobs
import Server
import Store
import Worker
import Workspaces

struct ServerCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "server", abstract: "Start a server without a worker.",
      discussion:
        "Workers run elsewhere: tarn worker. Several servers may share a PostgreSQL store. Ctrl-C stops it."
    )
  }

  @Option(
    name: .long, help: ArgumentHelp("The workspace's folder; else the nearest one above.", valueName: "dir"))
  var workspace: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The store: a file, or postgresql://…; else that of TARN_STORE, else the folder's own.",
      valueName: "place"))
  var store: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The file of the secret key; else the folder's own. TARN_SECRET_KEY goes before both.",
      valueName: "file"))
  var keyFile: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where large results are kept; else in the workspace's folder. Servers of one store share it.",
      valueName: "dir"))
  var results: String?

  @OptionGroup var server: ServerOptions

  func run() async throws {
    let found =
      if let workspace { try Workspace(folder: workspace) } else {
        try Workspace.find(from: FileManager.default.currentDirectoryPath)
      }
    let folder = found.privateFolder + "/server"
    let place = try (store ?? ProcessInfo.processInfo.environment["TARN_STORE"]).map { try StoreLocation($0) }
    // A SQLite store has one server.
    var lock: ServerLock?
    if case .postgresql = place {} else { lock = try ServerLock(folder: folder) }
    defer { withExtendedLifetime(lock) {} }
    let state = try await ServerState.open(folder: folder, location: place, keyFile: keyFile)
    do {
      try await state.warnOfClosedSecrets()
      try await serve(state, found, folder)
      await state.store.close()
    } catch {
      await state.store.close()
      throw error
    }
  }

  private func serve(_ state: ServerState, _ workspace: Workspace, _ folder: String) async throws {
    let app = TarnServer(
      accounts: state.accounts, queue: JobQueue(store: state.store, retention: server.retention),
      store: state.store, workspaces: ServedWorkspaces.source(workspace),
      version: Tarn.version, languages: Worker.languages, results: results ?? folder + "/results",
      auditRetention: .seconds(server.keepAudit * 86_400), largestLoad: server.largestLoad << 20,
      log: server.requestLog)
    let http = try await HTTPServer.start(
      try server.configuration { Console.note("server: \($0)") }, handler: app.router.respond)
    print("Tarn's server: \(server.address(port: http.port))")
    fflush(nil)
    do { try await app.run() } catch is CancellationError { Console.note("stopping") } catch {
      await http.stop()
      throw error
    }
    await http.drain(within: .seconds(10))
    await http.stop()
  }
}
