import SQLText

/// How SQL reads a source's files.
struct SourceText: Sendable, Hashable {
  let files: [String]
  let format: LoadSource.FileFormat

  private var list: String { "[\(files.map(SQLLiteral.string).joined(separator: ", "))]" }

  /// Whether rows are JSON values, whose types nobody declares.
  var isJSON: Bool { format == .jsonl || format == .json }

  /// A relation of one column `json`, a row's value each.
  var objects: String {
    "read_json_objects(\(list), format = '\(format == .jsonl ? "newline_delimited" : "auto")')"
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
