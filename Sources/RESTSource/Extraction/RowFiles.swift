import Foundation

/// The files that the rows of one resource are written to, by whoever reads some of them.
actor RowFiles {
  private let folder: String
  private let stem: String
  private let maximumSize: Int
  private var file: FileHandle?
  private var size = 0
  private(set) var paths: [String] = []
  private(set) var bytes = 0

  /// - Parameters:
  ///   - number: the resource's place in the declaration, which makes the files' names unique.
  ///   - maximumSize: a file of that many bytes is followed by another.
  init(folder: String, number: Int, resource: String, maximumSize: Int) {
    self.folder = folder
    self.maximumSize = maximumSize
    let safe = resource.map {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") ? $0 : "_"
    }
    stem = padded(number, 3) + "-" + String(safe.prefix(80))
  }

  /// Writes whole lines.
  ///
  /// - Throws: ``RESTSourceError`` when the disk does not take them.
  func write(_ lines: [UInt8]) throws {
    if size >= maximumSize {
      try file?.close()
      file = nil
    }
    do {
      let open = try self.file ?? next()
      try open.write(contentsOf: Data(lines))
    } catch let error as RESTSourceError {
      throw error
    } catch {
      throw RESTSourceError(
        .settings, "cannot write rows to \(folder) (\((error as NSError).localizedDescription))",
        hint: "Check the free space")
    }
    size += lines.count
    bytes += lines.count
  }

  func close() throws {
    try file?.close()
    file = nil
  }

  /// Removes everything that was written.
  func discard() {
    try? file?.close()
    file = nil
    for path in paths { try? FileManager.default.removeItem(atPath: path) }
    paths = []
  }

  private func next() throws -> FileHandle {
    let path = "\(folder)/\(stem)-\(padded(paths.count + 1, 3)).ndjson"
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let opened = FileHandle(forWritingAtPath: path)
    else {
      throw RESTSourceError(
        .settings, "cannot write to \(path)", hint: "The folder must exist and be open to this user")
    }
    paths.append(path)
    file = opened
    size = 0
    return opened
  }
}
