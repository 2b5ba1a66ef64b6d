import ArgumentParser
import Foundation
import Lake
import Terminal

extension LakeCommand {
  struct History: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "history", abstract: "What happened to a table: who, when, what, how many rows.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The table: TABLE or SCHEMA.TABLE.") var table: String
    @Option(name: .long, help: "How many snapshots at most.") var limit: Int = 50

    func validate() throws {
      guard limit > 0 else { throw ValidationError("--limit takes a number from 1") }
    }

    func run() async throws {
      try await options.withLake { lake in
        let (schema, name) = TableArgument.split(table)
        let events = try await lake.history(of: name, schema: schema, limit: limit)
        if options.json { return try JSONOutput.print(events) }
        TablePrinter.print(
          [
            "snapshot", "time", "what", TextTable.Column("inserted", .right), .init("deleted", .right),
            .init("updated", .right), "author", "message",
          ], events.map(row))
      }
    }

    private func row(_ event: TableEvent) -> [String] {
      let what = event.operations.joined(separator: ", ")
      let name = event.renamed.isEmpty ? "" : " (\(event.renamed.joined(separator: " to ")))"
      let counts = [event.inserted, event.deleted, event.updated].map { count in
        count.map { $0 == 0 ? "" : String($0) } ?? "?"
      }
      return [String(event.snapshot), event.time.formatted(.iso8601), what + name] + counts
        + [event.author ?? "", event.message ?? ""]
    }
  }
}
