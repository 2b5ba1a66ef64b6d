import Accounts
import ArgumentParser
import Jobs
import Secrets
import Store
import Terminal

struct WorkspaceCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "workspace", abstract: "The workspaces of a server, each by itself.",
      discussion: """
        A workspace has its own members, tokens, scripts, secrets, jobs and lakes. Its settings stand in \
        .tarn/workspaces/ID/tarn.yaml of the server's folder. The server need not run.
        """,
      subcommands: [List.self, Create.self, Remove.self])
  }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "list", abstract: "List the workspaces.")
    }

    @Flag(name: .long, help: "Print one JSON value.") var json = false
    @OptionGroup var accounts: AccountOptions

    private struct Row: Encodable {
      let id: String
      let name: String
      let createdAt: String
    }

    func run() async throws {
      let all = try await accounts.withAccounts { all, _ in (try await all.workspaces(), nil) }
      if json {
        return try JSONOutput.print(all.map { Row(id: $0.id, name: $0.name, createdAt: $0.createdAt.text) })
      }
      TablePrinter.print([.init("id"), .init("name")], all.map { [$0.id, $0.name] })
    }
  }

  struct Create: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "create", abstract: "Make a workspace and print a token of its admin.",
        discussion: "The token is printed once; the store keeps its hash alone.")
    }

    @Argument(help: "What the API calls it: letters, digits, '-' and '_'.") var newID: String
    @Option(name: .long, help: "What people call it; else its id.") var name: String?
    @OptionGroup var accounts: AccountOptions

    func run() async throws {
      let token = try await accounts.withAccounts { all, workspace in
        try await all.createWorkspace(
          newID, name: name ?? newID, admin: ServerState.owner, email: ServerState.ownersEmail)
        do { try ServedWorkspaces.make(newID, in: workspace) } catch {
          try await all.removeWorkspace(newID)
          throw error
        }
        let token = try await all.makeToken(
          for: ServerState.owner, of: newID, label: "owner of the workspace")
        return (token.text, accounts.entry("workspaces.create", .create, newID))
      }
      print(token)
    }
  }

  struct Remove: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "remove", abstract: "Remove a workspace with all that the server keeps of it.",
        discussion: "The folder with its lakes is kept, under a name that ends in .removed and a number.")
    }

    @Argument(help: "Its id.") var oldID: String
    @OptionGroup var accounts: AccountOptions

    func run() async throws {
      try await accounts.withAccounts { all, workspace in
        try await all.removeWorkspace(oldID)
        try await JobQueue(store: all.store).removeJobs(of: oldID)
        try ServedWorkspaces.setAside(oldID, in: workspace)
        return ((), accounts.entry("workspaces.delete", .delete, oldID))
      }
    }
  }
}
