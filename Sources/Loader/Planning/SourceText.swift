import SQLText

/// How SQL reads a source's files.
struct SourceText: Sendable, Hashable {
  var files: [String]
  let format: LoadSource.FileFormat
  /// Whether there are lines that are no JSON, which are passed over.
  var hasBadRows = false

  private var list: String { "[\(files.map(SQLLiteral.string).joined(separator: ", "))]" }

  /// Whether rows are JSON values, whose types nobody declares.
  var isJSON: Bool { format == .jsonl || format == .json }

  /// A relation of one column `json`, a row's value each.
  var objects: String {
    guard hasBadRows else { return read(passingOver: false) }
    return "(SELECT json FROM \(read(passingOver: true)) WHERE json IS NOT NULL)"
  }

  private func read(passingOver: Bool) -> String {
    let kind = format == .jsonl ? "newline_delimited" : "auto"
    return "read_json_objects(\(list), format = '\(kind)'\(passingOver ? ", ignore_errors = true" : ""))"
  }

  /// A query for how many lines are no JSON.
  var badRowCount: String { "SELECT count(*) FROM \(read(passingOver: true)) WHERE json IS NULL" }

  /// A query for the lines that are no JSON: file, number of the line from 1, text.
  var badRows: String {
    let lines = files.map { file in
      """
      SELECT \(SQLLiteral.string(file)) AS file, line, content FROM (SELECT row_number() OVER () AS line, content \
      FROM read_csv(\(SQLLiteral.string(file)), columns = {'content': 'VARCHAR'}, delim = '\u{1}', quote = '', escape = '', \
      header = false, auto_detect = false, strict_mode = false, null_padding = true)) \
      WHERE trim(content) <> '' AND NOT json_valid(content)
      """
    }
    return lines.joined(separator: " UNION ALL ")
  }

  /// A relation of the columns that rows are read as.
  ///
  /// - Parameter columns: names and types; for JSON only, other files tell their own.
  func relation(_ columns: [(name: String, type: String)]) -> String {
    switch format {
    case .jsonl, .json:
      let fields = columns.map { "\(SQLLiteral.string($0.name)): \(SQLLiteral.string($0.type))" }
      let kind = format == .jsonl ? "newline_delimited" : "auto"
      return
        "read_json(\(list), format = '\(kind)', records = true, columns = {\(fields.joined(separator: ", "))})"
    case .csv: return "read_csv(\(list), sample_size = -1, union_by_name = true)"
    case .tsv: return "read_csv(\(list), delim = '\\t', sample_size = -1, union_by_name = true)"
    case .parquet: return "read_parquet(\(list), union_by_name = true)"
    }
  }
}
