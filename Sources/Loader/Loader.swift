public import Lake
import LakeSettings

/// Loads rows from files into a lake's tables as dlt does: same names, columns, types and books, so that dlt can go on
/// where a load stopped, and the reverse.
///
/// ```swift
/// let loader = Loader(lake)
/// let summary = try await loader.load(Load(.files(["orders/*.jsonl"]), into: "sales", table: "orders"))
/// ```
///
/// Each load is one snapshot: its rows, those of child tables, and what the books say of it, or nothing. Safe to use from
/// any task; loads prepare their rows side by side and take turns to write them.
public struct Loader: Sendable {
  let lake: Lake
  /// Where packages that are under way are noted; nil for nowhere.
  let packageFolder: String?
  /// Asks for what servers call the versions of files, by name.
  let fileTags: FileTagReader?
  private let memory = LoaderMemory()

  /// Asks for what servers call the present versions of files: gets the files' names, and gives the tags of those that have one.
  public typealias FileTagReader = @Sendable ([String]) async throws -> [String: String]

  /// - Parameters:
  ///   - lake: the lake to load into. Its engine must be able to reach the sources.
  ///   - packageFolder: a folder where loads that are under way are noted, so that a command that ended in the middle
  ///     can be run again without doing a thing twice. Nil: nothing is noted, and a load that is run again loads again.
  ///   - fileTags: asked where files that have been loaded are to be told from new ones; a file whose tag is known is told by it
  ///     and its size, any other by size and time of change.
  public init(_ lake: Lake, packageFolder: String? = nil, fileTags: FileTagReader? = nil) {
    self.lake = lake
    self.fileTags = fileTags
    self.packageFolder = packageFolder
  }

  /// Loads.
  ///
  /// - Returns: when the rows are committed.
  /// - Throws: ``LoadError`` for what is wrong with the declaration or the source, `LakeError` for what is wrong with the
  ///   lake, `CancellationError`. Nothing has been written then.
  @discardableResult
  public func load(_ load: Load) async throws -> LoadSummary { try await self.load([load]) }

  /// Loads several tables as one package: all of them become one snapshot, or nothing.
  ///
  /// - Parameters:
  ///   - loads: at least one; all go into one dataset, each into a table of its own.
  ///   - key: what the caller knows this delivery by: under one key, rows are written once, however often and by whomever it
  ///     is tried. Nil: the package's own id, which is noted in the package folder.
  ///   - watcher: told how far the package has come, from any task.
  ///   - acknowledging: called when the rows are committed, before the note of the package is removed: a command says here
  ///     that it has loaded. If it is killed before that, the same command again finds the note, and loads nothing twice.
  /// - Returns: when the rows are committed.
  /// - Throws: as ``load(_:)-(Load)``, and what `acknowledging` throws; the rows stay then.
  @discardableResult
  public func load(
    _ loads: [Load], key: String? = nil, watcher: (@Sendable (LoadEvent) -> Void)? = nil,
    acknowledging: (@Sendable (LoadSummary) throws -> Void)? = nil
  ) async throws -> LoadSummary {
    let package =
      if let key { LoadPackage.keyed(key, loads) } else {
        try await LoadPackage.open(loads, in: packageFolder, lake: lake.name.text)
      }
    let summary: LoadSummary
    do {
      let run = try await PackageRun(
        loads, lake: lake, package: package, memory: memory, fileTags: fileTags,
        watcher: LoadWatcher(watcher))
      do { summary = try await run.run() } catch {
        await run.close()
        throw error
      }
      await run.end()
    } catch {
      // What has certainly not been written need not be known again.
      if !(error is CancellationError), (error as? LakeError)?.code != .uncertain {
        try? await package.finish()
      }
      throw error
    }
    try acknowledging?(summary)
    try await package.finish()
    return summary
  }

  /// Says what a load would do, and does nothing of it.
  ///
  /// - Returns: the schema changes and statements. Columns for values that may not fit their own are not among them: only
  ///   the load finds out.
  /// - Throws: as ``load(_:)-(Load)``.
  public func plan(_ load: Load) async throws -> LoadForecast { try await plan([load]) }

  /// Says what several loads would do as one package, and does nothing of it.
  public func plan(_ loads: [Load]) async throws -> LoadForecast {
    let package = try await LoadPackage.open(loads, in: nil, lake: lake.name.text)
    let run = try await PackageRun(
      loads, lake: lake, package: package, memory: memory, fileTags: fileTags)
    do {
      let forecast = try await run.dryRun()
      await run.close()
      return forecast
    } catch {
      await run.close()
      throw error
    }
  }

  /// Closes what is kept from load to load. To be called before the lake is closed.
  public func close() async {
    for session in memory.empty() { await session.close() }
  }
}
