/// A place for files that are named by keys: a folder, or a bucket.
///
/// Keys are paths without a slash in front: `folder/file.csv`.
public protocol FileStore: Sendable {
  /// What a file is.
  ///
  /// - Throws: ``FileStoreError``, code `notFound` when there is none.
  func entry(_ key: FileKey) async throws -> FileEntry

  /// A part of a file.
  ///
  /// - Parameter range: which bytes; it may end behind the file's end.
  /// - Throws: ``FileStoreError``.
  func read(_ key: FileKey, _ range: Range<Int>) async throws -> [UInt8]

  /// Writes a file, in place of one that is there. It is there as a whole or not at all.
  ///
  /// - Parameters:
  ///   - type: its media type, where the store keeps one.
  ///   - next: gives the next bytes; nil at the end.
  /// - Throws: ``FileStoreError``; what `next` throws.
  func write(_ key: FileKey, type: String?, _ next: () async throws -> [UInt8]?) async throws

  /// Removes a file. One that is not there is no error.
  ///
  /// - Throws: ``FileStoreError``.
  func remove(_ key: FileKey) async throws

  /// Files whose keys begin with a text, in the order of their keys' bytes.
  ///
  /// - Parameters:
  ///   - after: only those behind this key.
  ///   - limit: at most so many.
  /// - Throws: ``FileStoreError``.
  func list(prefix: String, after: String?, limit: Int) async throws -> [FileEntry]
}

/// A file of a store.
public struct FileEntry: Sendable, Hashable {
  public let key: String
  /// In bytes.
  public let size: Int
  /// Seconds since 1970.
  public let modifiedAt: Double
  /// Its media type, where the store knows one.
  public let type: String?
  /// Changes with the content.
  public let tag: String
}

/// A file's name in a store.
public struct FileKey: Sendable, Hashable {
  public let text: String

  /// - Throws: ``FileStoreError``, code `badKey`, for a text that is no key, or could lead out of a folder.
  public init(_ text: String) throws(FileStoreError) {
    let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let isSafe = parts.allSatisfy { part in
      !part.isEmpty && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8) && part.count <= 255
    }
    guard isSafe, text.utf8.count <= 1024, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw FileStoreError(
        .badKey,
        "'\(text.prefix(80))' is no key of a file: write folder/file without a slash in front, '.' and '..'")
    }
    self.text = text
  }
}

/// Why a file cannot be had.
public struct FileStoreError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    case badKey
    case notFound
    /// The credentials are not there, or are not taken.
    case refused
    /// The store cannot be used at the moment.
    case unavailable
    /// There is no upload in parts of that id.
    case noUpload
    /// A part of an upload is not there.
    case wrongPart
  }

  public let code: Code
  /// Without a credential.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
