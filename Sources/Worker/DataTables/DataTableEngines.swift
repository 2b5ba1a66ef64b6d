internal import Lake
internal import LakeSettings

/// Engines for scripts that attach data tables: one for each set of them, with the workspace's lakes beside them.
///
/// An engine lets nothing be attached once it is open, and what lies on a server that does not answer must not be in the way of
/// scripts that do not name it. So these are others than the workspace's own engine.
actor DataTableEngines {
  private struct Key: Hashable {
    let workspace: String
    /// With their passwords: after a change of them another engine is opened.
    let databases: [DataTableDatabase]
  }

  private struct Entry {
    let opening: Task<Engine, any Error>
    var users = 0
    var lastUse = ContinuousClock.now
  }

  private let engines: EngineRoom
  private let dataTables: DataTableRoom
  private var entries: [Key: Entry] = [:]

  /// Of engines that nobody uses, those beyond are closed.
  private static let most = 3

  init(engines: EngineRoom, dataTables: DataTableRoom) {
    self.engines = engines
    self.dataTables = dataTables
  }

  /// Runs `body` with an engine that has these data tables.
  ///
  /// - Throws: `LakeError` when it cannot be opened, as when a server does not answer; what `body` throws.
  func use<Result: Sendable>(
    workspace: String, _ databases: [DataTableDatabase], _ body: @Sendable (Engine) async throws -> Result
  ) async throws -> Result {
    let key = Key(workspace: workspace, databases: databases)
    let engine = try await take(key)
    do {
      let result = try await body(engine)
      await giveBack(key)
      return result
    } catch {
      await giveBack(key)
      throw error
    }
  }

  func close() async {
    for entry in entries.values { await (try? entry.opening.value)?.close() }
    entries = [:]
  }

  private func take(_ key: Key) async throws -> Engine {
    while true {
      let known = entries[key]?.opening
      let opening = known ?? open(key)
      if known == nil { entries[key] = Entry(opening: opening) }
      entries[key]?.users += 1
      do {
        let engine = try await opening.value
        if engine.isUsable { return engine }
        // It has failed inside DuckDB. Those who still use it are told so; it is closed by the last of them.
        await giveBack(key, isFailed: true)
      } catch {
        if entries[key]?.opening == opening { entries[key] = nil }
        throw error
      }
    }
  }

  private func open(_ key: Key) -> Task<Engine, any Error> {
    Task { [engines, dataTables] in
      let settings = try await engines.settings(of: key.workspace)
      let access = DataTableAccess(key.databases) { await dataTables.stop($0, client: $1) }
      return try await Engine(lakes: settings.lakes, settings: settings.engine, dataTables: access)
    }
  }

  private func giveBack(_ key: Key, isFailed: Bool = false) async {
    entries[key]?.users -= 1
    entries[key]?.lastUse = .now
    if isFailed, let entry = entries[key] {
      entries[key] = nil
      if entry.users == 0 { await (try? entry.opening.value)?.close() }
    }
    let idle = entries.filter { $0.value.users == 0 }.sorted { $0.value.lastUse < $1.value.lastUse }
    for (key, entry) in idle.dropLast(Self.most) {
      entries[key] = nil
      await (try? entry.opening.value)?.close()
    }
  }
}
