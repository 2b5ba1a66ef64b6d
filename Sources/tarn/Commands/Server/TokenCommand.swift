import Accounts
import ArgumentParser
import Secrets
import Store

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

    @Option(name: .long, help: "What the token is for, as lists show it.") var label = "tarn token create"
    @Option(name: .long, help: ArgumentHelp("The member whose token it is.", valueName: "username"))
    var user = ServerState.owner
    @Option(
      name: .long, parsing: .singleValue,
      help: ArgumentHelp(
        "What it is limited to, such as jobs:run; may stand several times.", valueName: "scope"))
    var scope: [String] = []
    @Option(name: .long, help: ArgumentHelp("When it ends, in days.", valueName: "days")) var days: Int?
    @OptionGroup var accounts: AccountOptions

    func validate() throws {
      if let days, days < 1 { throw ValidationError("--days must be at least 1") }
    }

    func run() async throws {
      let token = try await accounts.withAccounts { all, _ in
        let token = try await all.makeToken(
          for: user, of: accounts.id, label: label, scopes: scope.isEmpty ? nil : scope,
          expiresAt: days.map { .now + .seconds($0 * 86_400) })
        return (token, accounts.entry("users.tokens.create", .create, token.prefix))
      }
      print(token.text)
    }
  }
}
