import ArgumentParser
import Examples
import Foundation
import Terminal
import Workspaces

struct ExampleCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "example", abstract: "Make an example workspace and run its pipeline.",
      subcommands: [TPCDS.self])
  }

  struct TPCDS: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "tpcds", abstract: "TPC-DS retail: 24 raw files to a published report in 52 steps.",
        discussion: "What is in place is left: a second run makes no data and skips every unchanged step.")
    }

    @Option(name: .long, help: "TPC-DS scale factor; 1 is about 1 GB of raw text.") var scale: Double = 1
    @Option(name: .long, help: "The workspace's folder; made when it is not there.") var dir: String = "tpcds"
    @Flag(name: .long, help: "Make CSV files beside the Parquet files.") var csv = false
    @Flag(name: .long, help: "Make the workspace and the raw files, run nothing.") var prepareOnly = false
    @Flag(name: .long, help: "Run every step, changed or not.") var force = false
    @Flag(name: .long, help: "Print one JSON value.") var json = false

    func validate() throws {
      guard scale >= 0.01, scale <= 1000 else { throw ValidationError("--scale goes from 0.01 to 1000") }
    }

    func run() async throws {
      let example = try ExampleWorkspace.tpcds(in: dir)
      for format in csv ? TPCDSData.Format.allCases : [.parquet] {
        try await generate(TPCDSData(scale: scale, folder: example.folder + "/raw", format: format))
      }
      if prepareOnly { return Console.note("made \(example.folder)") }
      let run = try PipelineCommand.Run.parse(
        ["pipeline", "--workspace", example.folder] + (force ? ["--force"] : []) + (json ? ["--json"] : []))
      try await run.run()
    }

    private func generate(_ data: TPCDSData) async throws {
      guard !data.isComplete else { return }
      Console.note("making raw \(data.format.rawValue) files at scale \(Self.text(scale)) in \(data.folder)")
      let clock = ContinuousClock()
      let start = clock.now
      try await data.generate { progress in
        if case .writing(let table, let number, let count) = progress, Console.isTerminal {
          Console.transient("  \(number)/\(count) \(table)")
        }
      }
      Console.clearTransient()
      Console.note("made them in \(HumanText.duration(clock.now - start))")
    }

    private static func text(_ scale: Double) -> String {
      scale == scale.rounded() ? String(Int(scale)) : String(scale)
    }
  }
}
