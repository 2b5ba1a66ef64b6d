import Accounts
import ArgumentParser
import Grants
import Store
import Terminal

/// Privileges as people type them: `select`, `select,insert`, `all`.
struct PrivilegeList: ExpressibleByArgument {
  let privileges: [LakePrivilege]

  init?(argument: String) {
    if argument.lowercased() == "all" {
      privileges = LakePrivilege.allCases
      return
    }
    let names = argument.lowercased().split(separator: ",", omittingEmptySubsequences: false)
    privileges = names.compactMap { LakePrivilege(rawValue: String($0)) }
    guard privileges.count == names.count else { return nil }
  }

  static var allValueStrings: [String] { LakePrivilege.allCases.map(\.rawValue) + ["all"] }
}

extension LakePlace {
  static func read(_ text: String) throws -> LakePlace {
    do { return try LakePlace(parsing: text) } catch { throw CommandFailure.wrongUse(error.message) }
  }
}

extension GrantHolder {
  static func read(_ text: String) throws -> GrantHolder {
    do { return try GrantHolder(parsing: text) } catch { throw CommandFailure.wrongUse(error.message) }
  }
}

struct GrantCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "grant", abstract: "Let somebody do something with a lake, a schema or a table.",
      discussion: """
        The first grant on a lake makes it governed: members who are no admins then have what they were granted, and \
        nothing else. The server need not run.
        """)
  }

  @Argument(help: "select, insert, update, delete, create, drop, maintain; several with commas; or all.")
  var privileges: PrivilegeList
  @Option(
    name: .long, help: ArgumentHelp("LAKE/*, LAKE/SCHEMA.* or [LAKE/][SCHEMA.]TABLE.", valueName: "place"))
  var on: String
  @Option(name: .long, help: ArgumentHelp("u/USERNAME, g/GROUP or role/ROLE.", valueName: "holder"))
  var to: String
  @OptionGroup var accounts: AccountOptions

  func run() async throws {
    let (place, holder) = (try LakePlace.read(on), try GrantHolder.read(to))
    let wasOpen = try await accounts.withAccounts { all, _ in
      let wasOpen = try await all.grant(
        privileges.privileges, on: place, to: holder, of: accounts.id, by: ServerState.owner)
      return (wasOpen, accounts.entry("grants.create", .create, place.text))
    }
    if wasOpen {
      Console.note(
        "Lake '\(place.lake)' is governed now: members who are no admins have what they are granted, and nothing else."
      )
    }
  }
}

struct RevokeCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "revoke", abstract: "Take a grant back.",
      discussion:
        "What was granted on other places stays: a grant on a schema is not taken back table by table.")
  }

  @Argument(help: "select, insert, update, delete, create, drop, maintain; several with commas; or all.")
  var privileges: PrivilegeList
  @Option(
    name: .long,
    help: ArgumentHelp("The place that was granted, as tarn grants shows it.", valueName: "place"))
  var on: String
  @Option(name: .long, help: ArgumentHelp("u/USERNAME, g/GROUP or role/ROLE.", valueName: "holder"))
  var from: String
  @OptionGroup var accounts: AccountOptions

  func run() async throws {
    let (place, holder) = (try LakePlace.read(on), try GrantHolder.read(from))
    let count = try await accounts.withAccounts { all, _ in
      let count = try await all.revoke(privileges.privileges, on: place, from: holder, of: accounts.id)
      return (count, accounts.entry("grants.delete", .delete, place.text))
    }
    guard count > 0 else {
      throw CommandFailure.failed("\(holder.text) had no such grant on \(place.text). tarn grants lists them")
    }
  }
}

struct GrantsCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "grants", abstract: "Who may do what with lakes.", subcommands: [List.self, Open.self],
      defaultSubcommand: List.self)
  }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "list", abstract: "List grants, with who gave them.")
    }

    @Flag(name: .long, help: "Print one JSON value.") var json = false
    @OptionGroup var accounts: AccountOptions

    private struct Report: Encodable {
      struct Grant: Encodable {
        let privilege: String
        let on: String
        let to: String
        let grantedBy: String
        let grantedAt: String
      }

      let governedLakes: [String]
      let grants: [Grant]
    }

    func run() async throws {
      let (governed, grants) = try await accounts.withAccounts { all, _ in
        (try await all.grants(of: accounts.id), nil)
      }
      if json {
        return try JSONOutput.print(
          Report(
            governedLakes: governed,
            grants: grants.map {
              .init(
                privilege: $0.privilege.rawValue, on: $0.place.text, to: $0.holder.text,
                grantedBy: $0.grantedBy,
                grantedAt: $0.grantedAt.text)
            }))
      }
      guard !governed.isEmpty else {
        Console.note("No lake is governed: roles alone decide who may do what.")
        return
      }
      var rows: [[String]] = []
      for grant in grants {
        let row = [grant.place.text, grant.holder.text, grant.privilege.rawValue, grant.grantedBy]
        if let last = rows.last, last[0] == row[0], last[1] == row[1], last[3] == row[3] {
          rows[rows.count - 1][2] += ", " + row[2]
        } else {
          rows.append(row)
        }
      }
      TablePrinter.print([.init("on"), .init("to"), .init("may"), .init("granted by")], rows)
      Console.note("Governed: \(governed.joined(separator: ", ")). Admins may do everything.")
    }
  }

  struct Open: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "open", abstract: "Forget all grants on a lake: roles alone decide there again.")
    }

    @Argument(help: "The lake's name.") var lake: String
    @OptionGroup var accounts: AccountOptions

    func run() async throws {
      try await accounts.withAccounts { all, _ in
        try await all.openLake(lake, of: accounts.id)
        return ((), accounts.entry("grants.open", .update, "\(lake)/*"))
      }
    }
  }
}
