import DuckDB
import Foundation
public import LakeSettings
import SQLText

/// A warm, locked DuckDB instance with lakes attached.
///
/// An engine is opened for all lakes that a workspace declares; each lake is attached when it is first
/// needed. After opening nothing is reachable but the lakes' own places and the files that
/// ``EngineSettings/reachableFiles`` lists. Safe to use from any task.
public actor Engine {
  /// The lakes that this engine may attach.
  public nonisolated let configurations: [LakeConfiguration]
  /// Limits and reachable files.
  public nonisolated let settings: EngineSettings

  private let database: Database
  private let admin: Connection
  private let temporaryFolder: String
  private let ownsTemporaryFolder: Bool
  private let patience: Duration
  private var attachments: [LakeName: Task<Lake, any Error>] = [:]

  /// Opens an engine and locks it. Attaches nothing yet.
  ///
  /// - Parameters:
  ///   - lakes: the lakes that may be used, each name once.
  ///   - settings: limits and reachable files.
  ///   - extensions: where DuckDB's extensions are; nil for those beside the program.
  ///   - patience: how long to wait for another process that holds a catalog.
  /// - Throws: ``LakeError``.
  public init(
    lakes: [LakeConfiguration], settings: EngineSettings = EngineSettings(),
    extensions: ExtensionLibrary? = nil, patience: Duration = .seconds(60)
  ) async throws {
    configurations = lakes
    self.settings = settings
    self.patience = patience
    let library = try extensions ?? ExtensionLibrary.beside()
    ownsTemporaryFolder = settings.temporaryFolder == nil
    temporaryFolder =
      settings.temporaryFolder ?? NSTemporaryDirectory() + "tarn-\(getpid())-\(UInt32.random(in: 0 ... .max))"

    var configuration = [
      "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
      "allow_unsigned_extensions": library.isVerified ? "true" : "false",
    ]
    if let threads = settings.threads { configuration["threads"] = String(threads) }
    if let bytes = settings.memoryLimit { configuration["memory_limit"] = "\(bytes)B" }
    do {
      database = try await Database.open(.memory, configuration: configuration)
      admin = try await database.connect()
      let names = Set(lakes.flatMap(EngineStatements.extensions)).sorted()
      for name in names {
        try await admin.command("LOAD \(SQLLiteral.string(try library.path(name)))")
      }
      for statement in EngineStatements.settings(settings, temporaryFolder: temporaryFolder)
      where !names.isEmpty || !statement.contains("ducklake_") {
        try await admin.command(statement)
      }
      for statement in try lakes.flatMap(EngineStatements.secrets) { try await admin.command(statement) }
      for statement in EngineStatements.lock(settings, lakes: lakes, temporaryFolder: temporaryFolder) {
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
    guard let configuration = configurations.first(where: { $0.name == name }) else {
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

  /// A new session: one connection with aliases, variables and temporary tables of its own.
  ///
  /// - Parameters:
  ///   - current: the lake whose tables need no qualification; nil for none.
  /// - Throws: ``LakeError``.
  public func session(current: LakeName? = .main) async throws -> EngineSession {
    let connection = try await connect()
    let session = EngineSession(engine: self, connection: connection)
    if let current, configurations.contains(where: { $0.name == current }) {
      try await session.use(lake: current)
    }
    return session
  }

  /// Ends all cached transactions, lets all catalogs go and removes temporary files. The engine must not be
  /// used afterwards.
  public func close() async {
    for attachment in attachments.values {
      guard let lake = try? await attachment.value else { continue }
      await lake.close()
    }
    attachments = [:]
    await admin.close()
    if ownsTemporaryFolder { try? FileManager.default.removeItem(atPath: temporaryFolder) }
  }

  func connect() async throws -> Connection {
    do { return try await database.connect() } catch let error as DuckDBError { throw LakeError(engine: error) }
  }

  private func attach(_ configuration: LakeConfiguration) async throws -> Lake {
    try LakeFolders.prepare(configuration)
    let gate = LakeGate(configuration, patience: patience)
    return try await gate.use { _ in
      do {
        try await admin.command(EngineStatements.attach(configuration))
      } catch let error as DuckDBError {
        throw LakeError(attaching: configuration, error)
      }
      let lake = Lake(configuration: configuration, engine: self, gate: gate)
      await lake.installHooks()
      return lake
    }
  }
}

/// Local folders of a lake.
enum LakeFolders {
  /// Makes the folders that a new lake needs, and refuses a missing one where nothing may be made.
  ///
  /// - Throws: ``LakeError`` that names the folder.
  static func prepare(_ lake: LakeConfiguration) throws {
    if let path = lake.catalog.filePath {
      let exists = FileManager.default.fileExists(atPath: path)
      if !exists && !lake.createIfMissing {
        throw LakeError(
          .notFound, "lake '\(lake.name)' has no catalog at \(path)",
          hint: "Make it with tarn lake create \(lake.name), or correct the path in tarn.yaml.")
      }
      try make((path as NSString).deletingLastPathComponent)
    }
    if case .folder(let path) = lake.storage { try make(path) }
  }

  private static func make(_ folder: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
      throw LakeError(
        isFull ? .full : .storage, "cannot make folder \(folder)",
        hint: isFull ? "Free some disk space and try again." : "Make its parent writable for this user.")
    }
  }
}
