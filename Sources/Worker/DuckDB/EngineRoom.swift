internal import Lake
internal import LakeSettings

/// The engines of a worker, one for each workspace, opened when they are first needed and kept.
actor EngineRoom {
  private var settings: [String: WorkspaceSettings] = [:]
  /// Asks the server which workspaces there are; one may have been made since.
  private let ask: @Sendable () async throws -> [WorkspaceSettings]
  private var engines: [String: Task<Engine, any Error>] = [:]

  init(ask: @escaping @Sendable () async throws -> [WorkspaceSettings]) { self.ask = ask }

  func use(_ all: [WorkspaceSettings]) {
    for workspace in all {
      settings[workspace.id] = workspace
      settings[workspace.id]?.engine.storages = workspace.storages
    }
  }

  /// - Throws: `LakeError`.
  func engine(of workspace: String) async throws -> Engine {
    if let known = engines[workspace] {
      let open = try await known.value
      if open.isUsable { return open }
      // It has failed inside DuckDB: another takes its place. Of those who see it at once, one opens it.
      if engines[workspace] == known { engines[workspace] = Task { try await open.replacement() } }
      return try await engine(of: workspace)
    }
    let settings = try await settings(of: workspace)
    // Another job of it may have been faster.
    if engines[workspace] != nil { return try await engine(of: workspace) }
    let opening = Task { try await Engine(lakes: settings.lakes, settings: settings.engine) }
    engines[workspace] = opening
    do { return try await opening.value } catch {
      engines[workspace] = nil
      throw error
    }
  }

  /// The lakes and limits of a workspace.
  ///
  /// - Throws: `LakeError`.
  func settings(of workspace: String) async throws -> WorkspaceSettings {
    if settings[workspace] == nil, let all = try? await ask() { use(all) }
    guard let settings = settings[workspace] else {
      throw LakeError(.notFound, "this worker does not know the workspace '\(workspace)'")
    }
    return settings
  }

  /// Opens engines, so that the first query finds them warm.
  func warmUp() async {
    for workspace in settings.keys.sorted() {
      guard let engine = try? await engine(of: workspace), let names = settings[workspace]?.lakes.map(\.name)
      else {
        continue
      }
      for name in names { _ = try? await engine.lake(name) }
    }
  }

  func close() async {
    for opening in engines.values { if let engine = try? await opening.value { await engine.close() } }
    engines = [:]
  }
}
