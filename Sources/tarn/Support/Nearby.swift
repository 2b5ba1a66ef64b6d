import Foundation
import SQLText

/// Files with a name like the one that was typed.
enum Nearby {
  static func file(_ path: String) -> String? {
    let folder = (path as NSString).deletingLastPathComponent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return NearestName.suggestion(for: (path as NSString).lastPathComponent, among: names)
  }
}
