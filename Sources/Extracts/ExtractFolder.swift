public import Foundation
public import Loader

/// A folder with what was read for one load, kept until the load has come to its end: a command that died while it wrote
/// goes on with the rows that it had, and does not ask the source again.
///
/// It is locked as long as a process works on it.
public final class ExtractFolder: Sendable {
  /// The folder; its path is known before anything is read.
  public let path: String
  private let lockPath: String
  private let descriptor: Int32

  /// What was read, once all of it was.
  public struct Contents: Sendable, Hashable {
    public let tables: [ExtractedTable]
    /// The id under which these rows are written.
    public let loadID: String
    /// When it was read, if that was for an earlier command.
    public let kept: Date?
  }

  /// Takes the folder of a source.
  ///
  /// - Parameters:
  ///   - identity: what tells the source and what is done with it from others.
  ///   - parent: the folder of such folders; made if need be.
  ///   - source: what is read, for people who ask.
  /// - Throws: `LoadError` with code `source` when another process works on the same.
  public init(_ identity: String, in parent: String, source: String = "") throws(LoadError) {
    path = parent + "/" + ExtractedRows.fileName(for: identity)
    lockPath = path + ".lock"
    do { try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true) } catch {
      throw LoadError(.source, "cannot make \(parent): \(error.localizedDescription)")
    }
    descriptor = try Self.lock(lockPath)
    // Without it, only who asks knows less.
    _ = ftruncate(descriptor, 0)
    _ = source.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  deinit {
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func lock(_ path: String) throws(LoadError) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else {
        throw LoadError(.source, "cannot write \(path): \(String(cString: strerror(errno)))")
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw LoadError(
          .source, "another process reads the same source for the same load at this moment",
          hint: "Wait until it is done, then run the command again if need be.")
      }
      // Whoever had it may have removed it since it was opened.
      var (opened, named) = (stat(), stat())
      if fstat(descriptor, &opened) == 0, stat(path, &named) == 0, opened.st_ino == named.st_ino {
        return descriptor
      }
      close(descriptor)
    }
  }

  /// What was read: by an earlier command that did not come to its end, else now.
  ///
  /// - Parameter read: reads the source into the folder that it is given.
  /// - Throws: what `read` throws; the folder is empty then.
  public func contents(
    _ read: (String) async throws -> [ExtractedTable]
  ) async throws -> Contents {
    if let kept = keptContents() { return kept }
    do {
      if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      let note = ExtractNote(try await read(path), loadID: ExtractedRows.newLoadID(), in: path)
      try note.write(to: notePath)
      return Contents(tables: note.tables, loadID: note.loadID, kept: nil)
    } catch {
      try? FileManager.default.removeItem(atPath: path)
      throw error
    }
  }

  private var notePath: String { path + "/extract.json" }

  private func keptContents() -> Contents? {
    guard let note = ExtractNote(readingFrom: notePath), note.isWhole(in: path),
      let attributes = try? FileManager.default.attributesOfItem(atPath: notePath),
      let time = attributes[.modificationDate] as? Date
    else { return nil }
    return Contents(tables: note.tables, loadID: note.loadID, kept: time)
  }

  /// Removes what was read: the load has come to its end.
  public func remove() {
    // First, so that what is left of a removal that did not come to its end is no extract.
    unlink(notePath)
    try? FileManager.default.removeItem(atPath: path)
    unlink(lockPath)
  }

  /// Removes what earlier commands have left in a folder of such folders, but for what a process works on.
  public static func removeAll(in parent: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for name in names where name.hasSuffix(".lock") {
      let path = parent + "/" + name
      guard let descriptor = try? lock(path) else { continue }
      try? FileManager.default.removeItem(atPath: String(path.dropLast(".lock".count)))
      unlink(path)
      close(descriptor)
    }
  }
}
