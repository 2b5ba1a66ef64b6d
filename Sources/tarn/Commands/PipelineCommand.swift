import ArgumentParser
import Flows
import Foundation
import Lake
import Pipelines
import Scripts
import Terminal
import Workspaces

struct PipelineCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "pipeline",
      abstract: "A folder of scripts, run in the order that follows from their tables.",
      subcommands: [Plan.self, Run.self])
  }

  /// The pipeline's folder and arguments for its scripts.
  struct PipelineOptions: ParsableArguments {
    @OptionGroup var workspace: WorkspaceOptions
    @Argument(help: "The pipeline's folder.", completion: .directory) var folder: String = "pipeline"
    @Option(
      name: .long, parsing: .singleValue,
      help: ArgumentHelp("An argument for the scripts that declare it.", valueName: "name=value"))
    var arg: [String] = []

    /// The pipeline's folder: in the workspace, else where the command was typed.
    func path(in open: OpenWorkspace) -> String {
      let inWorkspace = open.workspace.folder + "/" + folder
      let isThere = !folder.hasPrefix("/") && FileManager.default.fileExists(atPath: inWorkspace)
      return isThere ? inWorkspace : open.path(folder)
    }

    func load(_ engine: Engine, in open: OpenWorkspace) async throws -> Pipeline {
      do {
        return try await Pipeline.load(
          folder: path(in: open), engine: engine, workspaceFolder: open.workspace.folder,
          privateFolder: open.workspace.privateFolder, arguments: try ArgumentTexts.parse(arg, in: open))
      } catch let error as PipelineProblems {
        for line in error.lines { Console.error(line) }
        throw CommandFailure.told
      }
    }
  }

  struct Plan: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "plan", abstract: "Show the steps, what they read and write, and their order.")
    }
    @OptionGroup var options: PipelineOptions
    @Option(name: .long, help: "text, mermaid or dot.") var format: String = "text"
    @Flag(name: .long, help: "Print one JSON value.") var json = false

    private struct Step: Encodable {
      let step: String
      let stage: Int
      let folder: String?
      let dependencies: [String]
      let reads: [String]
      let writes: [String]
    }

    func validate() throws {
      guard ["text", "mermaid", "dot"].contains(format) else {
        throw ValidationError("--format is text, mermaid or dot, not '\(format)'")
      }
    }

    func run() async throws {
      let open = try options.workspace.open()
      let plan = try await open.withEngine { try await options.load($0, in: open).plan }
      if json {
        return try JSONOutput.print(
          plan.steps.map { step in
            Step(
              step: step.id, stage: step.stage, folder: step.folder, dependencies: step.dependencies,
              reads: step.reads.map(\.description), writes: step.writes.map(\.description))
          })
      }
      let drawing = PipelineDrawing(plan)
      switch format {
      case "mermaid": print(drawing.mermaid())
      case "dot": print(drawing.dot())
      default: print(drawing.text(width: TerminalInfo.of(STDOUT_FILENO).width))
      }
    }
  }

  struct Run: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "run", abstract: "Run the steps that are not up to date.")
    }
    @OptionGroup var options: PipelineOptions
    @Option(name: .long, help: "Steps at once; else one for each two cores.") var jobs: Int?
    @Flag(name: .long, help: "Run every step, changed or not.") var force = false
    @Flag(name: .long, help: "Print one JSON value.") var json = false

    func validate() throws {
      guard jobs.map((1...256).contains) ?? true else { throw ValidationError("--jobs goes from 1 to 256") }
    }

    func run() async throws {
      let open = try options.workspace.open()
      let tell: (String) -> Void = { Console.note("waiting for \($0), which runs this pipeline") }
      let (report, outcome) = try await PipelineTurn.run(
        folder: options.path(in: open), workspaceFolder: open.workspace.folder,
        privateFolder: open.workspace.privateFolder, waiting: tell
      ) {
        try await open.withEngine { try await run(in: $0, open) }
      }
      if json { try JSONOutput.print(report) } else { report.print() }
      switch outcome.ending {
      case .done: return
      case .failed:
        report.printFailures()
        throw CommandFailure.told
      case .cancelled:
        throw CommandFailure(
          status: .interrupted,
          line:
            "interrupted; \(PipelineReport.steps(outcome.finished.count)) committed, the others left nothing")
      }
    }

    private func run(
      in engine: Engine, _ open: OpenWorkspace
    ) async throws -> (report: PipelineReport, outcome: PipelineOutcome) {
      let pipeline = try await options.load(engine, in: open)
      let display = PipelineDisplay(plan: pipeline.plan)
      display.begin()
      let runner = PipelineRunner(
        pipeline, engine: engine,
        options: .init(jobs: jobs ?? PipelineRunner.Options.standardJobs, force: force))
      let outcome = await runner.run { display.handle($0) }
      await display.end()
      return (PipelineReport(plan: pipeline.plan, outcome: outcome, stages: display.stageSummaries), outcome)
    }
  }
}
