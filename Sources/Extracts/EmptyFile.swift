import Foundation
import Loader

/// A file without rows, for a table that is replaced by nothing.
enum EmptyFile {
  /// - Throws: `LoadError` when it cannot be written.
  static func make(_ table: String, in folder: String) throws(LoadError) -> String {
    let path = "\(folder)/\(ExtractedRows.fileName(for: table)).jsonl"
    guard FileManager.default.createFile(atPath: path, contents: Data()) else {
      throw LoadError(.source, "cannot write \(path)")
    }
    return path
  }
}
