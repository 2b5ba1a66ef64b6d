internal import JSON
internal import LoadFiles
internal import Loader

// What is told of a load.
extension LoadScript {
  static func line(_ summary: LoadSummary, _ dataset: String) -> String {
    guard let snapshot = summary.snapshot else { return "nothing new to load\n" }
    if summary.isRepeat { return "had been loaded before, with snapshot \(snapshot)\n" }
    let tables = summary.tables.map { "\($0.name) \($0.rows)" }.joined(separator: ", ")
    return "loaded into \(dataset) with snapshot \(snapshot): \(tables)\n"
  }

  static func result(_ summary: LoadSummary, lake: String, dataset: String, naming: (String) -> String)
    -> JSONValue
  {
    let tables = summary.tables.map { table in
      JSONValue.object(JSONObject(pairs: ["name": .string(table.name), "rows": .int(table.rows)]))
    }
    let changes = summary.schemaChanges.map { change in
      JSONValue.object(
        JSONObject(pairs: [
          "table": .string(change.table), "column": change.column.map { .string($0) } ?? .null,
          "type": change.type.map { .string($0) } ?? .null,
        ]))
    }
    return .object(
      JSONObject(pairs: [
        "loadID": .string(summary.loadID), "snapshot": summary.snapshot.map { .int(Int($0)) } ?? .null,
        "repeated": .bool(summary.isRepeat), "lake": .string(lake), "dataset": .string(dataset),
        "tables": .array(tables), "schemaChanges": .array(changes),
        "notices": .array(summary.notices.map { .string($0) }),
        "skippedFiles": .array(summary.skippedFiles.map { .string(naming($0)) }),
        "rejectedRows": .int(summary.rejectedRows),
      ]))
  }

  /// What people are told of a load's own errors, and the name of their kind; nil for others.
  static func message(of error: any Error) -> (name: String, message: String)? {
    switch error {
    case let error as LoadError: ("LoadError", error.description)
    case let error as LoadFileError: ("LoadError", error.description)
    default: nil
    }
  }
}
