/// A result as a Markdown table.
struct MarkdownTable {
  /// More rows are nothing to read; who wants them asks the lake.
  static let rowLimit = 200
  /// Wider cells stick out instead of pushing all rows apart.
  private static let paddingLimit = 48

  let table: ReportTable

  /// How many rows are not shown.
  var omittedRows: Int { table.omittedRows + max(0, table.rows.count - Self.rowLimit) }

  /// The table's lines, with a line of its own for what is left out.
  var text: String {
    guard !table.columns.isEmpty else { return "The statement returned no table." }
    let rows = table.rows.prefix(Self.rowLimit)
    let numeric = table.columns.indices.map { table.isNumeric($0) }
    let columns = table.columns.indices.map { column in
      let texts = rows.map { $0[column].isNull ? "" : $0[column].text }
      guard numeric[column] else { return texts.map(MarkdownText.cell) }
      return NumberText.isNumbering(column: table.columns[column]) ? texts : NumberText.grouped(texts)
    }
    let headers = table.columns.map(MarkdownText.cell)
    let widths = table.columns.indices.map { column in
      let longest = ([headers[column]] + columns[column]).map(\.count).max() ?? 0
      return max(min(longest, Self.paddingLimit), 3)
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let space = String(repeating: " ", count: max(0, widths[column] - cells[column].count))
        return numeric[column] ? space + cells[column] : cells[column] + space
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = widths.indices.map { column in
      String(repeating: "-", count: widths[column] + 1) + (numeric[column] ? ":" : "-")
    }
    var lines = [line(headers), "|" + rule.joined(separator: "|") + "|"]
    lines += rows.indices.map { row in line(columns.map { $0[row] }) }
    return (lines + remark).joined(separator: "\n")
  }

  private var remark: [String] {
    if table.rows.isEmpty, omittedRows == 0 { return ["", "_No rows._"] }
    guard omittedRows > 0 else { return [] }
    let count = NumberText.grouped(["\(omittedRows)"]).joined()
    return ["", omittedRows == 1 ? "_1 more row is left out._" : "_\(count) more rows are left out._"]
  }
}
