public import Foundation

/// A load that was begun and has not come to its end: the command died, or still runs.
public struct PendingLoad: Sendable, Hashable, Codable {
  /// The id under which it will be written, or has been.
  public let loadID: String
  public let lake: String
  public let dataset: String
  public let tables: [String]
  /// The files that it reads; none for a database.
  public let source: [String]
  /// The note of it.
  let file: String

  /// What the lake knows it by.
  public var key: String { "load \(loadID)" }
  /// When it was begun.
  public var begun: Date { Date(timeIntervalSince1970: Double(loadID) ?? 0) }

  /// The loads that are noted in a folder, the oldest first.
  public static func all(in folder: String) -> [PendingLoad] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".json") }.compactMap { PendingLoad(file: folder + "/" + $0) }
      .sorted { $0.loadID < $1.loadID }
  }

  private init?(file: String) {
    guard let data = FileManager.default.contents(atPath: file),
      let note = (try? JSONValue(parsing: String(decoding: data, as: UTF8.self)))?.object,
      let id = note["load_id"]?.string
    else { return nil }
    func texts(_ key: String) -> [String] { note[key]?.array?.compactMap(\.string) ?? [] }
    loadID = id
    lake = note["lake"]?.string ?? ""
    dataset = note["dataset"]?.string ?? ""
    tables = texts("tables")
    source = texts("source")
    self.file = file
  }

  /// Forgets the load: the same command then begins a new one. What it had committed stays.
  ///
  /// - Throws: ``LoadError`` when a process works on it.
  public func forget() throws {
    let descriptor = open(file, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw LoadError(
        .source, "load \(loadID) is under way in another process", hint: "Wait until it is done.")
    }
    try FileManager.default.removeItem(atPath: file)
  }
}
