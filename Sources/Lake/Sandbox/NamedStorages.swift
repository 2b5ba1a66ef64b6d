import Foundation
import LakeSettings
import SQLText

/// Storages that statements name: `s3:///key` is a file of the default one, `s3://NAME/key` of another.
///
/// DuckDB never sees such a name: it gets the place behind it, which the engine's lock lets it reach.
struct NamedStorages: Sendable {
  private let all: [String: Storage]
  /// Why some cannot be used.
  private let problems: [String: LakeError]

  /// What Windmill's clients call the storage that is used when none is named.
  private static let defaultAlias = "_default_"
  private static let scheme = "s3://"
  /// Before the names of files and folders that a server is writing.
  private static let draft = ".tarn-draft-"

  init(_ all: [String: Storage]) {
    self.all = all
    var problems: [String: LakeError] = [:]
    for (name, storage) in all {
      guard case .s3(let bucket) = storage else { continue }
      do {
        _ = try bucket.keyID?.resolved()
        _ = try bucket.secret?.resolved()
      } catch let error as LakeError {
        problems[name] = LakeError(
          .settings, "the storage '\(name)' cannot be used here: \(error.message)", hint: error.hint)
      } catch { problems[name] = LakeError(.settings, "the storage '\(name)' cannot be used here") }
    }
    self.problems = problems
  }

  /// Those that can be used, by their names.
  var usable: [(name: String, storage: Storage)] {
    all.filter { problems[$0.key] == nil }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The place that a path names.
  ///
  /// - Returns: nil for a path that names no storage: it is taken as it is.
  /// - Throws: ``LakeError`` for one that cannot be used, or could lead out of it.
  func place(of path: String) throws(LakeError) -> String? {
    guard path.prefix(Self.scheme.count).lowercased() == Self.scheme else { return nil }
    let parts = path.dropFirst(Self.scheme.count).split(
      separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let given = parts.first else { return nil }
    let name = given.isEmpty || given == Self.defaultAlias ? Storage.defaultName : String(given)
    guard let storage = all[name] else {
      guard given.isEmpty || given == Self.defaultAlias else { return nil }
      throw LakeError(.notFound, "there is no default storage", hint: "Name one: s3://NAME/key.")
    }
    if let problem = problems[name] { throw problem }
    let steps = parts[1].split(separator: "/", omittingEmptySubsequences: false)
    guard !steps.contains(where: { $0 == ".." || $0 == "." || $0.hasPrefix(Self.draft) }) else {
      throw LakeError(
        .refused, "'\(path.prefix(200))' is no path of a file in a storage",
        hint: "Write s3:///folder/file without '.' and '..'.")
    }
    let place = storage.dataPath + parts[1]
    if case .folder(let root) = storage {
      // What stands before the first sign of a pattern is certain.
      guard Self.isReallyIn(root, String(place.prefix { !"*?[{".contains($0) })) else {
        throw LakeError(
          .refused, "'\(path.prefix(200))' leads out of its storage",
          hint: "Files are read and written where they are, not by links.")
      }
    }
    return place
  }

  /// Whether no link on the way leads elsewhere, as far as the path is there.
  private static func isReallyIn(_ root: String, _ path: String) -> Bool {
    guard let top = real(root) else { return true }
    var existing = path
    while !FileManager.default.fileExists(atPath: existing), existing.utf8.count > root.utf8.count {
      existing = (existing as NSString).deletingLastPathComponent
    }
    guard let real = real(existing) else { return true }
    return withSlash(real).hasPrefix(withSlash(top))
  }

  /// Makes the folder that a file is to be written into, as buckets need none.
  ///
  /// - Parameter place: what ``place(of:)`` gave.
  /// - Throws: ``LakeError`` when it cannot be made.
  func prepare(_ place: String) throws(LakeError) {
    for case (_, .folder(let root)) in usable where place.hasPrefix(Self.withSlash(root)) {
      let parent = (place as NSString).deletingLastPathComponent
      do {
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
      } catch {
        throw LakeError(
          .storage, "the folder of '\(named(place))' cannot be made",
          hint: "Make the storage's folder writable for this user.")
      }
      return
    }
  }

  /// A message in which storages have their names again.
  func named(_ message: String) -> String {
    // A storage within another has the longer path.
    usable.sorted { $0.storage.dataPath.utf8.count > $1.storage.dataPath.utf8.count }.reduce(message) {
      let name = $1.name == Storage.defaultName ? "" : $1.name
      return $0.replacing($1.storage.dataPath, with: "\(Self.scheme)\(name)/")
    }
  }

  private static func withSlash(_ path: String) -> String { path.hasSuffix("/") ? path : path + "/" }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
