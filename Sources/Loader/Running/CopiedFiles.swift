import DuckDB
import Lake
import SQLText

/// Parquet files that become a table's own as they are: copied beside it, looked through, and registered in the turn.
///
/// Nothing of them is rewritten, so they have to be right already: columns that are called and typed as the table's, without what makes
/// DuckLake 1.0 give wrong answers. It believes that a column without statistics has only the values that later files tell of, and passes
/// over files by the bounds of a column that has NaN besides.
struct CopiedFiles: Sendable {
  let run: LoadRun
  let plan: LoadPlan
  let schemas: SchemaStatements

  private var session: EngineSession { run.session }
  private var table: ResolvedTable { plan.tables[0] }

  /// - Parameter files: the source's, in order.
  /// - Returns: the copies. They are to be discarded when the load fails.
  /// - Throws: ``LoadError`` that names the file and the column; no copy is left then.
  func take(_ files: [String]) async throws -> OwnRows {
    try requireFlatness()
    let hint = "Load it without parquet: copy."
    guard SchemaStatements.partitions(of: table.schema).isEmpty,
      SchemaStatements.order(of: table.schema).isEmpty,
      let rows = try await session.stageCopies(
        of: files, for: (run.load.dataset, table.name), of: run.lake, mark: run.package.mark)
    else {
      throw LoadError(
        .declaration,
        "table '\(table.name)' is partitioned, sorted or encrypted, so its files have to be written anew",
        hint: hint)
    }
    do {
      for (copy, file) in zip(rows.files, files) { try await check(copy, called: file) }
    } catch {
      await session.discard([rows], of: run.lake)
      throw error
    }
    return rows
  }

  private func requireFlatness() throws(LoadError) {
    guard
      let nested = plan.tables.dropFirst().first
        ?? plan.tables.first(where: { $0.flat.leaves.contains { $0.path.steps.count > 1 } })
    else { return }
    throw LoadError(
      .source,
      "the files have nested values (\(nested.name)), which would become tables or columns of their own",
      hint: "Load them without parquet: copy.")
  }

  // MARK: One file

  /// What the table has for a column.
  private func isRequired(_ name: String) -> Bool {
    if let there = schemas.present.tables[table.name]?.first(where: { $0.name == name }) {
      return !there.isNullable
    }
    return table.schema.column(name)?.isNullable == false
  }

  private func check(_ copy: String, called file: String) async throws {
    let literal = SQLLiteral.string(copy)
    let described = try await session.runTrusted(
      "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM system.main.read_parquet(\(literal)))")
    let found = described.rows.map { (name: $0[0].stringValue ?? "", type: $0[1].stringValue ?? "") }
    let columns = schemas.columns(of: table.schema)
    for column in found {
      guard let own = columns.first(where: { $0.name == column.name }) else {
        let name = SnakeCase.key(column.name)
        throw refused(
          file,
          name == column.name
            ? "the table has no column '\(column.name)'" : "column '\(column.name)' would be called '\(name)'"
        )
      }
      guard Self.isKept(column.type, as: own.type) else {
        throw refused(
          file, "column '\(column.name)' is of type \(column.type), and the table's is \(own.type)")
      }
    }
    for column in columns where isRequired(column.name) && !found.contains(where: { $0.name == column.name })
    {
      throw refused(file, "it has no column '\(column.name)', which must have a value")
    }
    try await checkStatistics(literal, found, file)
  }

  private func checkStatistics(_ literal: String, _ found: [(name: String, type: String)], _ file: String)
    async throws
  {
    let floats = found.filter { ["FLOAT", "DOUBLE"].contains($0.type) }
    if !floats.isEmpty {
      let fields = floats.map { "count(*) FILTER (isnan(\(SQLIdentifier.quote($0.name))))" }
      let counts = try await session.runTrusted(
        "SELECT \(fields.joined(separator: ", ")) FROM system.main.read_parquet(\(literal))")
      if let row = counts.rows.first(where: { _ in true }),
        let place = floats.indices.first(where: { (row[$0].intValue ?? 0) > 0 })
      {
        throw refused(file, "column '\(floats[place].name)' has NaN, by which rows would be missed")
      }
    }
    let statistics = try await session.runTrusted(
      """
      SELECT path_in_schema, bool_and((stats_min_value IS NOT NULL AND stats_max_value IS NOT NULL) OR stats_null_count = num_values), \
      bool_and(stats_null_count IS NOT NULL), coalesce(sum(stats_null_count), 0)::BIGINT \
      FROM system.main.parquet_metadata(\(literal)) GROUP BY path_in_schema
      """)
    for row in statistics.rows {
      guard let name = row[0].stringValue else { continue }
      guard row[1].boolValue == true, row[2].boolValue == true else {
        throw refused(file, "column '\(name)' was written without statistics, by which rows are found")
      }
      if isRequired(name), (row[3].intValue ?? 0) > 0 {
        throw refused(file, "column '\(name)' must have a value, and a row has none")
      }
    }
  }

  private func refused(_ file: String, _ why: String) -> LoadError {
    LoadError(
      .data, "'\(file)' cannot be taken as it is: \(why)",
      hint: "Load it without parquet: copy; its rows are written anew then.")
  }

  /// Whether a table's column shows all values of a file's column as they are.
  private static func isKept(_ type: String, as own: String) -> Bool {
    if type == own { return true }
    let integers = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]
    if let narrow = integers.firstIndex(of: type), let wide = integers.firstIndex(of: own) {
      return narrow <= wide
    }
    return type == "FLOAT" && own == "DOUBLE"
  }
}
