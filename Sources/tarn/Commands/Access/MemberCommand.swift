import Accounts
import ArgumentParser
import Store
import Terminal

/// A role as people type it.
struct RoleName: ExpressibleByArgument {
  let role: Role

  init(_ role: Role) { self.role = role }

  init?(argument: String) {
    guard let role = Role(rawValue: argument.lowercased()) else { return nil }
    self.role = role
  }

  var defaultValueDescription: String { role.rawValue }

  static var allValueStrings: [String] { Role.allCases.map(\.rawValue) }
}

struct MemberCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "member", abstract: "The people of a server's workspace.",
      discussion: "The server need not run. tarn token create --user NAME makes a token for one.",
      subcommands: [List.self, Add.self, Set.self, Remove.self])
  }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "list", abstract: "List the members.")
    }

    @Flag(name: .long, help: "Print one JSON value.") var json = false
    @OptionGroup var accounts: AccountOptions

    private struct Row: Encodable {
      let username: String
      let email: String
      let role: String
    }

    func run() async throws {
      let members = try await accounts.withAccounts { all, _ in (try await all.members(of: accounts.id), nil)
      }
      let rows = members.map { Row(username: $0.username, email: $0.email, role: $0.role.rawValue) }
      if json { return try JSONOutput.print(rows) }
      TablePrinter.print(
        [.init("username"), .init("role"), .init("email")], rows.map { [$0.username, $0.role, $0.email] })
    }
  }

  struct Add: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "add", abstract: "Add a member.")
    }

    @Argument(help: "Letters, digits, '-' and '_'.") var username: String
    @Option(name: .long, help: "admin, developer, operator or viewer.") var role = RoleName(.developer)
    @Option(name: .long, help: ArgumentHelp("Else USERNAME@localhost.", valueName: "address")) var email:
      String?
    @OptionGroup var accounts: AccountOptions

    func run() async throws {
      try await accounts.withAccounts { all, _ in
        try await all.addMember(
          username, email: email ?? "\(username)@localhost", role: role.role, to: accounts.id)
        return ((), accounts.entry("users.add", .create, username))
      }
    }
  }

  struct Set: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "set", abstract: "Change a member's role or address.")
    }

    @Argument(help: "The member.") var username: String
    @Option(name: .long, help: "admin, developer, operator or viewer.") var role: RoleName?
    @Option(name: .long, help: ArgumentHelp("The new address.", valueName: "address")) var email: String?
    @OptionGroup var accounts: AccountOptions

    func validate() throws {
      if role == nil, email == nil { throw ValidationError("Give --role or --email") }
    }

    func run() async throws {
      try await accounts.withAccounts { all, _ in
        try await all.updateMember(username, of: accounts.id, role: role?.role, email: email)
        return ((), accounts.entry("users.update", .update, username))
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "remove", abstract: "Remove a member, with its tokens, grants and rights on folders.")
    }

    @Argument(help: "The member.") var username: String
    @OptionGroup var accounts: AccountOptions

    func run() async throws {
      try await accounts.withAccounts { all, _ in
        try await all.removeMember(username, of: accounts.id)
        return ((), accounts.entry("users.delete", .delete, username))
      }
    }
  }
}
