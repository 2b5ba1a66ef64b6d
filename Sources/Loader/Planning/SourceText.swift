import SQLText

/// How SQL reads a source.
struct SourceText: Sendable, Hashable {
  var files: [String] = []
  /// What is in the files; nil for a table.
  var format: LoadSource.FileFormat?
  /// The table, when it is one.
  var table: SourceTable?
  /// What divides the fields of CSV, as the first line tells.
  var delimiter = ","
  /// The sheet of workbooks that is read; nil for the first.
  var sheet: String?
  /// Whether the first row of a sheet names its columns.
  var hasHeader = true
  /// Whether there are lines that cannot be read, which are passed over.
  var hasBadRows = false
  /// The decimals of Avro files, by the file.
  var decimals: [String: [AvroDecimal]] = [:]
  /// The columns of CSV that has such lines.
  var textColumns: [TextColumn] = []
  /// What DuckDB has found out about CSV, so that it does not look again; nil where it has to.
  var knownText: KnownText?

  /// A column of CSV, and the type that all of its readable values have.
  struct TextColumn: Sendable, Hashable {
    let name: String
    let type: String
  }

  private var list: String {
    // The brackets are a function, which DuckDB looks for in the lake first: that opens a transaction there.
    guard files.count > 1 else { return SQLLiteral.string(files.first ?? "") }
    return "[\(files.map(SQLLiteral.string).joined(separator: ", "))]"
  }

  /// Whether rows are JSON values, whose types nobody declares.
  var isJSON: Bool { format == .jsonl || format == .json }

  /// A relation of one column `json`, a row's value each.
  var objects: String {
    guard hasBadRows else { return read(passingOver: false) }
    return "(SELECT json FROM \(read(passingOver: true)) WHERE json IS NOT NULL)"
  }

  private func read(passingOver: Bool) -> String {
    let kind = format == .jsonl ? "newline_delimited" : "auto"
    // By its whole name, DuckDB finds it without a look at the lake.
    return
      "system.main.read_json_objects(\(list), format = '\(kind)'\(passingOver ? ", ignore_errors = true" : ""))"
  }

  /// A query for how many lines are no JSON.
  var badRowCount: String { "SELECT count(*) FROM \(read(passingOver: true)) WHERE json IS NULL" }

  /// How `read_csv` reads whole lines as one column.
  static let wholeLines =
    "columns = {'content': 'VARCHAR'}, delim = '\u{1}', quote = '', escape = '', header = false, auto_detect = false, strict_mode = false, null_padding = true"

  /// What `read_csv` is told of the signs in CSV.
  var dialect: String { "delim = \(SQLLiteral.string(delimiter)), quote = '\"', escape = '\"'" }

  static func textColumns(_ count: Int) -> String {
    (0..<count).map { "'c\($0)': 'VARCHAR'" }.joined(separator: ", ")
  }

  /// CSV as columns of texts, `c0` and so on.
  ///
  /// - Parameter more: further arguments of `read_csv`.
  func textRelation(files: [String], columns: Int, more: String) -> String {
    let list = "[\(files.map(SQLLiteral.string).joined(separator: ", "))]"
    return
      "read_csv(\(list), \(dialect), header = true, auto_detect = false, columns = {\(Self.textColumns(columns))}, \(more))"
  }

  /// A query for the first line of CSV.
  var firstLine: String {
    """
    SELECT content FROM read_csv(\(SQLLiteral.string(files[0])), \(Self.wholeLines), ignore_errors = true) LIMIT 1
    """
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
    case .csv where !textColumns.isEmpty, .tsv where !textColumns.isEmpty:
      let fields = textColumns.enumerated().map {
        "CAST(c\($0) AS \($1.type)) AS \(SQLIdentifier.quote($1.name))"
      }
      let read = textRelation(files: files, columns: textColumns.count, more: "ignore_errors = true")
      return "(SELECT \(fields.joined(separator: ", ")) FROM \(read))"
    case .csv where knownText != nil, .tsv where knownText != nil:
      return "read_csv(\(list), \(dialect), \(knownText?.arguments ?? ""))"
    case .csv, .tsv:
      // Guessed, a file with ragged rows would become one column of whole lines, and one of texts only have no header.
      return
        "read_csv(\(list), \(dialect), header = true, sample_size = -1, union_by_name = true)"
    case .parquet: return "read_parquet(\(list), union_by_name = true)"
    // Neither reads files of different columns by their names.
    case .avro, .excel:
      guard files.count > 1 else { return read(files.first ?? "") }
      return "(\(files.map { "SELECT * FROM \(read($0))" }.joined(separator: " UNION ALL BY NAME ")))"
    case nil: return table?.sql ?? ""
    }
  }

  /// A relation of one file of Avro or Excel.
  private func read(_ file: String) -> String {
    guard format == .excel else {
      let read = "read_avro(\(SQLLiteral.string(file)))"
      guard let decimals = decimals[file], !decimals.isEmpty else { return read }
      let values = decimals.map { decimal in
        let name = SQLIdentifier.quote(decimal.name)
        return "\(decimal.sql(name)) AS \(name)"
      }
      return "(SELECT * REPLACE (\(values.joined(separator: ", "))) FROM \(read))"
    }
    let sheet = sheet.map { ", sheet = \(SQLLiteral.string($0))" } ?? ""
    return "read_xlsx(\(SQLLiteral.string(file)), header = \(hasHeader)\(sheet))"
  }
}

extension SourceTable {
  /// How SQL names it.
  var sql: String {
    if let query { return "(\(query))" }
    let name = [database, schema, name].map(SQLIdentifier.quote).joined(separator: ".")
    // What follows the name of a table would be taken for its alias.
    return snapshot.map { "(SELECT * FROM \(name) AT (VERSION => \($0)))" } ?? name
  }
}
