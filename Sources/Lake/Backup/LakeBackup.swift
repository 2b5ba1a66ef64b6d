import DuckDB
import Foundation
import LakeSettings

extension Lake {
  /// Writes a backup of the catalog: one DuckDB file that plain DuckDB reads.
  ///
  /// The backup shows the lake as it stood at one moment during the call, with every commit that was acknowledged
  /// before the call. Writers go on; on a SQLite catalog they wait while the tables are read, which takes
  /// milliseconds to seconds. The lake's Parquet files are not copied: they never change once written, and a
  /// backup is good for as long as maintenance has not removed those that it names.
  ///
  /// - Parameter path: absolute path of the file to make, or of a folder that is there, for a name made of the lake,
  ///   the snapshot and the time.
  /// - Returns: where the backup is, and what is in it.
  /// - Throws: ``LakeError`` when something is at `path` already, or it cannot be written; nothing is left there then.
  public func backup(to path: String) async throws -> Backup {
    let target = try BackupPlace.file(at: path, lake: self, snapshot: try await currentSnapshot())
    let draft = target + ".partial"
    BackupPlace.remove(draft)
    do {
      let store = try await CatalogStore.create(at: draft)
      let manifest: BackupManifest
      do {
        _ = try await CatalogCopy(lake: self, store: store).run()
        manifest = try await BackupManifest(of: store, lake: self)
        try await manifest.write(to: store)
      } catch {
        try? await store.close()
        throw error
      }
      try await store.close()
      try BackupPlace.settle(draft, as: target)
      return Backup(path: target, manifest: manifest)
    } catch {
      BackupPlace.remove(draft)
      if let error = error as? DuckDBError { throw LakeError(query: error) }
      throw error
    }
  }
}

/// A backup that was made.
public struct Backup: Sendable, Hashable, Codable {
  /// Absolute path of the file.
  public let path: String
  /// What is in it.
  public let manifest: BackupManifest

  /// Reads a backup's manifest and compares every table with it.
  ///
  /// - Throws: ``LakeError`` when the file is no backup, or is damaged.
  public static func read(_ path: String) async throws -> Backup {
    try await CatalogStore.reading(path) { store in
      let manifest = try await BackupManifest(reading: store)
      try await manifest.verify(store)
      return Backup(path: path, manifest: manifest)
    }
  }
}

extension CatalogStore {
  /// Runs `body` with a backup that is open for reading.
  static func reading<Result: Sendable>(
    _ path: String, _ body: (CatalogStore) async throws -> Result
  ) async throws -> Result {
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw LakeError(.notFound, "cannot read \(path)", hint: "Give the path of a backup.")
    }
    do {
      let store = try await open(path)
      do {
        let result = try await body(store)
        try await store.close()
        return result
      } catch {
        try? await store.close()
        throw error
      }
    } catch let error as DuckDBError {
      throw LakeError(
        .catalog, "\(path) is no backup that can be read: \(error.message.firstSentence)",
        hint: "Use another backup.")
    }
  }
}

/// Where backups go.
enum BackupPlace {
  /// The file for a new backup.
  ///
  /// - Throws: ``LakeError`` when it is there already.
  static func file(at path: String, lake: Lake, snapshot: Int64) throws -> String {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard !exists || isFolder.boolValue else {
      throw LakeError(.storage, "there is something at \(path) already", hint: "Give another name.")
    }
    let isNamed = !isFolder.boolValue && !path.hasSuffix("/")
    let folder = isNamed ? (path as NSString).deletingLastPathComponent : path
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw LakeError(
        .storage, "cannot make folder \(folder)", hint: "Make its parent writable for this user.")
    }
    if isNamed { return path }
    let name = "\(lake.name)-\(snapshot)-\(stamp())"
    let base = (folder.hasSuffix("/") ? folder : folder + "/") + name
    var number = 1
    var file = base + ".duckdb"
    while FileManager.default.fileExists(atPath: file) {
      number += 1
      file = "\(base)-\(number).duckdb"
    }
    return file
  }

  /// The time as names of files have it: `20261120T093012Z`.
  static func stamp(_ date: Date = Date()) -> String {
    date.formatted(.iso8601).replacing("-", with: "").replacing(":", with: "")
  }

  /// Puts a finished file on the disk and gives it its name, without replacing another.
  static func settle(_ draft: String, as target: String) throws {
    try sync(draft)
    guard !FileManager.default.fileExists(atPath: target), rename(draft, target) == 0 else {
      throw LakeError(.storage, "cannot write \(target)", hint: "Give another name.")
    }
    try sync((target as NSString).deletingLastPathComponent)
  }

  /// Waits until a file or folder is on the disk.
  static func sync(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw LakeError(.storage, "cannot open \(path)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else {
      throw LakeError(.storage, "cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  static func remove(_ draft: String) {
    for path in [draft, draft + ".wal"] { try? FileManager.default.removeItem(atPath: path) }
  }
}
