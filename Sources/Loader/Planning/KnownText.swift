import DuckDB
import SQLText

/// What DuckDB has found out about a file of CSV: looking at all rows once more, to read them, would cost as much again.
struct KnownText: Sendable, Hashable {
  /// What `read_csv` is told besides the dialect.
  let arguments: String

  /// - Parameter row: of `sniff_csv`: columns, what ends lines, skipped rows, sign of comments, formats of dates and times.
  /// - Returns: nil when it does not say all that reading needs.
  init?(sniffed row: Row) {
    guard case .list(let list) = row[0], let skipped = row[2].intValue else { return nil }
    var columns: [String] = []
    for column in list {
      guard case .structure(let fields) = column,
        let name = fields.first(where: { $0.name == "name" })?.value,
        let type = fields.first(where: { $0.name == "type" })?.value, let name = name.stringValue,
        let type = type.stringValue
      else { return nil }
      columns.append("\(SQLLiteral.string(name)): \(SQLLiteral.string(type))")
    }
    guard !columns.isEmpty else { return nil }
    var arguments = ["auto_detect = false", "header = true", "skip = \(skipped)"]
    // Written as in a program; anything else means that no line ends.
    if let end = row[1].stringValue, ["\\n", "\\r", "\\r\\n"].contains(end) {
      arguments.append("new_line = \(SQLLiteral.string(end))")
    }
    if let comment = row[3].stringValue, comment.count == 1 {
      arguments.append("comment = \(SQLLiteral.string(comment))")
    }
    for (option, format) in [("dateformat", row[4].stringValue), ("timestampformat", row[5].stringValue)] {
      if let format, !format.isEmpty { arguments.append("\(option) = \(SQLLiteral.string(format))") }
    }
    arguments.append("columns = {\(columns.joined(separator: ", "))}")
    self.arguments = arguments.joined(separator: ", ")
  }
}
