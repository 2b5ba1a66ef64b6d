import Foundation
public import LakeSettings

/// A folder with a `tarn.yaml`: its lakes, limits and reachable files.
public struct Workspace: Sendable {
  /// The folder, absolute.
  public let folder: String
  /// The lakes that it declares, in the file's order.
  public let lakes: [LakeConfiguration]
  /// Limits and reachable files.
  public let engine: EngineSettings
  /// The Python that runs scripts, a path or a name; nil for the machine's own.
  public let python: String?

  /// Where scripts keep files, by name.
  public let storages: [String: Storage]

  /// What Tarn keeps for itself in this workspace.
  public var privateFolder: String { folder + "/.tarn" }
  /// The workspace's file.
  public var file: String { folder + "/" + WorkspaceFile.name }

  /// Reads the workspace in a folder.
  ///
  /// - Parameter folder: a folder with a `tarn.yaml`.
  /// - Throws: ``WorkspaceError`` with file and line.
  public init(folder: String) throws(WorkspaceError) {
    let folder = Self.absolute(folder)
    let path = folder + "/" + WorkspaceFile.name
    let environment = ProcessInfo.processInfo.environment
    if !FileManager.default.fileExists(atPath: path), DLTProject.isIn(folder, environment: environment) {
      self = try Workspace(dltProject: folder, environment: environment)
      return
    }
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw Self.unreadable(path)
    }
    do {
      (lakes, engine, python, storages) = try WorkspaceFile.read(text, folder: folder)
    } catch { throw error.inFile(path) }
    self.folder = folder
  }

  /// Reads the lake of a project of dlt: its settings are its workspace file.
  private init(dltProject folder: String, environment: [String: String]) throws(WorkspaceError) {
    self.init(
      folder: folder, lakes: [try DLTProject.lake(in: folder, environment: environment)],
      engine: EngineSettings(baseFolder: folder, temporaryFolder: folder + "/.tarn/tmp"))
  }

  /// Reads the workspace in `start` or in the nearest folder above that has one. A project of dlt with a `ducklake`
  /// destination is one, too.
  public static func find(from start: String) throws(WorkspaceError) -> Workspace {
    let first = absolute(start)
    var folder = first
    while true {
      if FileManager.default.fileExists(atPath: folder + "/" + WorkspaceFile.name)
        || DLTProject.isIn(folder, environment: [:])
      {
        return try Workspace(folder: folder)
      }
      let parent = (folder as NSString).deletingLastPathComponent
      guard parent != folder, !parent.isEmpty else {
        // No folder has one, but the environment may speak of a lake of dlt.
        if DLTProject.isIn(first, environment: ProcessInfo.processInfo.environment) {
          return try Workspace(folder: first)
        }
        throw WorkspaceError(
          "there is no workspace in \(absolute(start)) or above",
          hint: "Make one with tarn init, or give --workspace DIR")
      }
      folder = parent
    }
  }

  /// Makes a workspace: writes a commented `tarn.yaml`.
  ///
  /// - Parameters:
  ///   - folder: made when it is not there.
  ///   - text: the file's text; nil for the standard one with a `main` lake.
  /// - Throws: ``WorkspaceError`` when there is one already, or the folder cannot be written.
  @discardableResult
  public static func create(in folder: String, text: String? = nil) throws(WorkspaceError) -> Workspace {
    let folder = absolute(folder)
    let path = folder + "/" + WorkspaceFile.name
    guard !FileManager.default.fileExists(atPath: path) else {
      throw WorkspaceError("there is a workspace already", path: path)
    }
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data((text ?? WorkspaceTemplate.text).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw WorkspaceError("cannot write here", hint: "Make the folder writable for this user", path: folder)
    }
    return try Workspace(folder: folder)
  }

  /// Plans to add a lake to `tarn.yaml`, keeping every line that stands there. Nothing is written yet.
  ///
  /// - Parameters:
  ///   - name: the new lake.
  ///   - lines: its settings as YAML lines, indented from the left margin.
  /// - Throws: ``WorkspaceError`` when the name is taken or the file is not in the usual form.
  public func planAdding(lake name: LakeName, lines: [String]) throws(WorkspaceError) -> WorkspaceChange {
    guard !lakes.contains(where: { $0.name == name }) else {
      throw WorkspaceError("there is a lake '\(name)' already", path: file)
    }
    let text: String
    do { text = try String(contentsOfFile: file, encoding: .utf8) } catch { throw Self.unreadable(file) }
    var all = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let start = all.firstIndex(where: { $0.hasPrefix("lakes:") }),
      all[start].dropFirst("lakes:".count).allSatisfy({ $0 == " " }) || all[start].contains("#")
    else {
      throw WorkspaceError("`lakes:` is not on a line of its own", hint: "Add the lake by hand", path: file)
    }
    // As deep as the lakes that stand there.
    let indent =
      all[(start + 1)...].first {
        $0.first == " " && !$0.allSatisfy(\.isWhitespace) && $0.first { $0 != " " } != "#"
      }
      .map { String($0.prefix { $0 == " " }) } ?? "  "
    let block = [indent + "\(name):"] + lines.map { indent + "  " + $0 }
    all.insert(contentsOf: block, at: start + 1)
    let changed = all.joined(separator: "\n")
    do {
      let (lakes, engine, python, storages) = try WorkspaceFile.read(changed, folder: folder)
      return WorkspaceChange(
        workspace: Workspace(
          folder: folder, lakes: lakes, engine: engine, python: python, storages: storages), text: changed)
    } catch { throw error.inFile(file) }
  }

  /// Adds a lake to `tarn.yaml` at once; see ``planAdding(lake:lines:)``.
  @discardableResult
  public func adding(lake name: LakeName, lines: [String]) throws(WorkspaceError) -> Workspace {
    try planAdding(lake: name, lines: lines).save()
  }

  private init(
    folder: String, lakes: [LakeConfiguration], engine: EngineSettings, python: String? = nil,
    storages: [String: Storage]? = nil
  ) {
    self.folder = folder
    self.lakes = lakes
    self.python = python
    self.storages = storages ?? [Storage.defaultName: .folder(folder + "/.tarn/storage")]
    var engine = engine
    engine.storages = self.storages
    self.engine = engine
  }

  /// Where a lake keeps its things when nothing else is said.
  public func home(of lake: LakeName) -> String { "\(privateFolder)/lakes/\(lake)" }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  private static func unreadable(_ path: String) -> WorkspaceError {
    FileManager.default.fileExists(atPath: path)
      ? WorkspaceError("cannot be read", hint: "It must be UTF-8 text, readable for this user", path: path)
      : WorkspaceError("is not there", hint: "Make one with tarn init", path: path)
  }
}

/// A workspace as it will be, and the file's text for it.
public struct WorkspaceChange: Sendable {
  /// The workspace as it will be: to try the change before it is written.
  public let workspace: Workspace
  let text: String

  /// Writes the file, whole or not at all.
  ///
  /// - Throws: ``WorkspaceError`` when it cannot be written.
  public func save() throws(WorkspaceError) -> Workspace {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: workspace.file), options: .atomic)
    } catch {
      throw WorkspaceError("cannot write", hint: "Make it writable for this user", path: workspace.file)
    }
    return workspace
  }
}
