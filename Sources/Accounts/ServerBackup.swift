internal import Foundation
internal import SQLText
public import Secrets
public import Store

/// A copy of what a server keeps: its store, and the key that secrets in it are sealed with. Either is of little use without
/// the other.
///
/// A folder with `store.sqlite`, `secret.key` and `backup.json`, for its owner alone. `backup.json` is written last: a folder without it
/// is no backup.
public struct ServerBackup: Sendable {
  /// What is written down of a backup.
  public struct Manifest: Sendable, Codable {
    /// The version of Tarn that made it.
    public let tarn: String
    public let madeAt: String
    public let hasKey: Bool
  }

  public let folder: String
  public let manifest: Manifest

  private static let manifestName = "backup.json"
  private var storePath: String { folder + "/store.sqlite" }
  private var keyPath: String { folder + "/secret.key" }

  private init(folder: String, manifest: Manifest) {
    self.folder = folder
    self.manifest = manifest
  }

  /// Copies a store that may be in use, as it is at one moment.
  ///
  /// - Parameters:
  ///   - folder: made; it must not be there yet.
  ///   - key: nil to leave the key out.
  /// - Throws: ``AccountError``; `StoreError`; `SecretsError`. What was begun is removed.
  public static func make(of store: Store, key: SecretKey?, in folder: String, version: String) async throws
    -> ServerBackup
  {
    guard !FileManager.default.fileExists(atPath: folder) else {
      throw AccountError(
        .exists, "'\(folder)' is there already", hint: "Name a folder that is not there yet.")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch { throw AccountError(.invalid, "cannot make '\(folder)': \(error.localizedDescription)") }
    let manifest = Manifest(tarn: version, madeAt: Moment.now.text, hasKey: key != nil)
    let backup = ServerBackup(folder: folder, manifest: manifest)
    do {
      try await store.copy(to: backup.storePath)
      try key?.write(to: backup.keyPath)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try encoder.encode(manifest).write(
        to: URL(fileURLWithPath: folder + "/" + manifestName), options: .atomic)
      return backup
    } catch {
      try? FileManager.default.removeItem(atPath: folder)
      throw error
    }
  }

  /// Looks at a backup.
  ///
  /// - Throws: ``AccountError`` when the folder holds none, or one that is damaged; `SecretsError` when its key is no key.
  public init(in folder: String) async throws {
    guard let data = FileManager.default.contents(atPath: folder + "/" + Self.manifestName),
      let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
    else { throw AccountError(.notFound, "'\(folder)' holds no backup of a server") }
    self.init(folder: folder, manifest: manifest)
    guard await Store.isSound(sqlite: storePath) else {
      throw AccountError(
        .invalid, "the store in '\(folder)' is damaged", hint: "Nothing was changed. Use another backup.")
    }
    if manifest.hasKey { _ = try SecretKey.read(at: keyPath) }
  }

  /// Puts the backup where a server keeps its things. What is there is set aside, under names that end in a number.
  ///
  /// - Parameter place: the folder of a server that does not run.
  /// - Returns: what was set aside.
  /// - Throws: ``AccountError``; nothing is lost then.
  public func restore(to place: String) throws -> [String] {
    let files = FileManager.default
    let mark = ".before-restore-\(Int(Date().timeIntervalSince1970))-\(UInt16.random(in: 1000...9999))"
    var aside: [String] = []
    do {
      try files.createDirectory(
        atPath: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      let names =
        ["tarn.sqlite", "tarn.sqlite-wal", "tarn.sqlite-shm", "token"]
        + (manifest.hasKey ? ["secret.key"] : [])
      // All copies first: a full disk leaves what was there.
      try copy(storePath, to: place + "/tarn.sqlite" + mark + ".new")
      if manifest.hasKey { try copy(keyPath, to: place + "/secret.key" + mark + ".new") }
      for name in names where files.fileExists(atPath: place + "/" + name) {
        try files.moveItem(atPath: place + "/" + name, toPath: place + "/" + name + mark)
        aside.append(place + "/" + name + mark)
      }
      try files.moveItem(atPath: place + "/tarn.sqlite" + mark + ".new", toPath: place + "/tarn.sqlite")
      if manifest.hasKey {
        try files.moveItem(atPath: place + "/secret.key" + mark + ".new", toPath: place + "/secret.key")
      }
      return aside
    } catch {
      throw AccountError(
        .invalid, "cannot restore to '\(place)': \(error.localizedDescription)",
        hint: "What was there is there still, some of it under names that end in \(mark).")
    }
  }

  private func copy(_ source: String, to target: String) throws {
    try FileManager.default.copyItem(atPath: source, toPath: target)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target)
  }
}

extension Accounts {
  /// How many variables and resources do not open with the server's key, of how many.
  ///
  /// - Throws: `StoreError`.
  public func countClosedValues() async throws -> (closed: Int, all: Int) {
    let rows = try await store.read { transaction in
      try transaction.query("SELECT workspace, kind, path, sealed FROM sealed_value").map { row in
        (
          sealed: try row.bytes("sealed"),
          place: "\(try row.text("kind")) \(try row.text("workspace")) \(try row.text("path"))"
        )
      }
    }
    return (rows.count { (try? key.open($0.sealed, for: $0.place)) == nil }, rows.count)
  }
}
