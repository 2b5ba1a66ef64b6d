import Foundation

/// Tells the files that maintenance may take for orphans. Pure, so that it is tested without files.
struct OrphanRule: Sendable {
  /// The lake's storage, ending in `/`.
  let storage: String
  /// Places within it that belong to others: other lakes and branches.
  let others: [String]

  /// DuckLake names its files itself; whatever is named otherwise is somebody else's. For DuckDB and Swift alike.
  static let pattern =
    #"ducklake-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(-deletes?)?\.(parquet|puffin)"#

  func mayBeOwn(_ path: String) -> Bool {
    guard path.hasPrefix(storage), !others.contains(where: path.hasPrefix) else { return false }
    // Branches of this lake, or of one that was here before, lie in folders that end so.
    let folders = path.dropFirst(storage.count).split(separator: "/").dropLast()
    guard !folders.contains(where: { $0.hasSuffix(".branches") || $0 == ".." }) else { return false }
    guard let expression = try? Regex(Self.pattern) else { return false }
    return path.fileName.wholeMatch(of: expression) != nil
  }
}
