internal import Foundation

/// Files in a folder. Symbolic links are not followed.
public struct FolderStore: FileStore {
  let folder: String
  let queue = DispatchQueue(label: "tarn.folder-store", attributes: .concurrent)

  /// Files and folders that are being written; their names are in no keys of files.
  static let draft = ".tarn-draft-"

  /// - Parameter folder: absolute; made when something is written.
  public init(folder: String) { self.folder = (folder as NSString).standardizingPath }

  public func entry(_ key: FileKey) async throws -> FileEntry {
    try await queue.run { try Self.entry(key.text, at: try path(key)) }
  }

  public func read(_ key: FileKey, _ range: Range<Int>) async throws -> [UInt8] {
    try await queue.run {
      let descriptor = try Self.open(try path(key), key)
      defer { close(descriptor) }
      var bytes = [UInt8](repeating: 0, count: range.count)
      var count = 0
      while count < bytes.count {
        let got = bytes.withUnsafeMutableBytes { buffer in
          pread(
            descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count,
            range.lowerBound + count)
        }
        if got < 0, errno == EINTR { continue }
        guard got >= 0 else { throw Self.failure("read", key) }
        if got == 0 { break }
        count += got
      }
      bytes.removeLast(bytes.count - count)
      return bytes
    }
  }

  public func write(_ key: FileKey, type: String?, _ next: () async throws -> [UInt8]?) async throws {
    try await write(try path(key), named: key, next)
  }

  /// - Parameter key: what errors call the file.
  func write(_ path: String, named key: FileKey, _ next: () async throws -> [UInt8]?) async throws {
    let parent = (path as NSString).deletingLastPathComponent
    let draft = "\(parent)/\(Self.draft)\(UUID().uuidString)"
    let descriptor = try await queue.run {
      do {
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      } catch { throw FileStoreError(.unavailable, "the folder of '\(key.text)' cannot be made") }
      let descriptor = Glibc.open(draft, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw Self.failure("write", key) }
      return descriptor
    }
    do {
      while let bytes = try await next() {
        try await queue.run { try Self.write(bytes, to: descriptor, key) }
      }
      try await queue.run {
        guard fsync(descriptor) == 0, rename(draft, path) == 0 else { throw Self.failure("write", key) }
        close(descriptor)
      }
    } catch {
      close(descriptor)
      unlink(draft)
      throw error
    }
  }

  public func remove(_ key: FileKey) async throws {
    try await queue.run {
      let path = try path(key)
      guard unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR else {
        throw Self.failure("remove", key)
      }
    }
  }

  public func list(prefix: String, after: String?, limit: Int) async throws -> [FileEntry] {
    try await queue.run {
      // Folders beside the one that the prefix names hold none of the keys.
      let start = prefix.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(prefix[...$0]) } ?? ""
      guard start.isEmpty || (try? FileKey(start + "x")) != nil,
        (try? path(FileKey(start + "x"))) != nil,
        let walk = FileManager.default.enumerator(atPath: folder + "/" + start)
      else { return [] }
      var keys: [String] = []
      while let name = walk.nextObject() as? String {
        if (name as NSString).lastPathComponent.hasPrefix(Self.draft) {
          walk.skipDescendants()
          continue
        }
        let key = start + name
        guard key.utf8.starts(with: prefix.utf8),
          walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular
        else { continue }
        keys.append(key)
      }
      keys.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      if let after { keys.removeAll { !after.utf8.lexicographicallyPrecedes($0.utf8) } }
      // One may have gone meanwhile.
      return Array(keys.lazy.compactMap { try? Self.entry($0, at: folder + "/" + $0) }.prefix(limit))
    }
  }

  // MARK: Files

  /// Removes files that a process which was killed has not written to their end.
  ///
  /// - Parameter age: in seconds; others' may be in the making.
  package func removeDrafts(olderThan age: Double) async throws {
    try await queue.run { [folder] in
      guard let walk = FileManager.default.enumerator(atPath: folder) else { return }
      for case let name as String in walk {
        guard (name as NSString).lastPathComponent.hasPrefix(Self.draft),
          let entry = try? Self.entry(name, at: folder + "/" + name),
          Date().timeIntervalSince1970 - entry.modifiedAt > age
        else { continue }
        unlink(folder + "/" + name)
      }
    }
  }

  /// A key's path, when no link on the way leads elsewhere.
  func path(_ key: FileKey) throws -> String {
    guard !key.text.split(separator: "/").contains(where: { $0.hasPrefix(Self.draft) }) else {
      throw FileStoreError(.badKey, "no key may have a part that begins with '\(Self.draft)'")
    }
    let path = folder + "/" + key.text
    let parent = (path as NSString).deletingLastPathComponent
    // What is not there yet is made, and no link.
    guard let real = Self.real(parent), let root = Self.real(folder) else { return path }
    guard real == root + parent.dropFirst(folder.count) else {
      throw FileStoreError(.notFound, "there is no file '\(key.text)'")
    }
    return path
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func open(_ path: String, _ key: FileKey) throws -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("read", key) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileStoreError(.notFound, "there is no file '\(key.text)'")
    }
    return descriptor
  }

  static func entry(_ key: String, at path: String) throws -> FileEntry {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw FileStoreError(.notFound, "there is no file '\(key)'")
    }
    let moment = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
    return FileEntry(
      key: key, size: Int(status.st_size), modifiedAt: moment, type: nil,
      tag: "\(status.st_ino)-\(status.st_size)-\(status.st_mtim.tv_sec)-\(status.st_mtim.tv_nsec)")
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32, _ key: FileKey) throws {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write", key) }
      offset += count
    }
  }

  private static func failure(_ what: String, _ key: FileKey) -> FileStoreError {
    if errno == ENOENT || errno == ENOTDIR || errno == ELOOP {
      return FileStoreError(.notFound, "there is no file '\(key.text)'")
    }
    return FileStoreError(.unavailable, "cannot \(what) '\(key.text)': \(String(cString: strerror(errno)))")
  }
}
