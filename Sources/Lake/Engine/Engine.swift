import DuckDB
import Foundation
public import LakeSettings
import SQLText

/// A warm, locked DuckDB instance with lakes attached.
///
/// An engine is opened for all lakes that a workspace declares; each lake is attached when it is first
/// needed. After opening nothing is reachable but the lakes' own places and the files that
/// `reachableFiles` lists. Safe to use from any task.
public actor Engine {
  /// The lakes that this engine may attach.
  public nonisolated let configurations: [LakeConfiguration]
  /// Limits and reachable files.
  public nonisolated let settings: EngineSettings

  /// Whether DuckDB still answers.
  nonisolated let health = EngineHealth()
  /// The lakes' own names, which each session starts with.
  nonisolated let aliases: CatalogAliases
  /// What statements may do with files.
  nonisolated let files: StatementFiles

  /// The data tables that scripts may attach; nil for none.
  nonisolated let dataTables: DataTableSlots?

  private let database: Database
  let admin: Connection
  private let library: ExtensionLibrary
  private let temporaryFolder: String
  /// A folder that the engine may read and scripts may not; gone when the engine is closed. It may have to be made.
  package nonisolated var ownFolder: String { temporaryFolder }

  /// Whether a path or pattern names, or could match, a lake's own files or those that pass through ``ownFolder``.
  package nonisolated func mayReachLakes(_ path: String) -> Bool { files.mayReachLakes(path) }
  /// The place of a file that is named by its storage, `s3:///key` or `s3://NAME/key`; nil for other paths.
  package nonisolated func storagePlace(of path: String) throws(LakeError) -> String? {
    try files.storages.place(of: path)
  }
  /// A message in which storages have their names in place of their places.
  package nonisolated func namingStorages(in message: String) -> String { files.storages.named(message) }
  let patience: Duration
  /// Why lakes on servers could not be attached when the engine was opened.
  private let unreachable: [LakeName: LakeError]
  var attachments: [LakeName: Task<Lake, any Error>] = [:]
  /// The functions of our own that DuckDB has been taught, or is being taught.
  private var ownFunctions: [String: Task<Void, any Error>] = [:]

  /// Opens an engine and locks it. Attaches nothing yet.
  ///
  /// - Parameters:
  ///   - lakes: the lakes that may be used, each name once.
  ///   - settings: limits and reachable files.
  ///   - dataTables: what sessions may attach besides lakes. With them lakes on DuckDB files stay closed: another engine has them.
  ///   - extensions: where DuckDB's extensions are; nil for those beside the program.
  ///   - patience: how long to wait for another process that holds a catalog.
  /// - Throws: ``LakeError``.
  public init(
    lakes: [LakeConfiguration], settings: EngineSettings = EngineSettings(),
    dataTables: DataTableAccess? = nil, extensions: ExtensionLibrary? = nil, patience: Duration = .seconds(60)
  ) async throws {
    let lakes = lakes + BranchDiscovery.inFolders(of: lakes)
    try Self.requireDistinct(lakes)
    self.settings = settings
    self.patience = patience
    let library = try extensions ?? ExtensionLibrary.beside()
    self.library = library
    self.dataTables = dataTables.map(DataTableSlots.init)
    temporaryFolder = EngineFolder.fresh(in: settings.temporaryFolder ?? NSTemporaryDirectory())
    let storages = NamedStorages(settings.storages)
    files = StatementFiles(settings: settings, lakes: lakes, storages: storages, ownFolder: temporaryFolder)

    var configuration = [
      "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
      "allow_unsigned_extensions": library.isVerified ? "true" : "false",
    ]
    if let threads = settings.threads { configuration["threads"] = String(threads) }
    if let bytes = settings.memoryLimit { configuration["memory_limit"] = "\(bytes)B" }
    do {
      database = try await Database.open(.memory, configuration: configuration)
      admin = try await database.connect()
      health.watch(admin)
      let names = Set(
        lakes.flatMap(EngineStatements.extensions) + EngineStatements.extensions(for: settings)
          + (dataTables == nil ? [] : ["postgres_scanner"])
      ).sorted()
      for name in names {
        try await admin.command("LOAD \(SQLLiteral.string(try library.path(name)))")
      }
      for statement in EngineStatements.settings(settings, temporaryFolder: temporaryFolder)
      where !names.isEmpty || !statement.contains("ducklake_") {
        try await admin.command(statement)
      }
      let secrets =
        try lakes.flatMap(EngineStatements.secrets) + EngineStatements.secrets(for: settings)
        + EngineStatements.secrets(for: storages)
      for statement in secrets { try await admin.command(statement) }
      try await Self.attachSources(settings.databases, admin)
      try await self.dataTables?.attach(admin)
      var failures = await Self.attachServers(lakes, admin)
      let branches = await BranchDiscovery.onServers(lakes.filter { failures[$0.name] == nil }, admin)
      for (name, failure) in await Self.attachServers(branches, admin) { failures[name] = failure }
      if dataTables != nil { for lake in lakes { failures[lake.name] = LakeError(besideDataTables: lake) } }
      unreachable = failures
      configurations = lakes + branches
      aliases = CatalogAliases(lakes: configurations.map(\.name))
      for statement in EngineStatements.lock(settings, lakes: lakes, storages: storages) {
        try await admin.command(statement)
      }
    } catch let error as DuckDBError {
      throw LakeError(engine: error)
    }
  }

  /// The lake of this name, attached.
  ///
  /// - Throws: ``LakeError`` when there is no such lake, or it cannot be opened.
  public func lake(_ name: LakeName = .main) async throws -> Lake {
    if let attachment = attachments[name] { return try await attachment.value }
    guard let configuration = configurations.first(where: { $0.name == name }) ?? madeSince(name) else {
      throw LakeError(unknown: name.text, among: configurations)
    }
    let task = Task { try await attach(configuration) }
    attachments[name] = task
    do {
      return try await task.value
    } catch {
      attachments[name] = nil
      throw error
    }
  }

  /// A new session, with aliases, variables and temporary tables of its own.
  ///
  /// - Parameters:
  ///   - current: the lake whose tables need no qualification; nil for none. A branch must exist.
  /// - Throws: ``LakeError``.
  public func session(current: LakeName? = .main) async throws -> EngineSession {
    try health.check()
    let session = EngineSession(engine: self)
    let isClosed = current.map { dataTables != nil && unreachable[$0] != nil } ?? true
    if let current, !isClosed, current.isBranch || configurations.contains(where: { $0.name == current }) {
      try await session.use(lake: current)
    }
    return session
  }

  /// Whether the engine still works. After a failure inside DuckDB it does not, and every use of it throws
  /// ``LakeError`` with code `engine`: close it and go on with its ``replacement()``.
  public nonisolated var isUsable: Bool { !health.hasFailed }

  /// Closes this engine and opens another with the same lakes and settings. A failed engine keeps the files of
  /// its DuckDB catalogs until the process ends, so a lake on one can only be opened again by a new process.
  ///
  /// - Throws: ``LakeError`` when it cannot be opened.
  public func replacement() async throws -> Engine {
    await close()
    return try await Engine(
      lakes: configurations, settings: settings, dataTables: dataTables?.access, extensions: library,
      patience: patience)
  }

  /// Ends all cached transactions, lets all catalogs go and removes temporary files. The engine must not be
  /// used afterwards.
  public func close() async {
    for attachment in attachments.values {
      guard let lake = try? await attachment.value else { continue }
      await lake.closeParts()
      // DuckDB must have let a catalog's file go before another process is told that it may take it.
      if isUsable { try? await admin.command("DETACH \(SQLIdentifier.quote(lake.name.catalogAlias))") }
      await lake.gate.letGo()
      await lake.gate.close()
    }
    attachments = [:]
    await health.close(admin)
    await database.close()
    try? FileManager.default.removeItem(atPath: temporaryFolder)
  }

  /// What an error of DuckDB means to the caller, and to this engine.
  nonisolated func translate(_ error: DuckDBError) -> any Error {
    health.note(error)
    return error.kind == .interrupt
      ? CancellationError() : LakeError(query: error).told { files.storages.named($0) }
  }

  /// Teaches DuckDB a function, unless it knows it already.
  ///
  /// - Throws: `DuckDBError`.
  func teach(_ function: ScalarFunction) async throws {
    if let known = ownFunctions[function.name] { return try await known.value }
    let teaching = Task { [admin] in try await admin.run { try $0.register(function) } }
    ownFunctions[function.name] = teaching
    do { try await teaching.value } catch {
      ownFunctions[function.name] = nil
      throw error
    }
  }

  func connect() async throws -> Connection {
    try health.check()
    do {
      let connection = try await database.connect()
      health.watch(connection)
      return connection
    } catch let error as DuckDBError { throw LakeError(engine: error) }
  }

  /// DuckDB attaches nothing on PostgreSQL any more once it is locked, so those lakes come first. One that cannot be
  /// reached is told when it is asked for: the others do not depend on it.
  private static func attachServers(
    _ lakes: [LakeConfiguration], _ admin: Connection
  ) async -> [LakeName: LakeError] {
    var failures: [LakeName: LakeError] = [:]
    for lake in lakes {
      guard case .postgresql = lake.catalog else { continue }
      do {
        try await admin.command(EngineStatements.attach(lake, creates: lake.createIfMissing))
        if lake.createIfMissing { await CatalogIndex.makeInNewCatalog(of: lake, admin) }
      } catch let error as DuckDBError {
        failures[lake.name] = LakeError(attaching: lake, error)
      } catch { failures[lake.name] = LakeError(.catalog, "lake '\(lake.name)' was not opened") }
    }
    return failures
  }

  private static func requireDistinct(_ lakes: [LakeConfiguration]) throws(LakeError) {
    for (index, lake) in lakes.enumerated() {
      for other in lakes[..<index] {
        if other.name.catalogAlias.lowercased() == lake.name.catalogAlias.lowercased() {
          throw LakeError(.settings, "two lakes are called '\(lake.name)'")
        }
        if let path = lake.catalog.filePath, path == other.catalog.filePath {
          throw LakeError(.settings, "lakes '\(other.name)' and '\(lake.name)' have one catalog: \(path)")
        }
      }
    }
  }

  private func attach(_ configuration: LakeConfiguration) async throws -> Lake {
    if let failure = unreachable[configuration.name] { throw failure }
    try LakeFolders.prepare(configuration)
    let gate = LakeGate(configuration, patience: patience)
    return try await gate.use { _ in
      if configuration.catalog.filePath != nil { try await attachFile(configuration) }
      let lake = Lake(configuration: configuration, engine: self, gate: gate)
      await lake.installHooks()
      try await lake.settleLeftovers()
      return lake
    }
  }

  private func attachFile(_ configuration: LakeConfiguration) async throws {
    do {
      let state = CatalogFile.state(of: configuration.catalog)
      if state == .missing, !configuration.createIfMissing, let path = configuration.catalog.filePath {
        throw LakeError(
          .catalog, "lake '\(configuration.name)': \(path) is empty",
          hint: "Correct the catalog in tarn.yaml.")
      }
      if state == .unknownJournal {
        // Turning WAL on writes into the file: first see that it is a lake, and one that this version may touch.
        try await admin.command(EngineStatements.inspect(configuration, as: "tarn_probe"))
        try await admin.command("DETACH tarn_probe")
      }
      let creates = configuration.createIfMissing && state == .missing
      try await admin.command(EngineStatements.attach(configuration, creates: creates))
    } catch let error as DuckDBError {
      throw LakeError(attaching: configuration, error)
    }
  }
}
