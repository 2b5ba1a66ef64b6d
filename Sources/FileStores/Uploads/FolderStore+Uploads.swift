internal import Foundation

// Parts lie in a folder of their own among the drafts: `.tarn-draft-uploads/ID/PART`, beside a file that says for which key.
extension FolderStore: UploadStore {
  private static let uploadsFolder = draft + "uploads"
  private static let keyFile = "key"
  /// Uploads that nobody ended; seconds.
  private static let longestLife = 7 * 86_400.0
  private static let pieceSize = 1 << 20

  package func beginUpload(_ key: FileKey, type: String?) async throws -> String {
    _ = try path(key)
    let id = UUID().uuidString.lowercased()
    try await queue.run {
      forgetOldUploads()
      let place = uploads + "/" + id
      do {
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try Data(key.text.utf8).write(to: URL(fileURLWithPath: place + "/" + Self.keyFile))
      } catch { throw FileStoreError(.unavailable, "an upload of '\(key.text)' cannot be begun") }
    }
    return id
  }

  package func writePart(
    _ key: FileKey, of upload: String, number: Int, _ next: () async throws -> [UInt8]?
  ) async throws -> String {
    let place = try await queue.run { try folder(of: upload, key) }
    let part = place + "/" + Self.name(of: number)
    try await write(part, named: key, next)
    return try await queue.run { try Self.entry(key.text, at: part).tag }
  }

  package func parts(_ key: FileKey, of upload: String) async throws -> [UploadPart] {
    try await queue.run { try parts(in: try folder(of: upload, key)) }
  }

  package func completeUpload(
    _ key: FileKey, _ upload: String, parts chosen: [(number: Int, tag: String)]
  ) async throws -> String {
    let place = try await queue.run { try folder(of: upload, key) }
    let known = try await queue.run { try parts(in: place) }
    var paths: [String] = []
    for part in chosen {
      guard known.contains(where: { $0.number == part.number && $0.tag == part.tag }) else {
        throw FileStoreError(.wrongPart, "part \(part.number) is not there, or was sent again since")
      }
      paths.append(place + "/" + Self.name(of: part.number))
    }
    var source = PartsReader(paths: paths, pieceSize: Self.pieceSize)
    defer { source.close() }
    try await write(key, type: nil) { try await source.next(in: self) }
    let tag = try await entry(key).tag
    try? await queue.run { try FileManager.default.removeItem(atPath: place) }
    return tag
  }

  package func abortUpload(_ key: FileKey, _ upload: String) async throws {
    try await queue.run {
      guard let place = try? folder(of: upload, key) else { return }
      do { try FileManager.default.removeItem(atPath: place) } catch {
        throw FileStoreError(.unavailable, "the upload of '\(key.text)' cannot be removed")
      }
    }
  }

  package func uploads(prefix: String) async throws -> [PendingUpload] {
    try await queue.run {
      let ids = (try? FileManager.default.contentsOfDirectory(atPath: uploads)) ?? []
      return ids.compactMap { id in
        let file = uploads + "/" + id + "/" + Self.keyFile
        guard let key = try? String(contentsOfFile: file, encoding: .utf8),
          key.utf8.starts(with: prefix.utf8), let entry = try? Self.entry(key, at: file)
        else { return nil }
        return PendingUpload(key: key, id: id, begunAt: entry.modifiedAt)
      }.sorted { ($0.key, $0.id) < ($1.key, $1.id) }
    }
  }

  // MARK: Files

  private var uploads: String { folder + "/" + Self.uploadsFolder }

  private static func name(of number: Int) -> String { "part-\(number)" }

  /// - Throws: ``FileStoreError``, code `noUpload`, also for an upload of another key.
  private func folder(of upload: String, _ key: FileKey) throws -> String {
    let place = uploads + "/" + upload
    guard UUID(uuidString: upload) != nil,
      (try? String(contentsOfFile: place + "/" + Self.keyFile, encoding: .utf8)) == key.text
    else { throw FileStoreError(.noUpload, "there is no upload of '\(key.text)' with this id") }
    return place
  }

  private func parts(in place: String) throws -> [UploadPart] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    return names.compactMap { name -> UploadPart? in
      guard name.hasPrefix("part-"), let number = Int(name.dropFirst("part-".count)),
        let entry = try? Self.entry(name, at: place + "/" + name)
      else { return nil }
      return UploadPart(number: number, tag: entry.tag, size: entry.size, modifiedAt: entry.modifiedAt)
    }.sorted { $0.number < $1.number }
  }

  private func forgetOldUploads() {
    for id in (try? FileManager.default.contentsOfDirectory(atPath: uploads)) ?? [] {
      let place = uploads + "/" + id
      guard let entry = try? Self.entry(id, at: place + "/" + Self.keyFile),
        Date().timeIntervalSince1970 - entry.modifiedAt > Self.longestLife
      else { continue }
      try? FileManager.default.removeItem(atPath: place)
    }
  }
}

/// The bytes of several files, one after the other.
private struct PartsReader {
  private var paths: ArraySlice<String>
  private let pieceSize: Int
  private var descriptor: Int32 = -1

  init(paths: [String], pieceSize: Int) {
    self.paths = paths[...]
    self.pieceSize = pieceSize
  }

  mutating func next(in store: FolderStore) async throws -> [UInt8]? {
    while true {
      if descriptor < 0 {
        guard let path = paths.popFirst() else { return nil }
        descriptor = try await store.queue.run { Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileStoreError(.wrongPart, "a part of the upload is gone") }
      }
      let (open, size) = (descriptor, pieceSize)
      let bytes = try await store.queue.run {
        var bytes = [UInt8](repeating: 0, count: size)
        var count = Glibc.read(open, &bytes, size)
        while count < 0, errno == EINTR { count = Glibc.read(open, &bytes, size) }
        guard count >= 0 else { throw FileStoreError(.unavailable, "a part of the upload cannot be read") }
        bytes.removeLast(size - count)
        return bytes
      }
      if !bytes.isEmpty { return bytes }
      close()
    }
  }

  mutating func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }
}
