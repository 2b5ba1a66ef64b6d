import Foundation
import Lake
import LakeSettings
import Loader
import Terminal

/// What a load has done, for people and for programs.
struct LoadReport: Encodable {
  struct Table: Encodable {
    let name: String
    let rows: Int
  }

  struct Change: Encodable {
    let table: String
    let column: String?
    let type: String?
  }

  let load_id: String
  let snapshot: Int64?
  let repeated: Bool
  let lake: String
  let dataset: String
  let tables: [Table]
  let schema_changes: [Change]
  let notices: [String]
  let skipped_files: [String]
  let rejected_rows: Int
  let seconds: Double

  init(_ summary: LoadSummary, lake: LakeName, dataset: String, time: Duration) {
    load_id = summary.loadID
    snapshot = summary.snapshot
    repeated = summary.isRepeat
    self.lake = lake.text
    self.dataset = dataset
    tables = summary.tables.map { Table(name: $0.name, rows: $0.rows) }
    schema_changes = summary.schemaChanges.map { Change(table: $0.table, column: $0.column, type: $0.type) }
    notices = summary.notices
    skipped_files = summary.skippedFiles
    rejected_rows = summary.rejectedRows
    seconds =
      Double(time.components.seconds) + Double(time.components.attoseconds / 1_000_000_000_000_000) / 1000
  }

  func print() {
    for notice in notices { Console.note(notice) }
    if !skipped_files.isEmpty {
      Console.note("skipped \(HumanText.count(skipped_files.count, "file")) that had been loaded before")
    }
    guard let snapshot else { return Console.note("nothing new to load") }
    if repeated {
      return Console.note(
        "load \(load_id) had been committed before its command ended, with snapshot \(snapshot); nothing was written"
      )
    }
    TablePrinter.print(
      ["table", TextTable.Column("rows", .right), "changes"],
      tables.map { [$0.name, HumanText.count($0.rows), changes(of: $0.name)] })
    if rejected_rows > 0 {
      Console.note("set \(HumanText.count(rejected_rows, "row")) aside in \(dataset)._rejects")
    }
    let rows = tables.reduce(0) { $0 + $1.rows }
    Console.note(
      "loaded \(HumanText.count(rows, "row")) into \(lake)/\(dataset) (snapshot \(snapshot), load \(load_id))"
    )
  }

  private func changes(of table: String) -> String {
    let changes = schema_changes.filter { $0.table == table }
    let columns = changes.compactMap { change in change.column.map { "\($0) \(change.type ?? "")" } }
    if changes.contains(where: { $0.column == nil }) {
      return "new, \(HumanText.count(columns.count, "column"))"
    }
    return columns.isEmpty ? "" : "new columns: \(columns.joined(separator: ", "))"
  }

  // MARK: Dry runs

  private struct Forecast: Encodable {
    let schema_changes: [Change]
    let statements: [String]
    let notices: [String]
    let skipped_files: [String]
  }

  static func print(_ forecast: LoadForecast, json: Bool) throws {
    if json {
      return try JSONOutput.print(
        Forecast(
          schema_changes: forecast.schemaChanges.map {
            Change(table: $0.table, column: $0.column, type: $0.type)
          }, statements: forecast.statements, notices: forecast.notices, skipped_files: forecast.skippedFiles)
      )
    }
    for notice in forecast.notices { Console.note(notice) }
    for change in forecast.schemaChanges { Swift.print(change.description) }
    if forecast.schemaChanges.isEmpty { Swift.print("no change of the schema") }
    for statement in forecast.statements { Swift.print(statement + ";") }
    Console.note("nothing was written: this was a dry run")
  }
}
