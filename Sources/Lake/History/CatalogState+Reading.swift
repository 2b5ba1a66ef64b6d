import DuckDB
import SQLText

extension Lake {
  /// Reads what the lake consisted of at a snapshot.
  ///
  /// The catalog's rows carry the range of snapshots in which they hold, so what is read belongs together even when
  /// others commit meanwhile.
  ///
  /// - Throws: ``LakeError`` with code `not_found` when the snapshot is not there any more.
  func catalogState(at snapshot: Int64) async throws -> CatalogState {
    let reader = CatalogStateReader(lake: self, snapshot: snapshot)
    return try await reader.read()
  }
}

/// Reads the catalog's tables, one query for each kind of thing.
private struct CatalogStateReader {
  let lake: Lake
  let snapshot: Int64

  func read() async throws -> CatalogState {
    var state = CatalogState(snapshot: snapshot)
    let schemas = try await rows("SELECT schema_id, schema_name FROM \(source("schema")) WHERE \(live())")
    let schemaNames = Dictionary(
      schemas.map { ($0[0].integer ?? 0, $0[1].text ?? "") }, uniquingKeysWith: { first, _ in first })
    state.schemas = schemaNames.values.sorted()
    let comments = try await self.comments()
    state.tables = try await tables(schemaNames, comments)
    state.views = try await views(schemaNames, comments)
    state.macros = try await macros(schemaNames)
    return state
  }

  // MARK: Tables

  private func tables(_ schemas: [Int64: String], _ comments: [Int64: String]) async throws
    -> [CatalogState.Table]
  {
    let columns = try await self.columns()
    let partitioning = try await self.partitioning(columns)
    let sorting = try await self.sorting()
    return try await rows(
      "SELECT table_id, schema_id, table_name FROM \(source("table")) WHERE \(live()) ORDER BY table_id"
    ).compactMap { row in
      guard let id = row[0].integer, let schema = schemas[row[1].integer ?? -1] else { return nil }
      return CatalogState.Table(
        id: id, name: .init(schema: schema, name: row[2].text ?? ""), columns: columns[id] ?? [],
        partitioning: partitioning[id], sorting: sorting[id], comment: comments[id])
    }
  }

  private func columns() async throws -> [Int64: [CatalogState.Column]] {
    let comments = try await rows(
      "SELECT table_id, column_id, value FROM \(source("column_tag")) WHERE key = 'comment' AND \(live())")
    var commentOf: [Int64: [Int64: String]] = [:]
    for row in comments {
      commentOf[row[0].integer ?? 0, default: [:]][row[1].integer ?? 0] = row[2].text
    }
    let rows = try await rows(
      """
      SELECT table_id, column_id, parent_column, column_name, column_type, default_value, default_value_type,
        lower(nulls_allowed::VARCHAR) IN ('true', 't', '1')
      FROM \(source("column")) WHERE \(live()) ORDER BY table_id, column_order, column_id
      """)
    var fields: [Int64: [FieldRow]] = [:]
    for row in rows {
      fields[row[0].integer ?? 0, default: []].append(
        FieldRow(
          id: row[1].integer ?? 0, parent: row[2].integer, name: row[3].text ?? "", type: row[4].text ?? "",
          defaultValue: row[5].text, defaultKind: row[6].text, isNullable: row[7].boolean ?? true))
    }
    return fields.reduce(into: [:]) { result, entry in
      let children = Dictionary(grouping: entry.value) { $0.parent }
      result[entry.key] = (children[nil] ?? []).map { field in
        CatalogState.Column(
          id: field.id, name: field.name, type: field.type(children), isNullable: field.isNullable,
          defaultSQL: field.defaultSQL, comment: commentOf[entry.key]?[field.id],
          fieldIDs: field.fieldIDs(children))
      }
    }
  }

  private func partitioning(_ columns: [Int64: [CatalogState.Column]]) async throws -> [Int64: String] {
    let rows = try await rows(
      """
      SELECT i.table_id, c.column_id, c.transform FROM \(source("partition_info")) i
      JOIN \(source("partition_column")) c ON c.partition_id = i.partition_id AND c.table_id = i.table_id
      WHERE \(live("i.")) ORDER BY i.table_id, c.partition_key_index
      """)
    var keys: [Int64: [String]] = [:]
    for row in rows {
      guard let table = row[0].integer, let transform = row[2].text,
        let column = columns[table]?.first(where: { $0.id == row[1].integer })
      else { continue }
      keys[table, default: []].append(Self.partitionKey(transform, SQLIdentifier.quote(column.name)))
    }
    return keys.mapValues { $0.joined(separator: ", ") }
  }

  /// `bucket(4)` of a column is written `bucket(4, column)`.
  private static func partitionKey(_ transform: String, _ column: String) -> String {
    if transform == "identity" { return column }
    guard let open = transform.firstIndex(of: "("), transform.hasSuffix(")") else {
      return "\(transform)(\(column))"
    }
    return "\(transform[..<open])(\(transform[transform.index(after: open)...].dropLast()), \(column))"
  }

  private func sorting() async throws -> [Int64: String] {
    let rows = try await rows(
      """
      SELECT i.table_id, e.expression || ' ' || e.sort_direction || ' ' || replace(e.null_order, '_', ' ')
      FROM \(source("sort_info")) i
      JOIN \(source("sort_expression")) e ON e.sort_id = i.sort_id AND e.table_id = i.table_id
      WHERE \(live("i.")) ORDER BY i.table_id, e.sort_key_index
      """)
    var keys: [Int64: [String]] = [:]
    for row in rows { keys[row[0].integer ?? 0, default: []].append(row[1].text ?? "") }
    return keys.mapValues { $0.joined(separator: ", ") }
  }

  // MARK: Views and macros

  private func views(_ schemas: [Int64: String], _ comments: [Int64: String]) async throws
    -> [CatalogState.View]
  {
    let catalog = SQLIdentifier.quote(lake.name.catalogAlias)
    return try await rows(
      """
      SELECT view_id, schema_id, view_name, sql, column_aliases FROM \(source("view")) WHERE \(live())
      ORDER BY begin_snapshot, view_id
      """
    ).compactMap { row in
      guard let id = row[0].integer, let schema = schemas[row[1].integer ?? -1] else { return nil }
      // DuckLake leaves the catalog's name open, since each user may attach it under another one.
      let sql = (row[3].text ?? "").replacing("{DUCKLAKE_CATALOG}", with: catalog)
      return CatalogState.View(
        id: id, name: .init(schema: schema, name: row[2].text ?? ""), sql: sql, columns: row[4].text ?? "",
        comment: comments[id])
    }
  }

  private func macros(_ schemas: [Int64: String]) async throws -> [CatalogState.Macro] {
    let parameters = try await rows(
      """
      SELECT macro_id, impl_id, parameter_name, parameter_type, default_value, default_value_type
      FROM \(source("macro_parameters")) ORDER BY macro_id, impl_id, column_id
      """)
    var parametersOf: [[Int64]: [String]] = [:]
    for row in parameters {
      let parameter = MacroParameter(
        name: row[2].text ?? "", type: row[3].text, value: row[4].text, valueType: row[5].text)
      parametersOf[[row[0].integer ?? 0, row[1].integer ?? 0], default: []].append(parameter.sql)
    }
    let rows = try await rows(
      """
      SELECT m.macro_id, m.schema_id, m.macro_name, i.impl_id, i.sql, i.type FROM \(source("macro")) m
      JOIN \(source("macro_impl")) i ON i.macro_id = m.macro_id WHERE \(live("m."))
      ORDER BY m.macro_id, i.impl_id
      """)
    let catalog = SQLIdentifier.quote(lake.name.catalogAlias)
    var macros: [CatalogState.Macro] = []
    for row in rows {
      guard let id = row[0].integer, let schema = schemas[row[1].integer ?? -1] else { continue }
      let isTable = row[5].text == "table"
      let body = (row[4].text ?? "").replacing("{DUCKLAKE_CATALOG}", with: catalog)
      let arguments = (parametersOf[[id, row[3].integer ?? 0]] ?? []).joined(separator: ", ")
      let text = "(\(arguments)) AS \(isTable ? "TABLE " : "")\(body)"
      if let last = macros.last, last.id == id {
        // A macro with several argument lists.
        macros[macros.count - 1] = .init(
          id: id, name: last.name, isTable: isTable, definition: last.definition + ", " + text)
      } else {
        macros.append(
          .init(
            id: id, name: .init(schema: schema, name: row[2].text ?? ""), isTable: isTable, definition: text)
        )
      }
    }
    return macros
  }

  private func comments() async throws -> [Int64: String] {
    let rows = try await rows(
      "SELECT object_id, value FROM \(source("tag")) WHERE key = 'comment' AND \(live())")
    return Dictionary(
      rows.compactMap { row in row[1].text.map { (row[0].integer ?? 0, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  // MARK: SQL

  private func source(_ table: String) -> String { lake.metadata("ducklake_" + table) }

  private func live(_ prefix: String = "") -> String {
    "\(prefix)begin_snapshot <= \(snapshot) AND "
      + "(\(prefix)end_snapshot IS NULL OR \(prefix)end_snapshot > \(snapshot))"
  }

  private func rows(_ sql: String) async throws -> [Row] { Array(try await lake.readTrusted(sql).rows) }
}

/// One row of the catalog's table of columns: a column, or a field inside one.
private struct FieldRow {
  let id: Int64
  let parent: Int64?
  let name: String
  let type: String
  let defaultValue: String?
  let defaultKind: String?
  let isNullable: Bool

  func type(_ children: [Int64?: [FieldRow]]) -> String {
    CatalogTypeName.duckDB(type, fields: (children[id] ?? []).map { ($0.name, $0.type(children)) })
  }

  func fieldIDs(_ children: [Int64?: [FieldRow]]) -> [Int64] {
    [id] + (children[id] ?? []).flatMap { $0.fieldIDs(children) }
  }

  /// DuckLake writes no default as the text NULL.
  var defaultSQL: String? {
    guard let defaultValue, defaultValue != "NULL" else { return nil }
    return defaultKind == "expression" ? defaultValue : SQLLiteral.string(defaultValue)
  }
}

private struct MacroParameter {
  let name: String
  let type: String?
  let value: String?
  let valueType: String?

  /// The parameter as it stands in `CREATE MACRO`.
  var sql: String {
    var text = SQLIdentifier.quote(name)
    if let type, type != "unknown" { text += " " + CatalogTypeName.duckDB(type, fields: []) }
    guard let value, let valueType, valueType != "unknown" else { return text }
    let isNumber = valueType.contains("int") || valueType.hasPrefix("float") || valueType.hasPrefix("decimal")
    return text + " := " + (isNumber || valueType == "boolean" ? value : SQLLiteral.string(value))
  }
}
