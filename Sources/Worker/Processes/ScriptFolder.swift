internal import Foundation

/// A folder that a script has for itself, for as long as it runs.
struct ScriptFolder: Sendable {
  let path: String
  /// Removed with it: itself, or a folder around it.
  private let whole: String

  /// Makes it.
  ///
  /// - Parameter outer: a folder around it that is removed with it.
  /// - Throws: ``ScriptProcessError``.
  init(_ path: String, in outer: String? = nil) throws(ScriptProcessError) {
    self.path = path
    whole = outer ?? path
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch { throw ScriptProcessError("cannot make the script's folder: \(error.localizedDescription)") }
  }

  /// Where the script prints to.
  var log: String { path + "/log.txt" }

  /// - Throws: ``ScriptProcessError``.
  func write(_ text: String, to name: String) throws(ScriptProcessError) {
    do { try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8) } catch {
      throw ScriptProcessError("cannot write the script's \(name): \(error.localizedDescription)")
    }
  }

  /// A file that the script has left; nil when there is none. What is larger than a result may be is cut.
  func read(_ name: String) -> String? {
    // Not what a link leads to: the script may have made it.
    let descriptor = open("\(path)/\(name)", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard let data = try? handle.read(upToCount: DuckDBScript.largestResult + 1) else { return nil }
    return String(decoding: data, as: UTF8.self)
  }

  func remove() {
    if (try? FileManager.default.removeItem(atPath: whole)) == nil {
      // A script may have taken its own rights away.
      for case let name as String in FileManager.default.enumerator(atPath: whole) ?? .init() {
        chmod("\(whole)/\(name)", 0o700)
      }
      try? FileManager.default.removeItem(atPath: whole)
    }
  }
}
