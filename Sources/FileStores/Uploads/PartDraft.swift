internal import Foundation
internal import Synchronization

/// A part on its way: in memory when it is small, else in a file that has no name.
struct PartDraft {
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0
  private var hash = StreamedHash()
  private var file: DraftFile?

  /// What most clients send at once is less.
  private static let mostInMemory = 12 << 20

  /// - Throws: ``FileStoreError`` when it is large and cannot be kept on disk.
  mutating func add(_ piece: [UInt8]) async throws {
    hash.add(piece)
    count += piece.count
    bytes += piece
    guard bytes.count > Self.mostInMemory else { return }
    if file == nil { file = try await DraftFile() }
    try await flush()
  }

  /// Its SHA-256; nothing may be added afterwards.
  mutating func finish() -> [UInt8] { hash.finish() }

  /// The bytes piece by piece; nil when they are all in memory.
  ///
  /// - Throws: ``FileStoreError``.
  mutating func pieces() async throws -> DraftFile? {
    try await flush()
    return file
  }

  private mutating func flush() async throws {
    guard let file else { return }
    try await file.append(bytes)
    bytes = []
  }
}

/// A file without a name, gone with this object. What blocks runs on a queue of its own.
final class DraftFile: Sendable {
  private let descriptor: Int32
  private let queue = DispatchQueue(label: "tarn.part-draft")
  private let offset = Mutex(0)

  private static let pieceSize = 1 << 20

  /// - Throws: ``FileStoreError``.
  init() async throws {
    let path = NSTemporaryDirectory() + "/tarn-part-" + UUID().uuidString
    descriptor = Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw FileStoreError(.unavailable, "a part cannot be kept while it is passed on: no file can be made")
    }
    unlink(path)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func append(_ bytes: [UInt8]) async throws {
    try await queue.run { [descriptor] in
      var done = 0
      while done < bytes.count {
        let written = bytes.withUnsafeBytes {
          write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
        }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else {
          throw FileStoreError(.unavailable, "a part cannot be kept while it is passed on: is the disk full?")
        }
        done += written
      }
    }
  }

  /// The next bytes from the beginning on; nil at the end.
  func next() async throws -> [UInt8]? {
    try await queue.run { [self] in
      let start = offset.withLock { $0 }
      var bytes = [UInt8](repeating: 0, count: Self.pieceSize)
      var count = pread(descriptor, &bytes, bytes.count, start)
      while count < 0, errno == EINTR { count = pread(descriptor, &bytes, bytes.count, start) }
      guard count >= 0 else { throw FileStoreError(.unavailable, "a part cannot be read back") }
      guard count > 0 else { return nil }
      offset.withLock { $0 += count }
      bytes.removeLast(bytes.count - count)
      return bytes
    }
  }
}
