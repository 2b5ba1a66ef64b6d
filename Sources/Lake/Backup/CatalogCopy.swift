import DuckDB
import LakeSettings
import SQLText

/// Copies a lake's whole catalog, as it stood at one moment, into a ``CatalogStore``.
struct CatalogCopy {
  let lake: Lake
  let store: CatalogStore

  /// Tables that have no row in `ducklake_inlined_data_tables`, and rows that have no table.
  struct Found: Sendable {
    var inlinedRows: Set<String> = []
    var inlinedDeletes: Set<String> = []
  }

  /// Copies all tables. Writers go on meanwhile; on a SQLite catalog they wait for it.
  func run() async throws -> Found {
    try await lake.withCatalogAtRest { source in
      var found = Found()
      let present = try await lake.tableNames(on: source)
      for table in CatalogTables.fixed {
        try await copy(table, try await store.columns(of: table), from: source)
      }
      let schemas = try await TableSchemas(store)
      for name in try await names(present, schemas) {
        guard let kind = CatalogTables.kind(of: name) else { continue }
        guard let stored = try await lake.storedColumns(of: name, on: source) else { continue }
        var columns = stored
        switch kind {
        case .inlinedRows(let table, let version):
          found.inlinedRows.insert(name)
          let known = schemas.columns(of: table, version: version)
          columns = stored.map { column in
            guard let type = known[column.name], !InlinedColumns.isKeptAsText(type, stored: column.type)
            else { return column }
            return CatalogColumn(name: column.name, type: type)
          }
        case .inlinedDeletes: found.inlinedDeletes.insert(name)
        case .own: break
        }
        try await make(name, columns)
        try await copy(name, columns, from: source)
      }
      return found
    }
  }

  /// Names of tables that may be there beside the fixed ones.
  private func names(_ present: [String]?, _ schemas: TableSchemas) async throws -> [String] {
    if let present { return present.sorted() }
    // DuckDB lists no tables of a hidden database: those that may be there are asked for one by one.
    return schemas.possibleInlinedTables.sorted() + OwnTable.known.map(\.name)
  }

  private func make(_ table: String, _ columns: [CatalogColumn]) async throws {
    if let own = OwnTable.known.first(where: { $0.name == table }) {
      return try await store.connection.command("CREATE TABLE \(own.name) (\(own.columns))")
    }
    let list = columns.map { "\(SQLIdentifier.quote($0.name)) \($0.type)" }.joined(separator: ", ")
    try await store.connection.command("CREATE TABLE \(SQLIdentifier.quote(table)) (\(list))")
  }

  private func copy(_ table: String, _ columns: [CatalogColumn], from source: Connection) async throws {
    guard let stored = try await lake.storedColumns(of: table, on: source) else {
      throw LakeError(
        .catalog, "lake '\(lake.name)' has no table \(table) in its catalog",
        hint: "Recover it from a backup with tarn lake recover.")
    }
    let types = Dictionary(stored.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
    let list = columns.map { $0.reading(storedAs: types[$0.name] ?? $0.type) }.joined(separator: ", ")
    let sql = "SELECT \(list) FROM \(lake.metadata(table))"
    let appender = try await store.connection.appender(to: table, catalog: CatalogStore.alias)
    let stream = try await source.stream(sql)
    do {
      for try await chunk in stream { try await appender.append(chunk) }
      try await appender.close()
    } catch {
      await stream.close()
      throw error
    }
  }
}

extension InlinedColumns {
  /// Whether a copy keeps the column as the text that the catalog has: reading nested values from text and writing
  /// them back need not give the same text.
  static func isKeptAsText(_ type: String, stored: String) -> Bool {
    stored == "VARCHAR"
      && (type.hasSuffix("]") || type.hasPrefix("STRUCT") || type.hasPrefix("MAP") || type == "VARIANT"
        || type == "GEOMETRY")
  }
}

extension OwnTable {
  /// Tables of Tarn's own that are copied with a catalog. On SQLite and PostgreSQL every table whose name begins with
  /// `tarn_` is; a DuckDB file does not tell which there are.
  static let known: [OwnTable] = [
    .tags, .branches, .merges, .keys, .maintenance, .targetSizes, BranchCopy.origin,
  ]
}

/// The columns that tables had in each of their schema versions.
struct TableSchemas: Sendable {
  private var columns: [Int64: [ColumnRecord]] = [:]
  private var beginnings: [Int64: [Int64: Int64]] = [:]
  private var tables: Set<Int64> = []
  private var registered: Set<String> = []
  private var versions: [Int64: Set<Int64>] = [:]

  init(_ store: CatalogStore) async throws {
    let connection = store.connection
    let columns = try await connection.ask(
      """
      SELECT table_id, column_id, column_name, column_type, parent_column, column_order, begin_snapshot,
        end_snapshot
      FROM ducklake_column
      """)
    for row in columns.rows {
      let record = ColumnRecord(
        id: row[1].integer ?? 0, name: row[2].text ?? "", type: row[3].text ?? "", parent: row[4].integer,
        order: row[5].integer ?? 0, begin: row[6].integer ?? 0, end: row[7].integer)
      self.columns[row[0].integer ?? 0, default: []].append(record)
    }
    let versions = try await connection.ask(
      "SELECT table_id, schema_version, min(begin_snapshot) FROM ducklake_schema_versions GROUP BY ALL")
    for row in versions.rows {
      beginnings[row[0].integer ?? 0, default: [:]][row[1].integer ?? 0] = row[2].integer
    }
    // Schema versions that a table must have had, also where the row that says so is gone.
    let changes = try await connection.ask(
      """
      SELECT DISTINCT table_id, schema_version FROM (
        SELECT table_id, begin_snapshot FROM ducklake_table UNION SELECT table_id, begin_snapshot FROM ducklake_column
        UNION SELECT table_id, end_snapshot FROM ducklake_column)
      JOIN ducklake_snapshot ON snapshot_id = begin_snapshot
      UNION SELECT table_id, schema_version FROM ducklake_schema_versions
      """)
    for row in changes.rows {
      if let table = row[0].integer, let version = row[1].integer {
        self.versions[table, default: []].insert(version)
      }
    }
    let all = try await connection.ask(
      """
      SELECT table_id FROM ducklake_table UNION SELECT table_id FROM ducklake_inlined_data_tables
      UNION SELECT table_id FROM ducklake_data_file
      """)
    tables = Set(all.rows.compactMap { $0[0].integer })
    let names = try await connection.ask("SELECT table_name FROM ducklake_inlined_data_tables")
    registered = Set(names.rows.compactMap { $0[0].text })
  }

  /// DuckDB's types of the columns that rows of one schema version have, by name.
  func columns(of table: Int64, version: Int64) -> [String: String] {
    let all = columns[table] ?? []
    let begin = beginnings[table]?[version]
    let then = begin.map { begin in all.filter { $0.exists(at: begin) } } ?? all.filter { $0.end == nil }
    var types = ["row_id": "BIGINT", "begin_snapshot": "BIGINT", "end_snapshot": "BIGINT"]
    for column in then where column.parent == nil {
      types[column.name] = InlinedColumns.type(of: column, among: then)
    }
    return types
  }

  /// Names of the tables that may hold rows or deletes of this lake.
  var possibleInlinedTables: Set<String> {
    var names = registered
    for table in tables {
      names.insert(CatalogTables.inlinedDeletes(table: table))
      for version in versions[table] ?? [] {
        names.insert(CatalogTables.inlinedRows(table: table, version: version))
      }
    }
    return names
  }
}

extension Connection {
  /// Runs a query of our own making. Unlike `query`, never mistaken for the form that binds values.
  func ask(_ text: String) async throws -> QueryResult { try await query(text) }
}
