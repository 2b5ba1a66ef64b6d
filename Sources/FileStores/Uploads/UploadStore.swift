/// A store that takes a file in parts, which are put together at the end.
package protocol UploadStore: FileStore {
  /// Begins such an upload.
  ///
  /// - Returns: its id.
  /// - Throws: ``FileStoreError``.
  func beginUpload(_ key: FileKey, type: String?) async throws -> String

  /// Takes a part, in place of one of the same number. It is there as a whole or not at all.
  ///
  /// - Parameters:
  ///   - number: from 1 to 10,000.
  ///   - next: gives the next bytes; nil at the end.
  /// - Returns: the part's tag.
  /// - Throws: ``FileStoreError``, code `noUpload` when there is no such upload; what `next` throws.
  func writePart(
    _ key: FileKey, of upload: String, number: Int, _ next: () async throws -> [UInt8]?
  ) async throws -> String

  /// The parts that are there, by their numbers.
  ///
  /// - Throws: ``FileStoreError``.
  func parts(_ key: FileKey, of upload: String) async throws -> [UploadPart]

  /// Makes the file out of parts; the upload has ended then.
  ///
  /// - Parameter parts: their numbers, rising, and tags.
  /// - Returns: the file's tag.
  /// - Throws: ``FileStoreError``, code `wrongPart` for one that is not there.
  func completeUpload(_ key: FileKey, _ upload: String, parts: [(number: Int, tag: String)]) async throws
    -> String

  /// Gives an upload up. One that is not there is no error.
  ///
  /// - Throws: ``FileStoreError``.
  func abortUpload(_ key: FileKey, _ upload: String) async throws

  /// The uploads that have begun and not ended, of keys that begin with a text.
  ///
  /// - Throws: ``FileStoreError``.
  func uploads(prefix: String) async throws -> [PendingUpload]
}

/// A part of a file that is there already.
package struct UploadPart: Sendable, Hashable {
  package let number: Int
  package let tag: String
  /// In bytes.
  package let size: Int
  /// Seconds since 1970.
  package let modifiedAt: Double
}

/// An upload that has not ended.
package struct PendingUpload: Sendable, Hashable {
  package let key: String
  package let id: String
  /// Seconds since 1970.
  package let begunAt: Double
}
