import DuckDB
import Lake
import SQLText

/// Takes rows with values that do not fit out of a load's temporary tables, and finds out where in the source they stand.
struct RejectedRows: Sendable {
  let session: EngineSession
  let source: SourceText
  /// Which load of its package this is.
  let part: Int
  /// Where the load's temporary tables stand.
  let place: WorkingTables

  private var bad: String { place.table(BadRows.name(part)) }
  /// The source's rows with file and line.
  private var placesName: String { "tarn_places_\(part)" }
  private var places: String { place.table(placesName) }
  /// The documents in which something does not fit.
  private var misfitsName: String { "tarn_misfits_\(part)" }
  private var misfits: String { place.table(misfitsName) }

  /// Makes the table that they go to, where no lines have been put into it before.
  func prepare() async throws {
    try await run("\(place.makingIfMissing(BadRows.name(part))) \(BadRows.columns)")
    try await run("DROP TABLE IF EXISTS \(places)")
  }

  /// Takes the rejected rows out of the root's temporary table, before those below it are made.
  ///
  /// - Parameters:
  ///   - rows: how SQL names the temporary table.
  ///   - hasPlaces: whether all rows of the source have come, so that their numbers tell their lines.
  /// - Returns: how many there were.
  func take(from rows: String, of table: String, hasPlaces: Bool) async throws -> Int {
    let count = try await session.runTrusted("SELECT count(reason) FROM \(rows)").scalar()?.intValue ?? 0
    guard count > 0 else { return 0 }
    try await keep(
      "SELECT rowid AS row, reason, content, \(SQLLiteral.string(table)) AS table_name FROM \(rows) WHERE reason IS NOT NULL",
      hasPlaces: hasPlaces)
    try await run("DELETE FROM \(rows) WHERE reason IS NOT NULL")
    return count
  }

  /// A temporary table of rows below the root, and what their table is called.
  struct Below {
    let rows: String
    let name: String
    /// Whether some of its rows may not fit.
    let isChecked: Bool
  }

  /// Takes out each document that has a row somewhere below the root which does not fit: a document is loaded as a whole or
  /// not at all.
  ///
  /// - Parameters:
  ///   - root: how SQL names the root's temporary table.
  ///   - below: those of all tables below it.
  ///   - hasPlaces: as with ``take(from:of:hasPlaces:)``.
  /// - Returns: how many documents there were. Of each the first reason is kept.
  func takeDocuments(from root: String, _ below: [Below], hasPlaces: Bool) async throws -> Int {
    let rejected = below.enumerated().filter(\.element.isChecked).map { order, table in
      """
      SELECT root_row, reason, \(order) AS depth, rowid AS place, \(SQLLiteral.string(table.name)) AS table_name \
      FROM \(table.rows) WHERE reason IS NOT NULL
      """
    }
    try await run(
      """
      \(place.making(misfitsName)) AS SELECT root_row, arg_min(reason, (depth, place)) AS reason, \
      arg_min(table_name, (depth, place)) AS table_name FROM (\(rejected.joined(separator: " UNION ALL "))) GROUP BY root_row
      """)
    let count = try await session.runTrusted("SELECT count(*) FROM \(misfits)").scalar()?.intValue ?? 0
    guard count > 0 else { return 0 }
    try await keep(
      "SELECT m.root_row AS row, m.reason, r.content, m.table_name FROM \(misfits) AS m JOIN \(root) AS r ON r.rowid = m.root_row",
      hasPlaces: hasPlaces)
    for table in below {
      try await run("DELETE FROM \(table.rows) WHERE root_row IN (SELECT root_row FROM \(misfits))")
    }
    try await run("DELETE FROM \(root) WHERE rowid IN (SELECT root_row FROM \(misfits))")
    return count
  }

  /// Notes rows as bad ones.
  ///
  /// - Parameter rejected: a query for `row`, `reason`, `content` and `table_name`.
  private func keep(_ rejected: String, hasPlaces: Bool) async throws {
    guard hasPlaces, try await findPlaces() else {
      return try await run(
        "INSERT INTO \(bad) SELECT NULL, NULL, reason, content, table_name FROM (\(rejected))")
    }
    try await run(
      """
      INSERT INTO \(bad) SELECT p.file, p.line, x.reason, x.content, x.table_name FROM (\(rejected)) AS x \
      LEFT JOIN \(places) AS p ON p.row = x.row
      """)
  }

  /// Makes the table of the source's rows, each with file and line.
  ///
  /// - Returns: whether such a source has lines.
  private func findPlaces() async throws -> Bool {
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
        let count = try await BadRows(session: session, source: source, part: part, place: place)
          .columnCount(of: file)
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
      \(place.making(placesName)) AS SELECT CASE f \(files.joined(separator: " ")) END AS file, line, \
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
