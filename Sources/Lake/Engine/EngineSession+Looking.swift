import DuckDB
import SQLText

/// A column of a table as the open transaction sees it.
struct TableColumn: Sendable, Hashable {
  let name: String
  /// As DuckDB prints it.
  let type: String
  let isNullable: Bool
  /// Whether it has a default other than NULL.
  let hasDefault: Bool
}

// What the open transaction sees of a lake.
extension EngineSession {
  /// The snapshot that the transaction reads.
  func currentSnapshot(of lake: Lake) async throws -> Int64? {
    let text = "SELECT id::BIGINT FROM ducklake_current_snapshot(\(lake.catalogLiteral))"
    return try await connection().query(text, parameters: .none).scalar()?.integer
  }

  /// The columns of a table, in their order.
  ///
  /// - Throws: `DuckDBError` of kind `catalog` when there is no such table.
  func columns(of table: String, in schema: String, _ lake: Lake) async throws -> [TableColumn] {
    let name = [lake.name.catalogAlias, schema, table].map(SQLIdentifier.quote).joined(separator: ".")
    let text = "SELECT column_name, column_type, \"null\", \"default\" FROM (DESCRIBE \(name))"
    return try await connection().query(text, parameters: .none).rows.map { row in
      TableColumn(
        name: row[0].text ?? "", type: row[1].text ?? "", isNullable: row[2].text == "YES",
        hasDefault: row[3].text.map { $0 != "NULL" } ?? false)
    }
  }
}
