import DuckDB
import Lake
public import LakeSettings
import SQLText

extension Loader {
  /// The tables and views of a schema of a database that the lake's engine has attached, in order of their names.
  ///
  /// - Parameters:
  ///   - name: what SQL calls the database.
  ///   - place: what kind of database it is; nil for another lake.
  ///   - schema: the schema.
  public func tables(in name: String, _ place: SourceDatabase.Place?, schema: String) async throws
    -> [DatabaseTable]
  {
    try await DatabaseReader(name: name, place: place, schema: schema, lake: lake).tables()
  }

  /// The schemas of an attached database that have tables.
  public func schemas(in name: String) async throws -> [String] {
    try await DatabaseReader(name: name, place: nil, schema: "", lake: lake).schemas()
  }

  /// How a table is read.
  ///
  /// - Parameters:
  ///   - table: one of ``tables(in:_:schema:)``.
  ///   - source: what names the table.
  /// - Returns: the source, with a query in it where the scanner would lose digits.
  public func reading(_ table: DatabaseTable, as source: SourceTable) async throws -> SourceTable {
    guard table.columns.contains(where: { $0.isDocument || $0.isList || $0.isBoundless }) else {
      return source
    }
    let reader = DatabaseReader(name: source.database, place: nil, schema: source.schema, lake: lake)
    var source = source
    source.query = try await reader.exactQuery(table)
    return source
  }
}

/// Asks an attached database for its tables.
private struct DatabaseReader {
  let name: String
  let place: SourceDatabase.Place?
  let schema: String
  let lake: Lake

  func tables() async throws -> [DatabaseTable] {
    switch place {
    case .postgresql:
      // The scanner takes views for tables, JSON for text, and numbers without bounds for floating point.
      return grouped(
        try await ask(
          "postgres_query",
          """
          SELECT c.relname, c.relkind IN ('v', 'm'), a.attname, format_type(a.atttypid, a.atttypmod)
          FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          WHERE n.nspname = \(SQLLiteral.string(schema)) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
          AND NOT c.relispartition ORDER BY c.relname, a.attnum
          """))
    case .mysql:
      return grouped(
        try await ask(
          "mysql_query",
          """
          SELECT t.table_name, t.table_type = 'VIEW', c.column_name, c.data_type
          FROM information_schema.tables t JOIN information_schema.columns c
          ON c.table_schema = t.table_schema AND c.table_name = t.table_name
          WHERE t.table_schema = \(SQLLiteral.string(schema)) ORDER BY t.table_name, c.ordinal_position
          """))
    case .sqlite, .duckdb, nil:
      let found = try await run(
        """
        SELECT table_name, false FROM duckdb_tables() WHERE \(isHere)
        UNION ALL SELECT view_name, true FROM duckdb_views() WHERE \(isHere) AND NOT internal
        ORDER BY ALL
        """)
      return found.map {
        DatabaseTable(
          name: $0[0].stringValue ?? "", isView: $0[1].boolValue ?? false, columns: [])
      }
    }
  }

  func schemas() async throws -> [String] {
    try await run(
      "SELECT DISTINCT schema_name FROM duckdb_tables() WHERE database_name = \(SQLLiteral.string(name)) AND schema_name NOT IN ('information_schema', 'pg_catalog', 'mysql', 'performance_schema', 'sys') ORDER BY 1"
    ).compactMap { $0[0].stringValue }
  }

  private var isHere: String {
    "database_name = \(SQLLiteral.string(name)) AND schema_name = \(SQLLiteral.string(schema))"
  }

  private func grouped(_ rows: [Row]) -> [DatabaseTable] {
    var order: [String] = []
    var columns: [String: [DatabaseTable.Column]] = [:]
    var views: Set<String> = []
    for row in rows {
      let table = row[0].stringValue ?? ""
      if columns[table] == nil { order.append(table) }
      columns[table, default: []].append(
        DatabaseTable.Column(name: row[2].stringValue ?? "", type: row[3].stringValue ?? ""))
      if row[1].boolValue ?? (row[1].intValue == 1) { views.insert(table) }
    }
    return order.map { table in
      DatabaseTable(name: table, isView: views.contains(table), columns: columns[table] ?? [])
    }
  }

  /// A query that keeps what the scanner would lose.
  func exactQuery(_ table: DatabaseTable) async throws -> String {
    var casts = table.columns.filter(\.isDocument).map { column -> String in
      let name = SQLIdentifier.quote(column.name)
      return "CAST(\(name) AS JSON) AS \(name)"
    }
    casts += table.columns.filter(\.isList).map { column -> String in
      let name = SQLIdentifier.quote(column.name)
      return "to_json(\(name)) AS \(name)"
    }
    let here = "\(SQLIdentifier.quote(schema)).\(SQLIdentifier.quote(table.name))"
    var from = "\(SQLIdentifier.quote(name)).\(here)"
    if table.columns.contains(where: \.isBoundless) {
      casts += try await decimals(table, here)
      let fields = table.columns.map { column -> String in
        let name = SQLIdentifier.quote(column.name)
        return column.isBoundless ? "\(name)::text AS \(name)" : name
      }
      from = call("postgres_query", "SELECT \(fields.joined(separator: ", ")) FROM \(here)")
    }
    let replaced = casts.isEmpty ? "" : " REPLACE (\(casts.joined(separator: ", ")))"
    return "SELECT *\(replaced) FROM \(from)"
  }

  /// Numbers without bounds become decimals where those of all rows fit into one type; where they do not, they stay texts.
  private func decimals(_ table: DatabaseTable, _ here: String) async throws -> [String] {
    let columns = table.columns.filter(\.isBoundless).map { SQLIdentifier.quote($0.name) }
    let measures = columns.enumerated().map { number, name in
      """
      max(scale(\(name))) AS s\(number), max(length(trunc(abs(\(name)))::text)) AS d\(number), \
      bool_or(\(name)::text IN ('NaN', 'Infinity', '-Infinity')) AS n\(number)
      """
    }
    let found = try await ask("postgres_query", "SELECT \(measures.joined(separator: ", ")) FROM \(here)")
    guard let row = found.first else { return [] }
    return columns.enumerated().compactMap { number, name in
      let scale = max(9, row["s\(number)"]?.intValue.map { Int($0) } ?? 0)
      let digits = row["d\(number)"]?.intValue.map { Int($0) } ?? 1
      guard row["n\(number)"]?.boolValue != true, digits + scale <= 38 else { return nil }
      return "CAST(\(name) AS DECIMAL(38, \(scale))) AS \(name)"
    }
  }

  private func call(_ function: String, _ query: String) -> String {
    "\(function)(\(SQLLiteral.string(name)), \(SQLLiteral.string(query)))"
  }

  private func ask(_ function: String, _ query: String) async throws -> [Row] {
    try await run("SELECT * FROM \(call(function, query))")
  }

  private func run(_ text: String) async throws -> [Row] {
    let session = try await lake.ownSession()
    do {
      let rows = Array(try await session.runTrusted(text).rows)
      await session.close()
      return rows
    } catch {
      await session.close()
      throw error
    }
  }
}
