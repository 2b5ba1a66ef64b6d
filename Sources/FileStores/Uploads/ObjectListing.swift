/// A page of a store's files, as clients of object storage ask for them: what has the same text up to a delimiter is told as
/// one.
package struct ObjectListing: Sendable {
  package private(set) var files: [FileEntry] = []
  /// Texts up to the delimiter, in the order of their bytes.
  package private(set) var prefixes: [String] = []
  /// Behind which text the next page begins; nil when there is none.
  package private(set) var next: String?

  /// Behind all keys that begin with what stands before it, as no key of Unicode's scalars goes beyond.
  private static let end = "\u{10FFFF}"
  private static let page = 1000

  /// - Parameters:
  ///   - delimiter: nil for each file by itself.
  ///   - after: only what is behind this.
  ///   - limit: at most so many files and prefixes.
  /// - Throws: ``FileStoreError``.
  package static func of(
    _ store: any FileStore, prefix: String, delimiter: String?, after: String?, limit: Int
  ) async throws -> ObjectListing {
    var listing = ObjectListing()
    var after = after
    guard limit > 0 else { return listing }
    while true {
      let wanted = delimiter == nil ? min(page, limit - listing.count + 1) : page
      let entries = try await store.list(prefix: prefix, after: after, limit: wanted)
      for entry in entries {
        let common = delimiter.flatMap { Self.common(entry.key, prefix, $0) }
        if let common, common == listing.prefixes.last { continue }
        // One that was told on the page before.
        if let common, after == common + end { continue }
        guard listing.count < limit else {
          listing.next = after
          return listing
        }
        if let common {
          listing.prefixes.append(common)
          after = common + end
        } else {
          listing.files.append(entry)
          after = entry.key
        }
      }
      guard let last = entries.last, entries.count == wanted else { return listing }
      if after.map({ $0.utf8.lexicographicallyPrecedes(last.key.utf8) }) ?? true { after = last.key }
    }
  }

  private var count: Int { files.count + prefixes.count }

  private static func common(_ key: String, _ prefix: String, _ delimiter: String) -> String? {
    let (key, delimiter) = (Array(key.utf8), Array(delimiter.utf8))
    var start = prefix.utf8.count
    while start + delimiter.count <= key.count {
      if key[start..<(start + delimiter.count)].elementsEqual(delimiter) {
        return String(decoding: key[..<(start + delimiter.count)], as: UTF8.self)
      }
      start += 1
    }
    return nil
  }
}
