import Foundation

/// Writes report files into one folder and nowhere else.
public enum ReportWriter {
  /// Writes files, each whole or not at all: a reader sees the old text or the new one.
  ///
  /// All paths are checked before the first file is written. The files are written in the order given, so that a page
  /// that comes last never links to what is not there yet. Blocks while it writes.
  ///
  /// - Parameters:
  ///   - files: the files, as ``MarkdownReport`` renders them.
  ///   - folder: the folder that their paths are relative to; made when it is not there.
  /// - Returns: the paths of the written files.
  /// - Throws: ``ReportWriteError``
  @discardableResult
  public static func write(_ files: [ReportFile], below folder: String) throws(ReportWriteError) -> [String] {
    func path(of file: ReportFile) -> String { folder + "/" + file.relativePath }
    for file in files {
      if let refusal = ReportPath.refusal(of: file.relativePath)
        ?? linkRefusal(of: file.relativePath, below: folder)
      {
        throw ReportWriteError(code: .pathRefused, path: file.relativePath, reason: refusal)
      }
    }
    for file in files {
      do { try replace(path(of: file), with: file.contents) } catch {
        throw ReportWriteError(code: .cannotWrite, path: file.relativePath, reason: reason(of: error))
      }
    }
    return files.map(path)
  }

  /// A link below the folder may lead out of it although no path says so.
  private static func linkRefusal(of relativePath: String, below folder: String) -> String? {
    let base = resolved(folder)
    var current = folder
    for part in relativePath.split(separator: "/").dropLast() {
      current += "/" + part
      let place = resolved(current)
      guard place == base || place.hasPrefix(base == "/" ? base : base + "/") else {
        return "`\(part)` is a link that leads out of the folder"
      }
    }
    return nil
  }

  private static func resolved(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  /// Writes beside the file and renames: a link at the file's place is replaced, never followed.
  private static func replace(_ path: String, with contents: String) throws {
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let draft = folder.appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString)")
    do {
      try Data(contents.utf8).write(to: draft, options: .withoutOverwriting)
      let handle = try FileHandle(forWritingTo: draft)
      // A step counts as done once its files are written, so they have to be there after a crash.
      try handle.synchronize()
      try handle.close()
      guard rename(draft.path, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    } catch {
      try? FileManager.default.removeItem(at: draft)
      throw error
    }
  }

  private static func reason(of error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
    for candidate in [error, underlying].compactMap({ $0 as? POSIXError }) {
      return String(cString: strerror(candidate.code.rawValue)).lowercased()
    }
    return error.localizedDescription
  }
}

/// A report file that was not written.
public struct ReportWriteError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong; more may be told apart later.
  public struct Code: Sendable, Hashable {
    private let name: String

    /// The path is absolute or leads out of the folder; nothing was written.
    public static let pathRefused = Code(name: "pathRefused")
    /// The file system refused; files that came before this one are written.
    public static let cannotWrite = Code(name: "cannotWrite")
  }

  /// What went wrong.
  public let code: Code
  /// The file, as it was named.
  public let path: String
  /// Why.
  public let reason: String

  public var description: String { "cannot write the report file \(path): \(reason)" }
}
