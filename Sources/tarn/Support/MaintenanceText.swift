import Foundation
import Lake
import Terminal

/// Maintenance as tables and lines for people, or as JSON.
enum MaintenanceText {
  static func print(_ steps: [MaintenanceStep], json: Bool) throws {
    if json { return try JSONOutput.print(steps) }
    if steps.isEmpty { return Swift.print("nothing to do") }
    TablePrinter.print(
      [
        "task", "table", TextTable.Column("files", .right), .init("rows", .right), .init("size", .right),
        .init("snapshots", .right), "note",
      ],
      steps.map { step in
        [
          step.task.rawValue, step.table ?? "", count(step.files), count(step.rows), bytes(step.bytes),
          count(step.snapshots), (step.isSkipped ? "skipped: " : "") + (step.note ?? ""),
        ]
      })
  }

  static func print(_ outcomes: [MaintenanceOutcome], json: Bool) throws {
    if json { return try JSONOutput.print(outcomes) }
    if outcomes.isEmpty { return Swift.print("nothing to do") }
    TablePrinter.print(columns, outcomes.map(cells))
  }

  static func print(_ records: [MaintenanceRecord], json: Bool) throws {
    if json { return try JSONOutput.print(records) }
    if records.isEmpty { return Swift.print("no maintenance yet") }
    TablePrinter.print(
      ["ended"] + columns, records.map { [$0.ended.formatted(.iso8601)] + cells($0.outcome) })
  }

  /// One piece of work, in one line.
  static func line(_ outcome: MaintenanceOutcome) -> String {
    var parts = [outcome.task.rawValue, outcome.table, outcome.result.rawValue].compactMap { $0 }
    if outcome.rows > 0 { parts.append(HumanText.count(outcome.rows, "row")) }
    if outcome.snapshots > 0 { parts.append(HumanText.count(outcome.snapshots, "snapshot")) }
    if outcome.filesRemoved > 0 { parts.append("\(files(outcome)) files") }
    if outcome.longestTurn > 0 { parts.append("longest turn \(time(outcome.longestTurn))") }
    if let note = outcome.note { parts.append(note) }
    return parts.joined(separator: ", ")
  }

  private static let columns: [TextTable.Column] = [
    "task", "table", "result", .init("rows", .right), .init("snapshots", .right), .init("files", .right),
    .init("saved", .right), .init("longest turn", .right), .init("took", .right), "note",
  ]

  private static func cells(_ outcome: MaintenanceOutcome) -> [String] {
    [
      outcome.task.rawValue, outcome.table ?? "", outcome.result.rawValue, count(outcome.rows),
      count(outcome.snapshots), files(outcome), bytes(outcome.bytesSaved),
      outcome.turns > 0 ? time(outcome.longestTurn) : "", time(outcome.seconds), outcome.note ?? "",
    ]
  }

  /// `1,000 → 3` for files that became others, `12` for files that are gone.
  private static func files(_ outcome: MaintenanceOutcome) -> String {
    if outcome.filesAdded == 0 { return count(outcome.filesRemoved) }
    return "\(HumanText.count(outcome.filesRemoved)) → \(HumanText.count(outcome.filesAdded))"
  }

  private static func time(_ seconds: Double) -> String {
    seconds < 1 ? "\(Int((seconds * 1000).rounded())) ms" : HumanText.duration(.seconds(seconds))
  }

  private static func count(_ number: Int64) -> String { number == 0 ? "" : HumanText.count(number) }

  private static func bytes(_ number: Int64) -> String {
    if number == 0 { return "" }
    return number < 0 ? "-" + HumanText.bytes(-number) : HumanText.bytes(number)
  }
}
