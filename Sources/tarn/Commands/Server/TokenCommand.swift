import Accounts
import ArgumentParser
import Foundation
import Secrets
import Store
import Workspaces

struct TokenCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "token", abstract: "Tokens for clients of this folder's server.",
      subcommands: [Create.self])
  }

  struct Create: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "create", abstract: "Print a new token.",
        discussion:
          "The server need not run. The store keeps the token's hash alone: it cannot be shown again.")
    }

    @Option(
      name: .long, help: ArgumentHelp("The workspace's folder; else the nearest one above.", valueName: "dir")
    )
    var workspace: String?
    @Option(name: .long, help: "What the token is for, as lists show it.") var label = "tarn token create"
    @Option(name: .long, help: ArgumentHelp("The member whose token it is.", valueName: "username"))
    var user = ServerState.owner
    @Option(
      name: .long, parsing: .singleValue,
      help: ArgumentHelp(
        "What it is limited to, such as jobs:run; may stand several times.", valueName: "scope"))
    var scope: [String] = []
    @Option(name: .long, help: ArgumentHelp("When it ends, in days.", valueName: "days")) var days: Int?

    func validate() throws {
      if let days, days < 1 { throw ValidationError("--days must be at least 1") }
    }

    func run() async throws {
      let found =
        if let workspace { try Workspace(folder: workspace) } else {
          try Workspace.find(from: FileManager.default.currentDirectoryPath)
        }
      let state = try await ServerState.open(folder: found.privateFolder + "/server")
      do {
        let token = try await state.accounts.makeToken(
          for: user, of: "main", label: label, scopes: scope.isEmpty ? nil : scope,
          expiresAt: days.map { .now + .seconds($0 * 86_400) })
        await state.store.close()
        print(token.text)
      } catch {
        await state.store.close()
        throw error
      }
    }
  }
}
