import Foundation
import Synchronization

/// The local folder of a lake's Parquet files: which of them are new, and that they have reached the disk.
///
/// DuckLake writes a file and tells nobody but its catalog, at COMMIT. So before a COMMIT new files are found by their
/// names, which begin with the time (`ducklake-` and a UUID of version 7), in folders that have changed. All calls
/// block.
final class DataFolder: Sendable {
  let root: String
  private let folders = Mutex<[String: Folder]>([:])

  private struct Folder {
    /// When an entry was last made or removed, in nanoseconds.
    let changed: Int64
    let subfolders: [String]
  }

  init(root: String) {
    self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
  }

  /// The files that DuckLake has written since a moment, by any connection.
  ///
  /// - Parameter moment: when the turn began. When the clock was set since, all files count as new.
  func files(since moment: Moment) -> [String] {
    let now = Moment.now
    // A file may be named just before the clock is read.
    let threshold = moment.isJumped(until: now) ? 0 : moment.wall - 100
    var found: [String] = []
    visit(root, now: now, threshold: threshold, &found)
    return found
  }

  private func visit(_ folder: String, now: Moment, threshold: Int64, _ found: inout [String]) {
    var status = stat()
    guard stat(folder, &status) == 0 else { return }
    let changed = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    let subfolders: [String]
    // Folders keep time in steps of milliseconds: one that changed just now may change again within the step. No file
    // is new in a folder that has not changed.
    if let known = folders.withLock({ $0[folder] }), known.changed == changed,
      abs(now.wall - changed / 1_000_000) > 1_000, threshold > changed / 1_000_000
    {
      subfolders = known.subfolders
    } else {
      subfolders = read(folder, threshold: threshold, &found)
      folders.withLock { $0[folder] = Folder(changed: changed, subfolders: subfolders) }
    }
    for name in subfolders { visit(folder + "/" + name, now: now, threshold: threshold, &found) }
  }

  private func read(_ folder: String, threshold: Int64, _ found: inout [String]) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var subfolders: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let written = DataFileName.time(of: name) {
        if written >= threshold { found.append(folder + "/" + name) }
      } else if !name.hasPrefix("."), entry.pointee.d_type == UInt8(DT_DIR) {
        subfolders.append(name)
      }
    }
    return subfolders
  }

  /// Waits until files, and the folders that lead to them, are on the disk.
  ///
  /// - Throws: ``LakeError`` when the system reports that one could not be written.
  func sync(_ files: [String]) throws {
    var parents: Set<String> = []
    for file in files {
      try Self.sync(file, O_RDONLY)
      var parent = (file as NSString).deletingLastPathComponent
      while parent.count >= root.count, parents.insert(parent).inserted {
        parent = (parent as NSString).deletingLastPathComponent
      }
    }
    for folder in parents { try Self.sync(folder, O_RDONLY | O_DIRECTORY) }
  }

  private static func sync(_ path: String, _ flags: Int32) throws {
    let descriptor = open(path, flags | O_CLOEXEC)
    guard descriptor >= 0 else { throw LakeError(writing: path, errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw LakeError(writing: path, errno) }
  }
}

/// The names that DuckLake gives to its files.
enum DataFileName {
  /// When a file was begun, in milliseconds since 1970, by the UUID of version 7 in its name; nil for files that
  /// DuckLake did not name.
  static func time(of name: String) -> Int64? {
    guard name.hasPrefix("ducklake-") else { return nil }
    let uuid = name.dropFirst("ducklake-".count).prefix(36)
    guard uuid.utf8.count == 36 else { return nil }
    return Int64(uuid.prefix(13).filter { $0 != "-" }, radix: 16)
  }
}

extension LakeError {
  /// A system call that failed on a file of a lake.
  init(writing path: String, _ code: Int32) {
    if code == ENOSPC || code == EDQUOT {
      self.init(.full, "no space left for \(path)", hint: "Free some disk space; nothing was committed.")
    } else {
      self.init(
        .storage, "cannot write \(path): \(String(cString: strerror(code)))",
        hint: "Nothing was committed. Look after the disk, then run it again.")
    }
  }
}
