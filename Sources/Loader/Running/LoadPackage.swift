import Foundation

/// One delivery: it has an id from the first attempt until it has succeeded, under which it is written once.
struct LoadPackage: Sendable {
  /// Seconds since 1970 as text: dlt's load id.
  let id: String
  /// When the package was made.
  let created: Date
  /// The note on disk; nil when none is kept.
  private let file: String?

  /// Finds the note of a load that did not come to its end, or makes a new package.
  static func open(_ loads: [Load], in folder: String?, lake: String) throws -> LoadPackage {
    guard let folder else { return LoadPackage(created: .now, file: nil) }
    let content = "\(lake)\n" + loads.map { "\($0)" }.joined(separator: "\n")
    let name = RowID.of(content).replacing("/", with: "_").replacing("+", with: "-")
    let file = folder + "/" + name + ".json"
    if let data = FileManager.default.contents(atPath: file),
      let id = (try? JSONValue(parsing: String(decoding: data, as: UTF8.self)))?.object?["load_id"]?.string,
      let seconds = Double(id)
    {
      return LoadPackage(id: id, created: Date(timeIntervalSince1970: seconds), file: file)
    }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let package = LoadPackage(created: .now, file: file)
    let note = JSONValue.object(
      JSONObject(pairs: [
        "load_id": .string(package.id), "lake": .string(lake),
        "dataset": .string(loads.first?.dataset ?? ""), "tables": .array(loads.map { .string($0.table) }),
        "source": .array(loads.flatMap(\.source.paths).map { .string($0) }),
      ]))
    try Data(note.text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    return package
  }

  private init(created: Date, file: String?) {
    // As dlt writes them: seven digits at most behind the point, none for nothing.
    let text = String(format: "%.7f", created.timeIntervalSince1970)
    self.init(id: text, created: created, file: file)
  }

  private init(id: String, created: Date, file: String?) {
    self.id = id
    self.created = created
    self.file = file
  }

  /// What the lake knows the delivery by.
  var key: String { "load \(id)" }

  /// Forgets the package: it has been written.
  func finish() throws {
    guard let file else { return }
    try FileManager.default.removeItem(atPath: file)
  }
}
