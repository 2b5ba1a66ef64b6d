import ArgumentParser
import DuckDB
import Foundation
import Lake
import LakeSettings
import Terminal
import Workspaces

struct DoctorCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "doctor",
      abstract: "Check the installation and the workspace: what is there, what is not, what to do.")
  }

  @Option(
    name: .long, help: ArgumentHelp("The workspace's folder; else the nearest one above.", valueName: "dir"))
  var workspace: String?
  @Flag(name: .long, help: "Print one JSON value.") var json = false

  private struct Check: Encodable {
    enum State: String, Encodable {
      case ok
      case note
      case problem
    }
    let what: String
    let state: State
    let found: String
    let todo: String?
  }

  func run() async throws {
    var checks = Self.installation()
    checks += await inWorkspace()
    if json {
      try JSONOutput.print(checks)
    } else {
      let rows = checks.map { check in
        [Self.sign(check.state), check.what, check.found + (check.todo.map { ". " + $0 } ?? "")]
      }
      TablePrinter.print(["", "", ""], rows)
    }
    if checks.contains(where: { $0.state == .problem }) { throw CommandFailure.told }
  }

  private static func sign(_ state: Check.State) -> String {
    switch state {
    case .ok: "ok"
    case .note: "note"
    case .problem: "PROBLEM"
    }
  }

  // MARK: Installation

  private static func installation() -> [Check] {
    var checks = [
      Check(
        what: "tarn", state: .ok, found: "\(Tarn.version), \(ExtensionLibrary.executablePath)", todo: nil),
      Check(what: "DuckDB", state: .ok, found: Database.libraryVersion, todo: nil),
    ]
    let library: ExtensionLibrary
    do { library = try ExtensionLibrary.beside() } catch {
      return checks + [Check(what: "extensions", state: .problem, found: "\(error)", todo: nil)]
    }
    let needed = ["ducklake", "sqlite_scanner", "postgres_scanner", "httpfs", "tpcds"]
    let missing = needed.filter { !library.available.contains($0) }
    checks.append(
      missing.isEmpty
        ? Check(what: "extensions", state: .ok, found: library.available.joined(separator: ", "), todo: nil)
        : Check(
          what: "extensions", state: .problem, found: "missing: \(missing.joined(separator: ", "))",
          todo: "In a checkout run make setup; else install Tarn again"))
    checks.append(
      library.isVerified
        ? Check(
          what: "verification", state: .ok, found: "extensions are the pinned ones, unchanged", todo: nil)
        : Check(
          what: "verification", state: .note, found: "extensions changed since they were verified",
          todo:
            "Each start hashes them (slower); scripts/stamp-extensions \(library.folder) verifies them anew"))
    return checks
  }

  // MARK: Workspace

  private func inWorkspace() async -> [Check] {
    let found: Workspace
    do throws(WorkspaceError) {
      if let workspace {
        found = try Workspace(folder: workspace)
      } else {
        found = try Workspace.find(from: FileManager.default.currentDirectoryPath)
      }
    } catch {
      let state: Check.State = workspace == nil && error.path == nil ? .note : .problem
      return [Check(what: "workspace", state: state, found: "\(error)", todo: nil)]
    }
    var checks = [Check(what: "workspace", state: .ok, found: found.folder, todo: nil)]
    for entry in found.engine.reachableFiles where !entry.contains("://") {
      let path = entry.hasPrefix("/") ? entry : found.folder + "/" + entry
      if !FileManager.default.fileExists(atPath: path) {
        checks.append(
          Check(what: "files", state: .note, found: "\(entry) is listed but not there", todo: nil))
      }
    }
    for lake in found.lakes { checks.append(await check(lake, in: found)) }
    return checks
  }

  private func check(_ lake: LakeConfiguration, in workspace: Workspace) async -> Check {
    let what = "lake \(lake.name)"
    if let path = lake.catalog.filePath, !FileManager.default.fileExists(atPath: path) {
      return Check(what: what, state: .note, found: "not there yet", todo: "It is made when it is first used")
    }
    do {
      let engine = try await Engine(lakes: [lake], settings: workspace.engine, patience: .seconds(2))
      let snapshot: Int64
      do { snapshot = try await engine.lake(lake.name).currentSnapshot() } catch {
        await engine.close()
        throw error
      }
      await engine.close()
      return Check(what: what, state: .ok, found: "\(lake.catalog.kind), snapshot \(snapshot)", todo: nil)
    } catch {
      return Check(what: what, state: .problem, found: "\(error)", todo: nil)
    }
  }
}
