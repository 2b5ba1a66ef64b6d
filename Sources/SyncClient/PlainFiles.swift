internal import Foundation
internal import Sync

/// Files and folders by their paths, without following symbolic links, and with names byte for byte.
enum PlainFiles {
  enum Kind: Sendable {
    case file, folder, link, other
  }

  /// What lies at a path; nil for nothing.
  static func kind(_ path: String) -> Kind? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    case S_IFLNK: return .link
    default: return .other
    }
  }

  /// The names in a folder, in the order of their bytes.
  ///
  /// - Throws: `SyncError` when it cannot be read, or a name is no UTF-8.
  static func names(in folder: String) throws(SyncError) -> [String] {
    guard let stream = opendir(folder) else { throw failure("cannot read", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
      }
      guard let name else { throw SyncError("a file in \(folder) has a name that is no UTF-8. Rename it") }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// A file's text.
  ///
  /// - Parameter name: what errors call it.
  /// - Throws: `SyncError` when it cannot be read, or is no text.
  static func text(_ path: String, name: String) throws(SyncError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw failure("cannot read", name) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &block, block.count)
      if count == 0 { break }
      if count > 0 { bytes += block[..<count] } else if errno != EINTR { throw failure("cannot read", name) }
    }
    guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
      throw SyncError("\(name) is no text in UTF-8")
    }
    return text
  }

  /// Writes a file: it is there as a whole or as it was. The mode of one that is there stays.
  ///
  /// - Parameter part: where it lies until it is whole, on the same file system.
  /// - Throws: `SyncError`.
  static func write(_ text: String, to path: String, part: String, name: String) throws(SyncError) {
    var status = stat()
    let mode = lstat(path, &status) == 0 ? status.st_mode & 0o777 : 0o666
    let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw failure("cannot write", name) }
    var text = text
    let isWritten = text.withUTF8 { buffer in
      var written = 0
      while written < buffer.count {
        guard let start = buffer.baseAddress else { return true }
        let count = Foundation.write(descriptor, start + written, buffer.count - written)
        if count < 0, errno != EINTR { return false }
        written += max(0, count)
      }
      return fsync(descriptor) == 0
    }
    let problem = failure("cannot write", name)
    guard close(descriptor) == 0, isWritten else {
      unlink(part)
      throw problem
    }
    guard rename(part, path) == 0 else {
      let problem = failure("cannot write", name)
      unlink(part)
      throw problem
    }
  }

  /// - Throws: `SyncError` when it is there and stays.
  static func remove(_ path: String, name: String) throws(SyncError) {
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw failure("cannot remove", name)
  }

  static func makeFolder(_ path: String, name: String) throws(SyncError) {
    guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
    throw failure("cannot make", name)
  }

  static func failure(_ what: String, _ name: String) -> SyncError {
    let reason = String(cString: strerror(errno))
    return SyncError("\(what) \(name): \(reason)")
  }
}
