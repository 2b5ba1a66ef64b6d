import DuckDB
import Runtimes
import Scripts

/// Turns the rows of a step's SELECT statements into the report that they make up.
enum ReportStep {
  /// Rows that are handed to one section; the rest is counted.
  private static let rowLimit = 2_000

  /// - Parameter results: the results of the script's statements, one for each.
  static func render(_ plan: ReportPlan, path: String, results: [QueryResult]) throws -> [ReportFile] {
    do {
      return try MarkdownReport.render(plan, tables: plan.sections.map { table(results[$0.statement]) })
    } catch {
      throw error.inFile(path)
    }
  }

  private static func table(_ result: QueryResult) -> ReportTable {
    ReportTable(
      columns: result.columns.map(\.name),
      rows: result.rows.prefix(rowLimit).map { row in
        row.values.map { value in
          value.isNull ? .null : ReportTable.Cell("\(value)", number: value.doubleValue)
        }
      }, omittedRows: max(0, result.rowCount - rowLimit))
  }
}
