import Foundation
import TestKit
import Testing

@Suite("Help, version and completion", .serialized) struct HelpTests {
  static let commands: [[String]] = [
    [], ["init"], ["sql"], ["run"], ["lake"], ["lake", "list"], ["lake", "create"], ["lake", "add"],
    ["lake", "info"],
    ["lake", "snapshots"], ["lake", "tables"], ["lake", "files"], ["lake", "options"], ["pipeline"],
    ["pipeline", "plan"],
    ["pipeline", "run"], ["load"], ["load", "init"], ["load", "status"], ["load", "history"],
    ["load", "schema"], ["load", "drop"], ["load", "sync"], ["example"], ["example", "tpcds"], ["doctor"],
    ["pull"], ["push"],
  ]

  @Test(arguments: commands) func `every command has its help`(command: [String]) async throws {
    let outcome = try await TarnProcess(in: "/").run(command + ["--help"])
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    #expect(outcome.output.hasPrefix("OVERVIEW: "), "\(outcome)")
    #expect(outcome.output.contains("USAGE: tarn" + command.map { " " + $0 }.joined()), "\(outcome)")
    for line in outcome.output.split(separator: "\n") where line.hasPrefix("  --") || line.hasPrefix("  <") {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      #expect(words.count > 2 || line.count > 20, "an option without help: \(line)")
    }
  }

  @Test func `the version`() async throws {
    let outcome = try await TarnProcess(in: "/").run("--version")
    #expect(
      outcome.status == 0 && outcome.output.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+\n/) != nil, "\(outcome)")
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func `completion scripts are valid`(shell: String) async throws {
    let script = try await TarnProcess(in: "/").run("--generate-completion-script", shell)
    #expect(script.status == 0 && script.output.contains("pipeline"), "\(script)")
    guard
      let path = ["/bin/", "/usr/bin/"].map({ $0 + shell }).first(where: FileManager.default.isExecutableFile)
    else { return }
    let folder = try TemporaryFolder("completion")
    try folder.write(script.output, to: "tarn")
    let checked = try await TarnProcess(in: folder.path, executable: path).run("-n", folder["tarn"])
    #expect(checked.status == 0 && checked.errors.isEmpty, "\(checked)")
  }
}
