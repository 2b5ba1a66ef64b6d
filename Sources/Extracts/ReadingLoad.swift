public import Foundation

/// A load whose source is being read into files by some process: it has no id yet.
public struct ReadingLoad: Sendable, Hashable {
  public let lake: String
  public let dataset: String
  /// What is read.
  public let source: String
  /// Since when.
  public let begun: Date

  /// The loads that read at this moment, the oldest first.
  ///
  /// - Parameter root: the folder with a folder for each lake, in each of these one for each dataset, in which ``ExtractFolder`` makes
  ///   its own.
  public static func all(in root: String) -> [ReadingLoad] {
    let locked = lockedFiles()
    var found: [ReadingLoad] = []
    for lake in names(root) {
      for dataset in names("\(root)/\(lake)") {
        let folder = "\(root)/\(lake)/\(dataset)"
        for name in names(folder) where name.hasSuffix(".lock") {
          let path = "\(folder)/\(name)"
          // What has been read whole is a load that is noted elsewhere.
          let isRead = FileManager.default.fileExists(atPath: path.dropLast(".lock".count) + "/extract.json")
          guard !isRead, let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let file = attributes[.systemFileNumber] as? UInt64, locked.contains(file),
            let begun = attributes[.modificationDate] as? Date
          else { continue }
          let source = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
          found.append(ReadingLoad(lake: lake, dataset: dataset, source: source ?? "", begun: begun))
        }
      }
    }
    return found.sorted { $0.begun < $1.begun }
  }

  /// The numbers of the files that processes have locked. Trying to lock one would tell, too, and might turn away a load that
  /// begins at that moment.
  private static func lockedFiles() -> Set<UInt64> {
    // A line: `1: FLOCK  ADVISORY  WRITE 4711 08:01:131090 0 EOF`.
    let text =
      FileManager.default.contents(atPath: "/proc/locks").map { String(decoding: $0, as: UTF8.self) } ?? ""
    return Set(
      text.split(separator: "\n").compactMap { line in
        line.split(separator: " ").dropFirst(5).first?.split(separator: ":").last.flatMap { UInt64($0) }
      })
  }

  private static func names(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}
