import ArgumentParser
import Lake

extension LakeCommand {
  struct Committed: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "committed", abstract: "Tell whether a write happened, by its key.",
        discussion: "Exit status 0 when it did, 1 when it did not.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The key that was given with the write, or the name that an error told.") var key: String

    private struct Report: Encodable {
      let key: String
      let snapshot: Int64?
    }

    func run() async throws {
      try await options.withLake { lake in
        let snapshot = try await lake.snapshot(ofKey: key)
        if options.json { try JSONOutput.print(Report(key: key, snapshot: snapshot)) }
        guard let snapshot else {
          throw CommandFailure.failed("lake '\(lake.name)' has no commit with key '\(key)'")
        }
        if !options.json { Console.note("committed with snapshot \(snapshot)") }
      }
    }
  }
}
