import ArgumentParser
import Foundation
import Sync
import SyncClient

/// Which folder and which server are brought together, and what a command may do without asking.
struct SyncOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The folder; else the one that you are in.", valueName: "folder"))
  var folder = "."

  @OptionGroup var remote: RemoteServerOptions

  @Option(
    name: .long,
    help: ArgumentHelp("Which of the server's workspaces; else TARN_WORKSPACE, else main.", valueName: "id"))
  var workspace: String?

  @Flag(name: .long, help: "Show what would be done, and do nothing.") var dryRun = false

  @Flag(name: .long, help: "Also show the text of what is added and removed.") var diff = false

  @Flag(name: .long, help: "Remove and overwrite without asking.") var yes = false

  @Flag(name: .long, help: "Overwrite what both sides have changed, and what the other side alone has.")
  var force = false

  @Flag(name: .long, help: "Also remove what was never on the side that is copied.") var prune = false

  @Flag(name: .long, help: "Print one JSON value.") var json = false

  /// - Throws: ``CommandFailure``.
  func connect() throws -> SyncServer {
    SyncServer(try remote.url(), workspace: workspaceID, token: try remote.token())
  }

  var workspaceID: String {
    let given = workspace ?? ProcessInfo.processInfo.environment["TARN_WORKSPACE"] ?? ""
    return given.isEmpty ? "main" : given
  }

  var place: SyncFolder {
    let start = FileManager.default.currentDirectoryPath
    return SyncFolder(folder.hasPrefix("/") ? folder : folder == "." ? start : start + "/" + folder)
  }
}
