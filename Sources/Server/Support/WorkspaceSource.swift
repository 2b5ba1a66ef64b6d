internal import Accounts
internal import FileStores
public import LakeSettings

/// Where a server's workspaces have their lakes.
public struct WorkspaceSource: Sendable {
  /// Those that were there when the server began.
  let known: [WorkspaceSettings]
  /// Folders of workspaces that are made while it runs; nil where none can be made.
  let folders: WorkspaceFolders?

  /// - Parameters:
  ///   - known: those that are there from the start.
  ///   - folders: of those that are made later.
  public init(_ known: [WorkspaceSettings], folders: WorkspaceFolders? = nil) {
    self.known = known
    self.folders = folders
  }

  /// A workspace's lakes.
  func lakes(of workspace: String) -> [LakeConfiguration] {
    if let own = known.first(where: { $0.id == workspace }) { return own.lakes }
    return (try? folders?.settings(workspace))?.lakes ?? []
  }

  /// Where scripts of a workspace keep files.
  func storages(of workspace: String) -> [String: Storage] {
    if let own = known.first(where: { $0.id == workspace }) { return own.storages }
    return (try? folders?.settings(workspace))?.storages ?? [:]
  }

  /// All workspaces of the store. One whose folder cannot be read is left out: the others do not depend on it.
  func all(of accounts: Accounts) async throws -> [WorkspaceSettings] {
    var all = known
    guard let folders else { return all }
    for workspace in try await accounts.workspaces() where !all.contains(where: { $0.id == workspace.id }) {
      if let settings = try? folders.settings(workspace.id) { all.append(settings) }
    }
    return all
  }
}

/// Makes and reads the folders of workspaces, each with a `tarn.yaml` of its own. Called from any task.
public struct WorkspaceFolders: Sendable {
  let settings: @Sendable (String) throws -> WorkspaceSettings
  let make: @Sendable (String) throws -> Void
  let setAside: @Sendable (String) throws -> Void

  /// - Parameters:
  ///   - settings: reads those of a workspace, by its id.
  ///   - make: makes the folder of a workspace.
  ///   - setAside: takes the folder of a workspace away, so that another of the same id finds nothing of it.
  public init(
    settings: @escaping @Sendable (String) throws -> WorkspaceSettings,
    make: @escaping @Sendable (String) throws -> Void, setAside: @escaping @Sendable (String) throws -> Void
  ) {
    self.settings = settings
    self.make = make
    self.setAside = setAside
  }
}

extension WorkspaceSettings {
  /// The same with the credentials themselves in the places of where they are read, for a worker. What cannot be read here may
  /// be there.
  var withSecrets: WorkspaceSettings {
    mapSecrets { source in (try? source.text()).map(SecretSource.value) ?? source }
  }
}
