import ArgumentParser
import DuckDB
import Foundation
import Lake
import LakeSettings
import Runtimes
import Scripts
import SQLText
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
  @OptionGroup var output: OutputOptions

  func run() async throws {
    var open = try workspace.open()
    let name = open.workspace.lakes.isEmpty && lake == "main" ? nil : try open.lakeName(lake)
    if query == nil, TerminalInfo.of(STDIN_FILENO).isTerminal {
      return try await open.withEngine { engine in try await SQLPrompt(engine: engine, workspace: open, lake: name).run() }
    }
    let text = query ?? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
    if output.isParquet { open.makeReachable(open.path(output.output ?? "")) }
    let script = try SQLScript.parse(try statements(text, in: open), path: query == nil ? "standard input" : "query")
    guard !script.statements.isEmpty else { throw CommandFailure.wrongUse("there is no statement in the query") }
    let writer = output.isParquet ? nil : try output.writer(in: open.startFolder)
    try await open.withEngine { engine in
      let session = try await engine.session(current: name)
      do {
        try await ScriptRunner(session: session).run(script, arguments: [], into: writer?.sink)
        try writer?.finish()
        await session.close()
      } catch {
        await session.close()
        throw error
      }
    }
  }

  /// For Parquet, DuckDB itself writes the last statement's rows.
  private func statements(_ text: String, in open: OpenWorkspace) throws -> String {
    guard output.isParquet, let file = output.output else { return text }
    var statements = try SQLStatements.split(text).map(\.text)
    guard let last = statements.popLast() else { return text }
    statements.append("COPY (\(last)) TO \(SQLLiteral.string(open.path(file))) (FORMAT parquet)")
    return statements.joined(separator: ";\n")
  }
}
