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

  let loadID: String
  let snapshot: Int64?
  let repeated: Bool
  let lake: String
  let dataset: String
  let tables: [Table]
  let schemaChanges: [Change]
  let notices: [String]
  let skippedFiles: [String]
  let rejectedRows: Int
  let seconds: Double

  init(_ summary: LoadSummary, lake: LakeName, dataset: String, time: Duration) {
    loadID = summary.loadID
    snapshot = summary.snapshot
    repeated = summary.isRepeat
    self.lake = lake.text
    self.dataset = dataset
    tables = summary.tables.map { Table(name: $0.name, rows: $0.rows) }
    schemaChanges = summary.schemaChanges.map { Change(table: $0.table, column: $0.column, type: $0.type) }
    notices = summary.notices
    skippedFiles = summary.skippedFiles
    rejectedRows = summary.rejectedRows
    seconds =
      Double(time.components.seconds) + Double(time.components.attoseconds / 1_000_000_000_000_000) / 1000
  }

  func print() {
    for notice in notices { Console.note(notice) }
    if !skippedFiles.isEmpty {
      Console.note("skipped \(HumanText.count(skippedFiles.count, "file")) that had been loaded before")
    }
    guard let snapshot else { return Console.note("nothing new to load") }
    if repeated {
      return Console.note(
        "load \(loadID) had been committed before its command ended, with snapshot \(snapshot); nothing was written"
      )
    }
    TablePrinter.print(
      ["table", TextTable.Column("rows", .right), "changes"],
      tables.map { [$0.name, HumanText.count($0.rows), changes(of: $0.name)] })
    // Both may go to one place, where the table comes first.
    fflush(nil)
    if rejectedRows > 0 {
      Console.note("set \(HumanText.count(rejectedRows, "row")) aside in \(dataset)._rejects")
    }
    let rows = tables.reduce(0) { $0 + $1.rows }
    Console.note(
      "loaded \(HumanText.count(rows, "row")) into \(lake)/\(dataset) (snapshot \(snapshot), load \(loadID))"
    )
  }

  private func changes(of table: String) -> String {
    let changes = schemaChanges.filter { $0.table == table }
    let columns = changes.compactMap { change in change.column.map { "\($0) \(change.type ?? "")" } }
    if changes.contains(where: { $0.column == nil }) {
      return "new, \(HumanText.count(columns.count, "column"))"
    }
    return columns.isEmpty ? "" : "new columns: \(columns.joined(separator: ", "))"
  }

  // MARK: Dry runs

  private struct Forecast: Encodable {
    let schemaChanges: [Change]
    let statements: [String]
    let notices: [String]
    let skippedFiles: [String]
  }

  static func print(_ forecast: LoadForecast, json: Bool) throws {
    if json {
      return try JSONOutput.print(
        Forecast(
          schemaChanges: forecast.schemaChanges.map {
            Change(table: $0.table, column: $0.column, type: $0.type)
          }, statements: forecast.statements, notices: forecast.notices, skippedFiles: forecast.skippedFiles)
      )
    }
    for notice in forecast.notices { Console.note(notice) }
    for change in forecast.schemaChanges { Swift.print(change.description) }
    if forecast.schemaChanges.isEmpty { Swift.print("no change of the schema") }
    for statement in forecast.statements { Swift.print(statement + ";") }
    fflush(nil)
    Console.note("nothing was written: this was a dry run")
  }
}
