internal import Foundation
internal import Lake
internal import LakeSettings
internal import LoadFiles
internal import Loader

/// Engines for loads of databases: an engine lets nothing be attached once it is open, so each of these loads has one of its own.
enum LoadEngine {
  /// - Throws: `LoadError` for what a worker's loads may not read, or cannot write; `LakeError` when the database cannot be read.
  static func open(
    for database: SourceDatabase, into declared: DeclaredLoad, _ workspace: WorkspaceSettings
  ) async throws -> Engine {
    let lake = workspace.lakes.first { $0.name.text == declared.lake ?? LakeName.main.text }
    if case .duckdb? = lake?.catalog {
      throw LoadError(
        .declaration,
        "lake '\(declared.lake ?? LakeName.main.text)' lies in a DuckDB file, which the worker's engine has open",
        hint: "Use a SQLite or PostgreSQL catalog, or run tarn load -f FILE while the server is stopped.")
    }
    var settings = workspace.engine
    settings.databases.append(try reachable(database, settings, workspace.lakes))
    return try await Engine(lakes: workspace.lakes, settings: settings)
  }

  /// A database with its whole path, when it is on a server or in a file that the workspace lists.
  private static func reachable(
    _ database: SourceDatabase, _ settings: EngineSettings, _ lakes: [LakeConfiguration]
  ) throws(LoadError) -> SourceDatabase {
    var database = database
    switch database.place {
    case .postgresql, .mysql: break
    case .sqlite(let path): database.place = .sqlite(path: try self.database(path, settings, lakes))
    case .duckdb(let path): database.place = .duckdb(path: try self.database(path, settings, lakes))
    }
    return database
  }

  /// A database's file, absolute and without links, when the workspace lists it. The extensions that read databases do not ask DuckDB's
  /// file checks.
  private static func database(
    _ path: String, _ settings: EngineSettings, _ lakes: [LakeConfiguration]
  ) throws(LoadError) -> String {
    let folder = settings.baseFolder ?? ""
    let asked = resolved(path, in: folder)
    let isListed = settings.reachableFiles.filter { !$0.contains("://") }.contains { entry in
      let place = resolved(entry, in: folder)
      return asked == place || asked.hasPrefix(place + "/")
    }
    let isOfLake = lakes.contains { lake in
      var places = [lake.storage.dataPath, lake.catalog.filePath, lake.catalog.branchesFolder]
      places.append(lake.storage.branches?.dataPath)
      return places.compactMap { $0 }.contains { place in
        let place = resolved(place, in: folder)
        return asked == place || asked.hasPrefix(place + "/") || asked.hasPrefix(place + "-")
      }
    }
    guard isListed, !isOfLake else { throw unlisted(path) }
    return asked
  }

  /// A file, pattern or folder, absolute, when the workspace lists it: folders are looked through before the engine is asked, whose own
  /// check comes after this one.
  ///
  /// - Throws: `LoadError` for what is elsewhere.
  static func listed(_ path: String, _ settings: EngineSettings) throws(LoadError) -> String {
    let folder = settings.baseFolder ?? ""
    func standard(_ path: String) -> String {
      let absolute = path.hasPrefix("/") ? path : folder + "/" + path
      return URL(fileURLWithPath: absolute).standardizedFileURL.path
    }
    // What stands before the first sign of a pattern is certain.
    let certain = String(path.prefix { !"*?[{".contains($0) })
    let isPattern = certain.utf8.count < path.utf8.count
    let start =
      isPattern ? String(certain.prefix(upTo: certain.lastIndex(of: "/") ?? certain.startIndex)) : path
    let asked = standard(start.isEmpty && path.hasPrefix("/") ? "/" : start)
    let isListed = settings.reachableFiles.filter { !$0.contains("://") }.contains { entry in
      let place = standard(entry)
      return asked == place || asked.hasPrefix(place + "/")
        || (isPattern && (place + "/").hasPrefix(asked == "/" ? "/" : asked + "/"))
    }
    guard isListed else { throw unlisted(path) }
    return path.hasPrefix("/") ? path : folder + "/" + path
  }

  private static func unlisted(_ path: String) -> LoadError {
    LoadError(
      .declaration, "'\(path)' is not among the files that the workspace lists",
      hint: "List its folder under files: in tarn.yaml, or name a file of a storage: s3:///KEY.",
      key: "source")
  }

  /// Absolute, and without symbolic links.
  private static func resolved(_ path: String, in folder: String) -> String {
    let absolute = path.hasPrefix("/") ? path : folder + "/" + path
    return URL(fileURLWithPath: absolute).standardizedFileURL.resolvingSymlinksInPath().path
  }
}
