import ArgumentParser
import Foundation
import Lake
import LoadFiles
import Loader

extension LoadCommand {
  /// `tarn load SOURCE…`, and `tarn load -f FILE`.
  struct Run: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "run", abstract: "Load: from sources named here, or as a file declares it.",
        usage: """
          tarn load <source> ... --into <[lake/]schema> [options]
          tarn load -f <file>
          """)
    }

    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var options: LoadOptions
    @OptionGroup var script: ScriptOptions
    @Option(
      name: [.customShort("f"), .long], help: "A declared load: a YAML or JSON file.", completion: .file())
    var file: String?
    @Flag(name: .long, help: "Only show what would change, and the statements.") var dryRun = false
    @Flag(name: .long, help: "Print one JSON value.") var json = false

    func validate() throws {
      if file != nil, !options.isEmpty {
        throw ValidationError("-f FILE goes with no source and no option that the file can say")
      }
      if file == nil { try options.requireSource() }
    }

    func run() async throws {
      // Before the workspace's folder becomes the present one: what is typed begins where it is typed.
      let typed = file == nil ? try options.declared() : nil
      let open = try workspace.open()
      let declared = try typed ?? LoadRequest.read(file ?? "", in: open)
      let request = try LoadRequest(
        declared, in: open, secret: options.secret, call: try script.call(in: open),
        paths: file == nil ? .typed : .workspace)
      if dryRun {
        let forecast = try await request.perform(isRehearsal: true) { loader, loads in
          try await loader.plan(loads)
        }
        return try LoadReport.print(forecast, json: json)
      }
      let start = ContinuousClock.now
      let display = LoadDisplay()
      _ = try await request.perform(progress: display.reading) { [json] loader, loads in
        do {
          return try await loader.load(loads, watcher: display.watcher) { summary in
            display.end()
            let report = LoadReport(
              summary, lake: request.lake, dataset: request.dataset, time: start.duration(to: .now))
            if json { try JSONOutput.print(report) } else { report.print() }
            // Now it is said, and not when the command ends.
            fflush(nil)
          }
        } catch {
          display.end()
          throw error
        }
      }
    }
  }
}
