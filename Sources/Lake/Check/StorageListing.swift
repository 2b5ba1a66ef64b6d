import DuckDB
import Foundation
import LakeSettings
import SQLText

/// Lists the files below a lake's place.
struct StorageListing {
  let lake: Lake
  let store: CatalogStore

  /// Fills `check_listing`, anew when it was filled before.
  func fill() async throws {
    try await store.connection.command("DELETE FROM check_listing")
    let appender = try await store.connection.appender(to: "check_listing", catalog: CatalogStore.alias)
    let place = lake.configuration.storage.dataPath
    switch lake.configuration.storage {
    case .folder:
      let outside = try await store.connection.ask(
        "SELECT DISTINCT path FROM check_file WHERE NOT starts_with(path, \(SQLLiteral.string(place)))")
      for row in outside.rows {
        if let path = row[0].text, let entry = Self.entry(path) { try await appender.append(entry) }
      }
      // One name at a time: a lake may have millions.
      guard let names = FileManager.default.enumerator(atPath: place) else { break }
      while let name = names.nextObject() as? String {
        if let entry = Self.entry(place + name) { try await appender.append(entry) }
      }
    case .s3:
      let sql =
        "SELECT filename, size::BIGINT, epoch_us(last_modified) FROM read_blob(\(SQLLiteral.string(place + "**")))"
      do {
        for chunk in try await lake.readTrusted(sql, looksAround: true).chunks {
          try await appender.append(chunk)
        }
      } catch let error as LakeError where error.message.contains("No files found") {}
    }
    try await appender.close()
  }

  /// A file's row; nil for what is no file.
  private static func entry(_ path: String) -> [Value]? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let modified = Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
    return [.varchar(path), .bigInt(Int64(status.st_size)), .bigInt(modified)]
  }
}
