import ArgumentParser
import Foundation
import Lake

struct AppendCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "append", abstract: "Append rows from standard input to a table.",
      discussion: """
        Standard input holds one JSON object a line (NDJSON). All rows are committed together, or none.
        """)
  }

  @OptionGroup var workspace: WorkspaceOptions
  @Argument(help: "The table: [LAKE/][SCHEMA.]TABLE.") var table: String
  @Option(name: .long, help: "What this append is known by: the same key is applied once.") var key: String?
  @Flag(name: .long, help: "Print one JSON value.") var json = false

  func run() async throws {
    let open = try workspace.open()
    let target = LakeTableArgument(table)
    let name = try open.lakeName(target.lake)
    guard let lines = String(data: FileHandle.standardInput.readDataToEndOfFile(), encoding: .utf8) else {
      throw CommandFailure.failed("standard input is no UTF-8 text")
    }
    let receipt = try await open.withEngine { engine in
      try await engine.lake(name).append(ndjson: lines, to: target.table, schema: target.schema, key: key)
    }
    if json { return try JSONOutput.print(receipt) }
    if receipt.isRepeat, let key {
      Console.note("key '\(key)' was applied before, with snapshot \(receipt.snapshot); nothing was written")
    } else {
      Console.note("appended \(receipt.rows) rows to \(table) (snapshot \(receipt.snapshot))")
    }
  }
}
