import Foundation
import LakeSettings

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

  static func make(_ folder: String) throws {
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

/// The folder for one engine's temporary files.
enum EngineFolder {
  /// A path of this engine's own: two engines that share a folder write over each other's temporary files. Those of
  /// processes that are gone are removed.
  static func fresh(in folder: String) -> String {
    let home = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    for name in (try? FileManager.default.contentsOfDirectory(atPath: home)) ?? []
    where name.hasPrefix(prefix) {
      guard let process = name.dropFirst(prefix.count).split(separator: "-").first.flatMap({ pid_t($0) }),
        process != getpid(), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(atPath: home + "/" + name)
    }
    // DuckDB makes the last folder only. Where this one cannot be made, a query that needs it says so.
    try? FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    return "\(home)/\(prefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
  }

  private static let prefix = "tarn-engine-"
}
