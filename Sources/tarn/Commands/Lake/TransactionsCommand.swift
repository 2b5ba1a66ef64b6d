import ArgumentParser
import Foundation
import Lake
import LakeSettings
import Terminal
import Workspaces

extension LakeCommand {
  struct Transactions: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "transactions", abstract: "Who has a transaction open on a lake, since when.")
    }
    @OptionGroup var options: LakeOptions

    func run() async throws {
      let open = try options.workspace.open()
      let name = try open.lakeName(options.lake)
      guard let configuration = open.workspace.lakes.first(where: { $0.name == name }) else { return }
      let found: [TransactionInfo]
      if configuration.catalog.filePath != nil {
        // One process owns the catalog. Opening the lake would wait for it.
        found = [CatalogOwner.present(of: configuration)].compactMap { $0 }
      } else {
        found = try await open.withEngine { try await $0.lake(name).openTransactions() }
      }
      if options.json { return try JSONOutput.print(found) }
      if found.isEmpty { return print("no open transactions") }
      TablePrinter.print(
        ["client", "process", "user", "address", "since", "state"],
        found.map { entry in
          [
            entry.client, entry.process.map(String.init) ?? "", entry.user ?? "", entry.address ?? "",
            entry.since?.formatted(.iso8601) ?? "", entry.state,
          ]
        })
    }
  }
}
