import ArgumentParser
import Foundation
import Sync
import SyncClient

/// Which folder and which server are brought together, and what a command may do without asking.
struct SyncOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("The folder; else the one that you are in.", valueName: "folder"))
  var folder = "."

  @Option(name: .long, help: ArgumentHelp("The server's address; else that of TARN_URL.", valueName: "url"))
  var server: String?

  @Option(name: .long, help: ArgumentHelp("A file that holds the token; else TARN_TOKEN.", valueName: "file"))
  var tokenFile: String?

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
    let environment = ProcessInfo.processInfo.environment
    let given = server ?? environment["TARN_URL"] ?? ""
    guard !given.isEmpty else {
      throw CommandFailure.wrongUse("which server? Give --server URL, or set TARN_URL")
    }
    let address = String(given.reversed().drop { $0 == "/" }.reversed())
    guard let url = URL(string: address), ["http", "https"].contains(url.scheme), url.host != nil else {
      throw CommandFailure.wrongUse("'\(given)' is no address of a server, such as http://127.0.0.1:8900")
    }
    return SyncServer(url, workspace: workspaceID, token: try token())
  }

  var workspaceID: String {
    let given = workspace ?? ProcessInfo.processInfo.environment["TARN_WORKSPACE"] ?? ""
    return given.isEmpty ? "main" : given
  }

  private func token() throws -> String {
    if let tokenFile {
      guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
        throw CommandFailure.failed("cannot read \(tokenFile)")
      }
      return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    guard let token = SecretEnvironment.take("TARN_TOKEN") else {
      throw CommandFailure.wrongUse("which token? Give --token-file FILE, or set TARN_TOKEN")
    }
    return token
  }

  var place: SyncFolder {
    let start = FileManager.default.currentDirectoryPath
    return SyncFolder(folder.hasPrefix("/") ? folder : folder == "." ? start : start + "/" + folder)
  }
}
