import Foundation
import Loader

/// The note that tells that a folder holds all that was read, and what.
struct ExtractNote {
  let tables: [ExtractedTable]
  let loadID: String
  /// The size of each file: one that the disk did not take whole shows.
  private let sizes: [String: Int]

  init(_ tables: [ExtractedTable], loadID: String, in folder: String) {
    self.tables = tables
    self.loadID = loadID
    sizes = tables.flatMap(\.files).reduce(into: [:]) { $0[$1] = Self.size(of: folder + "/" + $1) }
  }

  /// Reads a note; nil when it is not there or was not written by us.
  init?(readingFrom path: String) {
    guard let data = FileManager.default.contents(atPath: path),
      let note = (try? JSONValue(parsing: String(decoding: data, as: UTF8.self)))?.object,
      let tables = note["tables"]?.array?.compactMap({ ExtractedTable($0) }),
      tables.count == note["tables"]?.array?.count, let loadID = note["load_id"]?.string
    else { return nil }
    self.tables = tables
    self.loadID = loadID
    sizes = (note["sizes"]?.object?.members ?? []).reduce(into: [:]) { $0[$1.key] = $1.value.int }
  }

  func isWhole(in folder: String) -> Bool {
    tables.flatMap(\.files).allSatisfy { sizes[$0] != nil && sizes[$0] == Self.size(of: folder + "/" + $0) }
  }

  /// Writes the note, whole or not at all.
  func write(to path: String) throws {
    let files = sizes.sorted { $0.key < $1.key }.map { JSONObject.Member(key: $0.key, value: .int($0.value)) }
    let note = JSONObject(pairs: [
      "load_id": .string(loadID), "tables": .array(tables.map(\.json)), "sizes": .object(JSONObject(files)),
    ])
    let draft = path + ".new"
    try Data(JSONValue.object(note).text.utf8).write(to: URL(fileURLWithPath: draft))
    guard rename(draft, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
  }

  private static func size(of path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
  }
}

extension ExtractedTable {
  fileprivate var json: JSONValue {
    var object = JSONObject(pairs: [
      "name": .string(name), "files": .array(files.map { .string($0) }), "format": .string(format.rawValue),
      "rows": .int(rows), "hints": .object(hints),
    ])
    object["last_value"] = lastValue
    return .object(object)
  }

  fileprivate init?(_ value: JSONValue) {
    guard let object = value.object, let name = object["name"]?.string,
      let format = object["format"]?.string.flatMap(LoadSource.FileFormat.init(rawValue:)),
      let rows = object["rows"]?.int, let hints = object["hints"]?.object
    else { return nil }
    let files = object["files"]?.array?.compactMap(\.string) ?? []
    self.init(
      name, files: files, format: format, rows: rows, hints: hints, lastValue: object["last_value"])
  }
}
