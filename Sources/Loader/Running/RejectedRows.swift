import DuckDB
import Lake
import SQLText

/// Takes rows with values that do not fit out of a load's temporary tables, and finds out where in the source they stand.
struct RejectedRows: Sendable {
  let session: EngineSession
  let source: SourceText
  /// Which load of its package this is.
  let part: Int

  private var bad: String { BadRows.table(part) }
  private var places: String { "temp.main.tarn_places_\(part)" }

  /// Makes the table that they go to, where no lines have been put into it before.
  func prepare() async throws {
    try await run(
      "CREATE TEMP TABLE IF NOT EXISTS tarn_bad_\(part) (file VARCHAR, line BIGINT, reason VARCHAR, content VARCHAR, table_name VARCHAR)"
    )
    try await run("DROP TABLE IF EXISTS \(places)")
  }

  /// Takes the rejected rows out of one temporary table.
  ///
  /// - Parameters:
  ///   - rows: how SQL names the temporary table.
  ///   - isRoot: whether its own row numbers are those of the source.
  ///   - hasPlaces: whether all rows of the source have come, so that their numbers tell their lines.
  /// - Returns: how many there were.
  func take(from rows: String, of table: String, isRoot: Bool, hasPlaces: Bool) async throws -> Int {
    let count = try await session.runTrusted("SELECT count(reason) FROM \(rows)").scalar()?.intValue ?? 0
    guard count > 0 else { return 0 }
    let number = isRoot ? "x.rowid" : "x.root_row"
    let name = SQLLiteral.string(table)
    if hasPlaces, try await findPlaces() {
      try await run(
        """
        INSERT INTO \(bad) SELECT p.file, p.line, x.reason, x.content, \(name) FROM \(rows) AS x \
        LEFT JOIN \(places) AS p ON p.row = \(number) WHERE x.reason IS NOT NULL
        """)
    } else {
      try await run(
        "INSERT INTO \(bad) SELECT NULL, NULL, reason, content, \(name) FROM \(rows) WHERE reason IS NOT NULL"
      )
    }
    try await run("DELETE FROM \(rows) WHERE reason IS NOT NULL")
    return count
  }

  /// Makes the table of the source's rows, each with file and line.
  ///
  /// - Returns: whether such a source has lines.
  private func findPlaces() async throws -> Bool {
    let known = try await session.runTrusted(
      "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'tarn_places_\(part)'"
    ).scalar()?.intValue
    guard known == 0 else { return true }
    var parts: [String] = []
    for (order, file) in source.files.enumerated() {
      let name = SQLLiteral.string(file)
      let lines: String
      switch source.format {
      case .jsonl:
        lines =
          "SELECT row_number() OVER () AS own, content FROM read_csv(\(name), \(SourceText.wholeLines), ignore_errors = true)"
        parts.append(
          "SELECT \(order) AS f, own, \(line("own", of: name, "reason <> 'no valid JSON'")) AS line FROM (\(lines)) WHERE trim(content) <> '' AND json_valid(content)"
        )
      case .csv, .tsv:
        let count = try await BadRows(session: session, source: source, part: part).columnCount(of: file)
        let fields = (0..<count).map { "coalesce(length(c\($0)) - length(replace(c\($0), chr(10), '')), 0)" }
        lines =
          """
          SELECT row_number() OVER () AS own, coalesce(sum(\(fields.joined(separator: " + "))) \
          OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::BIGINT AS more \
          FROM \(source.textRelation(files: [file], columns: count, more: "ignore_errors = true"))
          """
        parts.append(
          "SELECT \(order) AS f, own, \(line("(own + 1 + more)", of: name, "true")) AS line FROM (\(lines))")
      default: return false
      }
    }
    let files = source.files.enumerated().map { "WHEN \($0) THEN \(SQLLiteral.string($1))" }
    try await run(
      """
      CREATE TEMP TABLE tarn_places_\(part) AS SELECT CASE f \(files.joined(separator: " ")) END AS file, line, \
      row_number() OVER (ORDER BY f, own) - 1 AS row FROM (\(parts.joined(separator: " UNION ALL ")))
      """)
    return true
  }

  /// The number of a line when those that DuckDB passed over are counted.
  private func line(_ own: String, of file: String, _ condition: String) -> String {
    """
    \(own) + (SELECT count(*) FROM (SELECT line - row_number() OVER (ORDER BY line) AS before FROM \(bad) \
    WHERE file = \(file) AND \(condition) AND table_name IS NULL) WHERE before < \(own))
    """
  }

  /// The first of them, in words; nil when there is none.
  func first() async throws -> String? {
    let found = try await session.runTrusted(
      "SELECT file, line, reason FROM \(bad) WHERE table_name IS NOT NULL ORDER BY file, line LIMIT 1")
    guard let row = found.rows.first(where: { _ in true }), let reason = row[2].stringValue else {
      return nil
    }
    guard let file = row[0].stringValue, let line = row[1].intValue else { return reason }
    return "line \(line) of '\(file)': \(reason)"
  }

  private func run(_ statement: String) async throws { _ = try await session.runTrusted(statement) }
}
