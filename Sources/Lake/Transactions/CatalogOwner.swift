import Foundation
public import LakeSettings

/// Who has a catalog to itself that one process at a time may use (SQLite, DuckDB file).
public enum CatalogOwner {
  /// The process that owns the catalog now; nil when none does, or any number of processes may use it.
  ///
  /// Looks at the owner lock only: the lake is not opened, so a busy one is told of at once.
  public static func present(of lake: LakeConfiguration) -> TransactionInfo? {
    guard let path = lake.catalog.filePath.map({ $0 + ".owner" }) else { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
    let words = ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
      .trimmingCharacters(in: .whitespacesAndNewlines).split(separator: " ", maxSplits: 1)
    var information = stat()
    let isKnown = fstat(descriptor, &information) == 0
    let process = words.first.flatMap { Int64($0) }
    return TransactionInfo(
      client: words.count == 2 ? String(words[1]) : "a process that did not say", process: process,
      since: isKnown ? Date(timeIntervalSince1970: Double(information.st_mtim.tv_sec)) : nil,
      state: "owns the catalog", isOwn: process == Int64(getpid()))
  }
}
