import ArgumentParser
import Foundation
import Lake
import LakeSettings
import Workspaces

/// Which workspace a command works in, and limits that go before those of `tarn.yaml`.
struct WorkspaceOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The workspace's folder; else the nearest one above.", valueName: "dir"))
  var workspace: String?

  @Option(
    name: .long, help: ArgumentHelp("Stop a query after this time, such as 30s or 10m.", valueName: "time"))
  var timeout: String?

  @Option(name: .long, help: ArgumentHelp("Memory for queries, such as 4GB.", valueName: "size"))
  var memory: String?

  @Option(name: .long, help: ArgumentHelp("Threads for queries.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let timeout, Quantity.duration(timeout) == nil {
      throw ValidationError("--timeout must be a time such as 30s or 10m, not '\(timeout)'")
    }
    if let memory, Quantity.bytes(memory) == nil {
      throw ValidationError("--memory must be a size such as 4GB, not '\(memory)'")
    }
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
  }

  /// Reads the workspace and goes into its folder, so that relative paths in SQL start there.
  func open() throws -> OpenWorkspace {
    let started = FileManager.default.currentDirectoryPath
    let found: Workspace
    if let workspace {
      found = try Workspace(folder: workspace)
    } else {
      found = try Workspace.find(from: started)
    }
    guard FileManager.default.changeCurrentDirectoryPath(found.folder) else {
      throw CommandFailure.failed("cannot enter \(found.folder)")
    }
    var settings = found.engine
    if let timeout { settings.queryTimeout = Quantity.duration(timeout) }
    if let memory { settings.memoryLimit = Quantity.bytes(memory) }
    if let threads { settings.threads = threads }
    return OpenWorkspace(workspace: found, settings: settings, startFolder: started)
  }
}

/// A workspace that a command works in.
struct OpenWorkspace {
  let workspace: Workspace
  private(set) var settings: EngineSettings
  /// Where the command was typed; file arguments start there.
  let startFolder: String

  /// Lets SQL reach one more file.
  mutating func makeReachable(_ path: String) { settings.reachableFiles.append(path) }

  /// Writes one lake more into `tarn.yaml`, once it could be opened.
  ///
  /// - Parameter look: what is to be known of the new lake.
  func add<Result>(lake name: LakeName, lines: [String], _ look: (Lake) async throws -> Result) async throws
    -> Result
  {
    let change = try workspace.planAdding(lake: name, lines: lines)
    let changed = OpenWorkspace(workspace: change.workspace, settings: settings, startFolder: startFolder)
    let result = try await changed.withEngine { try await look(await $0.lake(name)) }
    _ = try change.save()
    return result
  }

  /// Opens an engine for the workspace's lakes and closes it after `body`.
  func withEngine<Result>(_ body: (Engine) async throws -> Result) async throws -> Result {
    let engine = try await Engine(lakes: workspace.lakes, settings: settings)
    do {
      let result = try await body(engine)
      await engine.close()
      return result
    } catch {
      await engine.close()
      throw error
    }
  }

  /// The absolute path of a file argument.
  func path(_ argument: String) -> String {
    argument.hasPrefix("/") ? argument : startFolder + "/" + argument
  }

  /// The name of a lake argument, checked.
  func lakeName(_ text: String?) throws -> LakeName {
    let name = text ?? "main"
    if let branch = try branchName(name) { return branch }
    guard let lake = workspace.lakes.first(where: { $0.name.text == name }) else {
      throw LakeError(unknown: name, among: workspace.lakes)
    }
    return lake.name
  }

  /// The name of a branch of a lake (`main@dev`); nil when the text names no branch.
  private func branchName(_ text: String) throws -> LakeName? {
    guard let mark = text.firstIndex(of: "@") else { return nil }
    let lake = try lakeName(String(text[..<mark]))
    return LakeName(branch: try BranchName(String(text[text.index(after: mark)...])), of: lake)
  }
}
