import Foundation
import Synchronization

/// Second links to the new files of a commit, for as long as its outcome is not known.
///
/// When a COMMIT fails, DuckLake removes the files of the transaction, also when only the reply was lost and the
/// catalog has committed them: the table is then unreadable for everybody. A link costs nothing, and the file can be
/// put back. The links lie below the lake's own folder (`.tarn-held/COMMIT/`), with a list of the files' places. The
/// list is locked while the process lives that made it. All calls block.
final class HeldFiles: Sendable {
  static let folderName = ".tarn-held"

  private let folder: String
  private let root: String
  private let files: [String]
  private let list: Mutex<Int32>

  private init(root: String, folder: String, files: [String], list: Int32) {
    self.root = root
    self.folder = folder
    self.files = files
    self.list = Mutex(list)
  }

  /// Links files.
  ///
  /// - Parameters:
  ///   - files: absolute paths below `root`.
  ///   - root: the lake's folder.
  ///   - commit: the commit's name, without slashes.
  /// - Throws: ``LakeError`` when a link cannot be made; nothing is left behind then.
  static func hold(_ files: [String], of root: String, for commit: String) throws -> HeldFiles {
    let folder = "\(root)/\(folderName)/\(commit)"
    mkdir("\(root)/\(folderName)", 0o755)
    guard mkdir(folder, 0o755) == 0 else { throw LakeError(writing: folder, errno) }
    let list = open("\(folder)/files", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard list >= 0 else { throw LakeError(writing: "\(folder)/files", errno) }
    let held = HeldFiles(root: root, folder: folder, files: files, list: list)
    do {
      flock(list, LOCK_EX | LOCK_NB)
      let text = files.map { $0.dropFirst(root.count + 1) }.joined(separator: "\n")
      guard write(list, text, text.utf8.count) == text.utf8.count else {
        throw LakeError(writing: "\(folder)/files", errno)
      }
      for (number, file) in files.enumerated() { try link(file, as: held.linkPath(number)) }
    } catch {
      held.release()
      throw error
    }
    return held
  }

  private static func link(_ file: String, as name: String) throws {
    if linkat(AT_FDCWD, file, AT_FDCWD, name, 0) == 0 { return }
    // File systems without links, such as exFAT: a copy serves as well, only dearer.
    guard [EPERM, ENOTSUP, EMLINK, ENOSYS].contains(errno) else { throw LakeError(writing: name, errno) }
    do { try FileManager.default.copyItem(atPath: file, toPath: name) } catch {
      throw LakeError(.storage, "cannot copy \(file): \(error.localizedDescription)")
    }
  }

  private func linkPath(_ number: Int) -> String { "\(folder)/\(number).held" }

  /// Puts files back that are gone. The links stay.
  ///
  /// - Returns: the files that were put back.
  @discardableResult
  func putBack() throws -> [String] {
    var restored: [String] = []
    for (number, file) in files.enumerated() where access(file, F_OK) != 0 {
      guard access(linkPath(number), F_OK) == 0 else { continue }
      try Self.link(linkPath(number), as: file)
      restored.append(file)
    }
    if !restored.isEmpty { try DataFolder(root: root).sync(restored) }
    return restored
  }

  /// Lets all links go: the commit's outcome is known and its files are where they belong.
  func release() {
    for number in files.indices { unlink(linkPath(number)) }
    unlink("\(folder)/files")
    rmdir(folder)
    abandon()
  }

  /// The files' names, without folders.
  var fileNames: [String] { files.map { ($0 as NSString).lastPathComponent } }

  /// Leaves the links for whoever finds out the commit's outcome later.
  func abandon() {
    list.withLock { list in
      if list >= 0 { close(list) }
      list = -1
    }
  }

  /// What processes that are gone left behind in a lake's folder.
  static func leftovers(in root: String) -> [HeldFiles] {
    let home = "\(root)/\(folderName)"
    guard let commits = try? FileManager.default.contentsOfDirectory(atPath: home) else { return [] }
    return commits.compactMap { commit in
      let folder = "\(home)/\(commit)"
      let list = open("\(folder)/files", O_RDONLY | O_CLOEXEC)
      guard list >= 0 else {
        // The list is made first and removed last.
        if errno == ENOENT { rmdir(folder) }
        return nil
      }
      guard flock(list, LOCK_EX | LOCK_NB) == 0 else {
        close(list)
        return nil
      }
      let text = (try? String(contentsOfFile: "\(folder)/files", encoding: .utf8)) ?? ""
      let files = text.split(separator: "\n").map { "\(root)/\($0)" }
      return HeldFiles(root: root, folder: folder, files: files, list: list)
    }
  }

  deinit { abandon() }
}
