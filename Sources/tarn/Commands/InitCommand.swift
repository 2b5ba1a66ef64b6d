import ArgumentParser
import Foundation
import Workspaces

struct InitCommand: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "init", abstract: "Make a workspace: a folder with a commented tarn.yaml.")
  }

  @Argument(help: "The folder; made when it is not there.")
  var folder: String = "."

  func run() throws {
    let workspace = try Workspace.create(in: folder)
    Console.note("made \(workspace.file)")
    Console.note("next: tarn sql \"CREATE TABLE friend AS SELECT 1 AS id, 'Ada' AS name\"")
  }
}
