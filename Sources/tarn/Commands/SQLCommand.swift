import ArgumentParser
import Foundation
import Scripts
import Terminal
import Workspaces

struct SQLCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "sql", abstract: "Run SQL, or open a prompt.",
      discussion: "Without a query: a prompt on a terminal, else statements from standard input.")
  }

  @OptionGroup var workspace: WorkspaceOptions
  @Argument(help: "Statements, separated by semicolons; the last one's rows are printed.") var query: String?
  @Option(name: .long, help: "The lake that is current.") var lake: String = "main"
  @Option(name: .long, help: "Run all of it as one transaction that this key applies once.") var key: String?
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let open = try workspace.open()
    let name = open.workspace.lakes.isEmpty && lake == "main" ? nil : try open.lakeName(lake)
    if query == nil, TerminalInfo.of(STDIN_FILENO).isTerminal {
      return try await open.withEngine { engine in
        try await SQLPrompt(engine: engine, workspace: open, lake: name).run()
      }
    }
    let text = query ?? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
    let script = try SQLScript.parse(text, path: query == nil ? "standard input" : "query")
    guard !script.statements.isEmpty else {
      throw CommandFailure.wrongUse("there is no statement in the query")
    }
    try await ScriptExecution(script: script, arguments: [], output: output, lake: name, key: key).run(
      in: open)
  }
}
