import DuckDB
import Lake
import SQLText

/// Finds the lines of a source that cannot be read: those that are no JSON, that have too many or too few fields, whose bytes are
/// no UTF-8.
///
/// They are put into a temporary table, from which they go to `_rejects`: file, number of the line from 1, reason, text.
struct BadRows: Sendable {
  let session: EngineSession
  let source: SourceText
  /// Which load of its package this is.
  let part: Int
  /// Where the temporary table stands.
  let place: WorkingTables

  /// What the temporary table is called.
  static func name(_ part: Int) -> String { "tarn_bad_\(part)" }
  /// Its columns.
  static let columns = "(file VARCHAR, line BIGINT, reason VARCHAR, content VARCHAR, table_name VARCHAR)"
  private var table: String { place.table(Self.name(part)) }
  private var errors: String { "tarn_reject_errors_\(part)" }
  private var scans: String { "tarn_reject_scans_\(part)" }

  /// Looks through all files.
  ///
  /// - Returns: how many there are.
  func find() async throws -> Int {
    try await run("\(place.making(Self.name(part))) \(Self.columns)")
    for file in source.files {
      for name in [errors, scans] { try await run("DROP TABLE IF EXISTS temp.main.\(name)") }
      let name = SQLLiteral.string(file)
      if source.isJSON {
        try await run(
          """
          CREATE OR REPLACE TEMP TABLE tarn_lines_\(part) AS SELECT row, content FROM \
          (SELECT row_number() OVER () AS row, content FROM read_csv(\(name), \
          \(SourceText.wholeLines), \(rejects))) WHERE trim(content) <> '' AND NOT json_valid(content)
          """)
        // Lines that DuckDB could not read are not counted among its rows.
        try await run(
          """
          INSERT INTO \(table) SELECT \(name), row + (SELECT count(*) FROM (SELECT line - row_number() OVER (ORDER BY line) AS before \
          FROM (SELECT DISTINCT line FROM \(errors))) WHERE before < row), 'no valid JSON', content, NULL FROM tarn_lines_\(part)
          """)
        try await run("DROP TABLE temp.main.tarn_lines_\(part)")
      } else {
        let read = source.textRelation(files: [file], columns: try await columnCount(of: file), more: rejects)
        // What is not asked for is not looked at.
        _ = try await session.runTrusted("SELECT count(COLUMNS(*)) FROM \(read)")
      }
      try await run(
        """
        INSERT INTO \(table) SELECT \(name), line, lower(replace(any_value(error_type::VARCHAR), '_', ' ')) || ': ' \
        || any_value(error_message), any_value(csv_line), NULL FROM \(errors) GROUP BY line
        """)
    }
    for name in [errors, scans] { try await run("DROP TABLE IF EXISTS temp.main.\(name)") }
    return try await session.runTrusted("SELECT count(*) FROM \(table)").scalar()?.intValue ?? 0
  }

  /// What is told of the first of them; nil when there is none.
  func first() async throws -> (file: String, line: Int, reason: String, content: String)? {
    let found = try await session.runTrusted(
      "SELECT file, line, reason, coalesce(content, '') FROM \(table) ORDER BY file, line LIMIT 1")
    guard let row = found.rows.first(where: { _ in true }) else { return nil }
    return (
      row[0].stringValue ?? "", row[1].intValue ?? 0, row[2].stringValue ?? "", row[3].stringValue ?? ""
    )
  }

  /// Names and types of the columns of CSV some lines of which cannot be read: DuckDB does not guess then.
  func readableColumns() async throws -> [SourceText.TextColumn] {
    guard let file = source.files.first else { return [] }
    let count = try await columnCount(of: file)
    let header = try await session.runTrusted(
      "SELECT * FROM read_csv([\(SQLLiteral.string(file))], \(source.dialect), header = false, auto_detect = false, all_varchar = true, ignore_errors = true, columns = {\(SourceText.textColumns(count))}) LIMIT 1"
    )
    let names = header.rows.first { _ in true }.map { row in row.values.map { $0.stringValue ?? "" } } ?? []
    let read = source.textRelation(files: source.files, columns: count, more: "ignore_errors = true")
    let types = ["BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"]
    let tests = (0..<count).flatMap { column in
      types.map { type in
        let isPlain = type == "BOOLEAN" ? " AND lower(c\(column)) IN ('true', 'false')" : ""
        return
          "coalesce(bool_and(TRY_CAST(c\(column) AS \(type)) IS NOT NULL\(isPlain)) FILTER (c\(column) IS NOT NULL), false)"
      }
    }
    let found = try await session.runTrusted("SELECT \(tests.joined(separator: ", ")) FROM \(read)")
    let row = found.rows.first { _ in true }
    return (0..<count).map { column in
      let type = types.indices.first { row?[column * types.count + $0].boolValue == true }.map { types[$0] }
      return .init(
        name: names.indices.contains(column) ? names[column] : "column\(column)", type: type ?? "VARCHAR")
    }
  }

  private var rejects: String {
    "store_rejects = true, rejects_table = '\(errors)', rejects_scan = '\(scans)'"
  }

  func columnCount(of file: String) async throws -> Int {
    var one = source
    one.files = [file]
    let line = try await session.runTrusted(one.firstLine).scalar()?.stringValue ?? ""
    return SourceReader.unquoted(line).count { String($0) == source.delimiter } + 1
  }

  private func run(_ statement: String) async throws { _ = try await session.runTrusted(statement) }
}
