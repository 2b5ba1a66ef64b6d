import DuckDB
import SQLText

/// Reads a lake's definitions at a snapshot, one query for each kind of thing.
///
/// The catalog's rows carry the range of snapshots in which they hold, so what is read belongs together even when
/// others commit meanwhile.
struct LakeStateReader: Sendable {
  let lake: Lake
  let snapshot: Int64
  /// Runs a query on the catalog.
  let query: @Sendable (String) async throws -> QueryResult

  func read() async throws -> LakeState {
    var state = LakeState()
    var schemas: [Int64: String] = [:]
    for row in try await rows("SELECT schema_id, schema_name FROM \(table("schema", "s")) ORDER BY 1") {
      schemas[row[0].integer ?? 0] = row[1].text ?? ""
      state.schemas.append(row[1].text ?? "")
    }
    let comments = try await comments()
    let columns = try await columns()
    let partitions = try await partitions(columns)
    let sorts = try await sorts()
    for row in try await rows("SELECT table_id, schema_id, table_name FROM \(table("table", "t")) ORDER BY 1")
    {
      let id = row[0].integer ?? 0
      state.tables.append(
        TableState(
          id: id, name: ObjectName(schema: schemas[row[1].integer ?? 0] ?? "", name: row[2].text ?? ""),
          columns: columns[id] ?? [], partition: partitions[id] ?? [], sort: sorts[id] ?? [],
          comment: comments[id]))
    }
    let views =
      "SELECT view_id, schema_id, view_name, sql, column_aliases FROM \(table("view", "v")) ORDER BY 1"
    for row in try await rows(views) {
      state.views.append(
        DefinitionState(
          id: row[0].integer ?? 0,
          name: ObjectName(schema: schemas[row[1].integer ?? 0] ?? "", name: row[2].text ?? ""), kind: "VIEW",
          columns: row[4].text ?? "", text: row[3].text ?? "",
          comment: comments[row[0].integer ?? 0]))
    }
    state.macros = try await macros(schemas)
    return state
  }

  // MARK: Parts

  private func comments() async throws -> [Int64: String] {
    var comments: [Int64: String] = [:]
    for row in try await rows("SELECT object_id, value FROM \(table("tag", "t")) WHERE key = 'comment'") {
      comments[row[0].integer ?? 0] = row[1].text
    }
    return comments
  }

  private func columns() async throws -> [Int64: [ColumnState]] {
    var comments: [Int64: [Int64: String]] = [:]
    let tags = "SELECT table_id, column_id, value FROM \(table("column_tag", "t")) WHERE key = 'comment'"
    for row in try await rows(tags) {
      comments[row[0].integer ?? 0, default: [:]][row[1].integer ?? 0] = row[2].text
    }
    var columns: [Int64: [ColumnState]] = [:]
    let text = """
      SELECT table_id, column_id, parent_column, column_name, column_type, CAST(nulls_allowed AS BOOLEAN),
        default_value, default_value_type, initial_default
      FROM \(table("column", "c")) ORDER BY table_id, column_order, column_id
      """
    for row in try await rows(text) {
      let table = row[0].integer ?? 0
      let id = row[1].integer ?? 0
      let isLiteral = row[7].text != "expression"
      let value = row[6].text.flatMap { isLiteral && $0 == "NULL" ? nil : $0 }
      columns[table, default: []].append(
        ColumnState(
          id: id, parent: row[2].integer, name: row[3].text ?? "", type: row[4].text ?? "",
          isNullable: row[5].boolean ?? true,
          defaultValue: value.map { isLiteral ? SQLLiteral.string($0) : $0 },
          initialDefault: row[8].text.map(SQLLiteral.string), comment: comments[table]?[id]))
    }
    return columns
  }

  private func partitions(_ columns: [Int64: [ColumnState]]) async throws -> [Int64: [String]] {
    var partitions: [Int64: [String]] = [:]
    let text = """
      SELECT p.table_id, c.column_id, c.transform FROM \(table("partition_info", "p"))
      JOIN \(lake.metadata("ducklake_partition_column")) c ON c.partition_id = p.partition_id
      ORDER BY p.table_id, c.partition_key_index
      """
    for row in try await rows(text) {
      let table = row[0].integer ?? 0
      let column = columns[table]?.first { $0.id == row[1].integer }?.name ?? ""
      let name = SQLIdentifier.quote(column)
      let transform = row[2].text ?? "identity"
      let sql =
        if transform == "identity" { name } else if let open = transform.firstIndex(of: "(") {
          // bucket(4) is written bucket(4, column).
          transform[..<open] + transform[open...].dropLast() + ", " + name + ")"
        } else { "\(transform)(\(name))" }
      partitions[table, default: []].append(sql)
    }
    return partitions
  }

  private func sorts() async throws -> [Int64: [String]] {
    var sorts: [Int64: [String]] = [:]
    let text = """
      SELECT i.table_id, e.expression, e.sort_direction, e.null_order FROM \(table("sort_info", "i"))
      JOIN \(lake.metadata("ducklake_sort_expression")) e ON e.sort_id = i.sort_id
      ORDER BY i.table_id, e.sort_key_index
      """
    for row in try await rows(text) {
      let nulls = row[3].text == "NULLS_FIRST" ? "NULLS FIRST" : "NULLS LAST"
      sorts[row[0].integer ?? 0, default: []].append("\(row[1].text ?? "") \(row[2].text ?? "ASC") \(nulls)")
    }
    return sorts
  }

  private func macros(_ schemas: [Int64: String]) async throws -> [DefinitionState] {
    var parameters: [Int64: [Int64: [String]]] = [:]
    let asked = """
      SELECT macro_id, impl_id, parameter_name, parameter_type, default_value, default_value_type
      FROM \(lake.metadata("ducklake_macro_parameters")) ORDER BY macro_id, impl_id, column_id
      """
    for row in try await rows(asked) {
      var text = SQLIdentifier.quote(row[2].text ?? "")
      if let type = row[3].text, type != "unknown" { text += " " + CatalogTypeName.duckDB(type, fields: []) }
      if let type = row[5].text, type != "unknown" {
        text +=
          " := CAST(\(SQLLiteral.string(row[4].text ?? "")) AS \(CatalogTypeName.duckDB(type, fields: [])))"
      }
      parameters[row[0].integer ?? 0, default: [:]][row[1].integer ?? 0, default: []].append(text)
    }
    var found: [DefinitionState] = []
    let query = """
      SELECT m.macro_id, m.schema_id, m.macro_name, i.impl_id, i.sql, i.type FROM \(table("macro", "m"))
      JOIN \(lake.metadata("ducklake_macro_impl")) i ON i.macro_id = m.macro_id ORDER BY 1, 4
      """
    for row in try await rows(query) {
      let id = row[0].integer ?? 0
      let list = parameters[id]?[row[3].integer ?? 0]?.joined(separator: ", ") ?? ""
      let isTable = row[5].text == "table"
      let text = "(\(list)) AS \(isTable ? "TABLE " : "")\(row[4].text ?? "")"
      if let last = found.last, last.id == id {
        found[found.count - 1] = DefinitionState(
          id: id, name: last.name, kind: last.kind, text: last.text + ", " + text, comment: nil)
      } else {
        found.append(
          DefinitionState(
            id: id, name: ObjectName(schema: schemas[row[1].integer ?? 0] ?? "", name: row[2].text ?? ""),
            kind: isTable ? "MACRO TABLE" : "MACRO", text: text, comment: nil))
      }
    }
    return found
  }

  // MARK: Queries

  private func rows(_ text: String) async throws -> [Row] {
    Array(try await query(text).rows)
  }

  /// The rows of a catalog table that hold at the snapshot, under an alias.
  private func table(_ name: String, _ alias: String) -> String {
    """
    (SELECT * FROM \(lake.metadata("ducklake_" + name)) WHERE begin_snapshot <= \(snapshot)
      AND (end_snapshot IS NULL OR end_snapshot > \(snapshot))) AS \(alias)
    """
  }
}
