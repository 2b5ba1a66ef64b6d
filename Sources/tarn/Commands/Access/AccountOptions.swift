import Accounts
import ArgumentParser
import Foundation
import LakeSettings
import Server
import Store
import Workspaces

/// Which server's accounts a command works on. The server need not run: what it reads is changed in its store.
struct AccountOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The workspace's folder; else the nearest one above.", valueName: "dir"))
  var workspace: String?

  @Option(
    name: .customLong("in"),
    help: ArgumentHelp("Which of the server's workspaces; main is the folder's own.", valueName: "id"))
  var id = Accounts.instanceWorkspace

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The store: a file, or postgresql://…; else that of TARN_STORE, else the folder's own.",
      valueName: "place"))
  var store: String?

  func folder() throws -> Workspace {
    if let workspace { return try Workspace(folder: workspace) }
    return try Workspace.find(from: FileManager.default.currentDirectoryPath)
  }

  /// Opens the store for as long as `body` runs, and keeps what it says was done.
  func withAccounts<Result: Sendable>(
    _ body: (Accounts, Workspace) async throws -> (result: Result, audit: AuditEntry?)
  ) async throws -> Result {
    let found = try folder()
    let place = try (store ?? ProcessInfo.processInfo.environment["TARN_STORE"]).map { try StoreLocation($0) }
    let state = try await ServerState.open(folder: found.privateFolder + "/server", location: place)
    do {
      let (result, audit) = try await body(state.accounts, found)
      if let audit { try await state.accounts.note([audit]) }
      await state.store.close()
      return result
    } catch {
      await state.store.close()
      throw error
    }
  }

  /// What the audit log says of a command: that the folder's owner did it.
  func entry(_ operation: String, _ kind: AuditEntry.Kind, _ resource: String, in workspace: String? = nil)
    -> AuditEntry
  {
    AuditEntry(
      workspace: workspace ?? id, username: ServerState.owner, operation: operation, kind: kind,
      resource: resource,
      parameters: #"{"by":"command line"}"#)
  }
}

/// The folders of workspaces that are made beside a folder's own: `.tarn/workspaces/ID`, each with a `tarn.yaml`.
enum ServedWorkspaces {
  static func folder(of id: String, in workspace: Workspace) -> String {
    "\(workspace.privateFolder)/workspaces/\(id)"
  }

  /// - Parameter workspace: the folder that the server runs in.
  static func source(_ workspace: Workspace) -> WorkspaceSource {
    let own = WorkspaceSettings(
      id: Accounts.instanceWorkspace, lakes: workspace.lakes, engine: workspace.engine,
      storages: workspace.storages)
    return WorkspaceSource([own], folders: folders(workspace))
  }

  static func folders(_ workspace: Workspace) -> WorkspaceFolders {
    WorkspaceFolders { id in
      let other = try Workspace(folder: folder(of: id, in: workspace))
      return WorkspaceSettings(id: id, lakes: other.lakes, engine: other.engine, storages: other.storages)
    } make: { id in
      try make(id, in: workspace)
    } setAside: { id in
      try setAside(id, in: workspace)
    }
  }

  static func make(_ id: String, in workspace: Workspace) throws {
    try Workspace.create(in: folder(of: id, in: workspace))
  }

  /// The lakes of a workspace that is removed are kept under another name.
  static func setAside(_ id: String, in workspace: Workspace) throws {
    let place = folder(of: id, in: workspace)
    guard FileManager.default.fileExists(atPath: place) else { return }
    let name = "\(place).removed-\(Int(Date().timeIntervalSince1970))-\(UInt16.random(in: 1000...9999))"
    try FileManager.default.moveItem(atPath: place, toPath: name)
  }
}
