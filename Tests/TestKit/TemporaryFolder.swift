import Foundation
import Synchronization

/// A folder that is there for one test and removed afterwards.
public final class TemporaryFolder: Sendable {
  /// Absolute path, without symbolic links.
  public let path: String

  /// - Parameter forScripts: whether scripts work in it. Those do not see what lies below `/dev`, where the tests' folders are
  ///   when they are kept in memory.
  public init(_ purpose: String = "test", forScripts: Bool = false) throws {
    var base = URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
    if forScripts, base.hasPrefix("/dev/") { base = "/tmp" }
    path = "\(base)/tarn-\(purpose)-\(UUID().uuidString.prefix(8).lowercased())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    Leftovers.shared.add(path)
  }

  /// The absolute path of something in the folder.
  public subscript(name: String) -> String { path + "/" + name }

  /// Writes a text file, making the folders above it.
  public func write(_ text: String, to name: String) throws {
    let file = self[name]
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
  }

  /// Reads a text file.
  public func read(_ name: String) throws -> String {
    try String(contentsOfFile: self[name], encoding: .utf8)
  }

  public func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self[name]) }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Folders that live as long as the test process, as those of shared fixtures, go with it.
private final class Leftovers: Sendable {
  static let shared = Leftovers()

  private let paths = Mutex<[String]>([])

  private init() { atexit { Leftovers.shared.remove() } }

  func add(_ path: String) { paths.withLock { $0.append(path) } }

  private func remove() {
    for path in paths.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
  }
}

/// The checkout that these tests belong to.
public enum Checkout {
  /// Absolute path of the folder with Package.swift.
  public static let folder: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// The built binary; `make test` builds it before it runs the tests.
  public static let binary = folder + "/bin/tarn"
}
