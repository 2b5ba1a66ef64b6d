import Accounts
import ArgumentParser
import Foundation
import Store
import Workspaces

struct BackupCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "backup", abstract: "Copy a server's store and its secret key, also while it runs.",
      discussion: """
        Members, tokens, scripts, secrets, grants, jobs and the audit log; lakes have tarn lake backup. Whoever has the copy can open \
        all secrets: keep it as safe as the server.
        """)
  }

  @Argument(help: "A folder that is not there yet.") var folder: String

  @Option(
    name: .long, help: ArgumentHelp("The workspace's folder; else the nearest one above.", valueName: "dir"))
  var workspace: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The file of the secret key; else the folder's own. TARN_SECRET_KEY goes before both.",
      valueName: "file"))
  var keyFile: String?

  @Flag(name: .long, help: "Leave the key out: it is kept elsewhere.") var withoutKey = false

  func run() async throws {
    let found =
      if let workspace { try Workspace(folder: workspace) } else {
        try Workspace.find(from: FileManager.default.currentDirectoryPath)
      }
    let place = found.privateFolder + "/server"
    guard FileManager.default.fileExists(atPath: place + "/tarn.sqlite") else {
      throw CommandFailure.failed("no server has run in \(found.folder): there is nothing to copy")
    }
    let state = try await ServerState.open(folder: place, keyFile: keyFile)
    do {
      try await state.warnOfClosedSecrets()
      let target = URL(fileURLWithPath: folder).standardizedFileURL.path
      _ = try await ServerBackup.make(
        of: state.store, key: withoutKey ? nil : state.key, in: target, version: Tarn.version)
      await state.store.close()
      print(target)
    } catch {
      await state.store.close()
      throw error
    }
  }
}

struct RestoreCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "restore", abstract: "Put back what tarn backup has copied.",
      discussion: """
        The server must not run. What the folder's server has now is set aside, not removed. A backup of an older version is brought up \
        to date at the next start.
        """)
  }

  @Argument(help: "The folder of the backup.") var folder: String

  @Option(
    name: .long, help: ArgumentHelp("The workspace's folder; else the nearest one above.", valueName: "dir"))
  var workspace: String?

  @Flag(name: .long, help: "Also where a server has run already.") var replace = false

  func run() async throws {
    let found =
      if let workspace { try Workspace(folder: workspace) } else {
        try Workspace.find(from: FileManager.default.currentDirectoryPath)
      }
    let place = found.privateFolder + "/server"
    let backup = try await ServerBackup(in: URL(fileURLWithPath: folder).standardizedFileURL.path)
    let lock = try ServerLock(folder: place)
    defer { withExtendedLifetime(lock) {} }
    guard replace || !FileManager.default.fileExists(atPath: place + "/tarn.sqlite") else {
      throw CommandFailure.failed(
        "a server has run in \(found.folder). Give --replace to set aside what it has, and take the backup's")
    }
    let aside = try backup.restore(to: place)
    // What was restored has to open with the key that is there now.
    let state = try await ServerState.open(folder: place)
    do {
      try await state.warnOfClosedSecrets()
      await state.store.close()
    } catch {
      await state.store.close()
      throw error
    }
    for path in aside { Console.note("set aside: \(path)") }
    print("restored the backup of \(backup.manifest.madeAt)")
  }
}
