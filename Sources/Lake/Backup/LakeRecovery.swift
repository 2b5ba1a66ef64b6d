import DuckDB
import Foundation
public import LakeSettings
import SQLText

/// Makes a lake's catalog anew from a backup.
public enum LakeRecovery {
  /// What a recovery did.
  public struct Outcome: Sendable, Hashable, Codable {
    /// What the backup holds.
    public let manifest: BackupManifest
    /// Where the catalog that was there before is now; nil when there was none.
    public let setAside: String?
    /// The kind of catalog that was written.
    public let catalogKind: String
  }

  /// Recovers a catalog from a backup into the place where a lake has its catalog.
  ///
  /// The place may be of another kind than the catalog that was backed up: this is also how a lake moves from SQLite
  /// to PostgreSQL. Nothing is written over: a catalog that is there is put aside. The new catalog is written under
  /// another name, compared with the backup table by table, and only then put in its place. The lake's files are not
  /// touched; those that maintenance has removed since the backup was made are missing, which ``Lake/check(_:)`` tells.
  ///
  /// - Parameters:
  ///   - path: the backup.
  ///   - lake: which lake. It must not be open in this process.
  ///   - force: puts a catalog that can be opened aside, too.
  ///   - patience: how long to wait for another process that holds the catalog.
  /// - Throws: ``LakeError`` when a catalog that can be opened is there and `force` is false, when the backup is
  ///   damaged, or when the catalog cannot be written; what was there then stays.
  public static func recover(
    _ path: String, into lake: LakeConfiguration, force: Bool = false, patience: Duration = .seconds(60)
  ) async throws -> Outcome {
    try await CatalogStore.reading(path) { store in
      let manifest = try await BackupManifest(reading: store)
      try await manifest.verify(store)
      let setAside: String?
      do {
        switch lake.catalog {
        case .postgresql(let catalog):
          setAside = try await ServerRecovery(lake: lake, catalog: catalog, force: force)
            .run(from: store, manifest)
        case .sqlite(let file), .duckdb(let file):
          setAside = try await FileRecovery(lake: lake, file: file, force: force, patience: patience)
            .run(from: store, manifest)
        }
      } catch let error as DuckDBError { throw LakeError(attaching: lake, error) }
      return Outcome(manifest: manifest, setAside: setAside, catalogKind: lake.catalog.kind)
    }
  }

  static func refusal(_ lake: LakeConfiguration) -> LakeError {
    LakeError(
      .refused, "lake '\(lake.name)' has a catalog that can be opened",
      hint: "With --force it is put aside, and what was committed since the backup is in it only.")
  }

  /// Whether DuckLake can open what is in the place.
  static func isOpenable(_ lake: LakeConfiguration) async -> Bool {
    (try? await LakeAdoption.inspect(catalog: lake.catalog)) != nil
  }
}

/// Recovery into a catalog file.
struct FileRecovery {
  let lake: LakeConfiguration
  let file: String
  let force: Bool
  let patience: Duration

  /// - Returns: where the old catalog is now.
  func run(from store: CatalogStore, _ manifest: BackupManifest) async throws -> String? {
    var probe = lake
    probe.createIfMissing = true
    try LakeFolders.prepare(probe)
    // Keeps every other Tarn out, so that no process has the old file open while it is looked at and moved.
    let owner = OwnerLock(catalogPath: file, lake: lake.name)
    try await owner.acquire(patience: patience)
    defer { owner.release() }
    let isThere = FileManager.default.fileExists(atPath: file)
    if isThere, !force, await LakeRecovery.isOpenable(lake) { throw LakeRecovery.refusal(lake) }

    let draft = file + ".recovering"
    removeAll(draft)
    do {
      var target = lake
      if case .sqlite = lake.catalog {
        target.catalog = .sqlite(path: draft)
      } else {
        target.catalog = .duckdb(path: draft)
      }
      let writer = try await CatalogWriter.create(target)
      do { try await writer.fill(from: store, manifest) } catch {
        await writer.close()
        throw error
      }
      await writer.close()
      try BackupPlace.sync(draft)
    } catch {
      removeAll(draft)
      throw error
    }
    let aside = isThere ? try setAside() : nil
    for (suffix, isMain) in [("-wal", false), (".wal", false), ("", true)] {
      guard isMain || FileManager.default.fileExists(atPath: draft + suffix) else { continue }
      try move(draft + suffix, file + suffix)
    }
    try BackupPlace.sync((file as NSString).deletingLastPathComponent)
    removeAll(draft)
    return aside
  }

  /// Puts the old catalog and what belongs to it under another name.
  private func setAside() throws -> String {
    let stamp = BackupPlace.stamp()
    var aside = "\(file).before-recover-\(stamp)"
    var number = 1
    while FileManager.default.fileExists(atPath: aside) {
      number += 1
      aside = "\(file).before-recover-\(stamp)-\(number)"
    }
    // The log goes with its file: alone, the next one would be read with it.
    for suffix in ["-wal", ".wal", "-journal", ""] where FileManager.default.fileExists(atPath: file + suffix)
    {
      try move(file + suffix, aside + suffix)
    }
    try? FileManager.default.removeItem(atPath: file + "-shm")
    return aside
  }

  private func move(_ old: String, _ new: String) throws {
    guard rename(old, new) == 0 else {
      throw LakeError(.storage, "cannot move \(old) to \(new): \(String(cString: strerror(errno)))")
    }
  }

  private func removeAll(_ draft: String) {
    for suffix in ["", "-wal", "-shm", "-journal", ".wal"] {
      try? FileManager.default.removeItem(atPath: draft + suffix)
    }
  }
}

/// Recovery into a schema of a PostgreSQL database.
struct ServerRecovery {
  let lake: LakeConfiguration
  let catalog: PostgreSQLCatalog
  let force: Bool

  private var schema: String { catalog.schema ?? "public" }

  /// - Returns: the schema where the old catalog is now.
  func run(from store: CatalogStore, _ manifest: BackupManifest) async throws -> String? {
    let stamp = BackupPlace.stamp().lowercased()
    // Two recoveries of one process may begin in the same second.
    let draft = "tarn_recovering_\(stamp)_\(getpid())_\(UInt32.random(in: 0 ... .max))"
    var target = lake
    var place = catalog
    place.schema = draft
    target.catalog = .postgresql(place)
    let isOpenable = await LakeRecovery.isOpenable(lake)
    if isOpenable, !force { throw LakeRecovery.refusal(lake) }
    let writer = try await CatalogWriter.create(target)
    do {
      try await writer.fill(from: store, manifest)
      let aside = "\(schema)_before_recover_\(stamp)"
      let moved = try await swap(draft, aside, writer)
      await writer.close()
      return moved ? aside : nil
    } catch {
      let drop = "DROP SCHEMA IF EXISTS \(SQLIdentifier.quote(draft)) CASCADE"
      try? await writer.onServer([drop])
      await writer.close()
      throw error
    }
  }

  /// Moves the old tables out of the schema and the new ones into it, in one transaction.
  private func swap(_ draft: String, _ aside: String, _ writer: CatalogWriter) async throws -> Bool {
    let old = try await writer.serverTables(schema)
    let new = try await writer.serverTables(draft)
    var statements = ["CREATE SCHEMA IF NOT EXISTS \(SQLIdentifier.quote(schema))"]
    if !old.isEmpty { statements.append("CREATE SCHEMA \(SQLIdentifier.quote(aside))") }
    statements += old.map { move($0, from: schema, to: aside) }
    statements += new.map { move($0, from: draft, to: schema) }
    statements.append("DROP SCHEMA \(SQLIdentifier.quote(draft))")
    try await writer.onServer(statements)
    return !old.isEmpty
  }

  private func move(_ table: String, from: String, to: String) -> String {
    "ALTER TABLE \(SQLIdentifier.quote(from)).\(SQLIdentifier.quote(table)) SET SCHEMA \(SQLIdentifier.quote(to))"
  }
}
