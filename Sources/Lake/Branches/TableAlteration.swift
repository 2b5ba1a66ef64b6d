import LakeSettings
import SQLText

/// The statements that turn a table's definition into another one of the same table. Pure text.
enum TableAlteration {
  /// - Returns: nil when DuckLake cannot do it in one transaction, so that the table is to be made anew.
  static func statements(from old: TableState, to new: TableState, in lake: LakeName) -> [String]? {
    guard nested(old) == nested(new), old.name.schema == new.name.schema else { return nil }
    let table = new.name.sql(in: lake)
    var statements: [String] = []
    if old.name != new.name {
      statements.append(
        "ALTER TABLE \(old.name.sql(in: lake)) RENAME TO \(SQLIdentifier.quote(new.name.name))")
    }
    let before = Dictionary(old.topColumns.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let after = Dictionary(new.topColumns.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let kept = new.topColumns.compactMap { column in before[column.id].map { ($0, column) } }
    // DuckLake takes SET NOT NULL only while the transaction has done nothing to the table.
    let hardened = kept.filter { $0.isNullable && !$1.isNullable }
    guard hardened.isEmpty || (hardened.count == 1 && old.name == new.name && before.count == after.count)
    else {
      return nil
    }
    for (column, _) in hardened {
      statements.append("ALTER TABLE \(table) ALTER \(quoted(column)) SET NOT NULL")
    }
    for column in old.topColumns where after[column.id] == nil {
      statements.append("ALTER TABLE \(table) DROP COLUMN \(quoted(column))")
    }
    let taken = Set(old.topColumns.map { $0.name.lowercased() })
    for (column, changed) in kept where column.name != changed.name {
      guard !taken.contains(changed.name.lowercased()) else { return nil }
      statements.append("ALTER TABLE \(table) RENAME COLUMN \(quoted(column)) TO \(quoted(changed))")
    }
    for (column, changed) in kept where column.type != changed.type {
      statements.append(
        "ALTER TABLE \(table) ALTER \(quoted(changed)) SET TYPE \(CatalogTypeName.duckDB(changed.type, fields: []))"
      )
    }
    for column in new.topColumns where before[column.id] == nil {
      guard column.isNullable, !nested(new).contains(where: { $0.parent == column.id }) else { return nil }
      let value = column.initialDefault.map { " DEFAULT \($0)" } ?? ""
      statements.append(
        "ALTER TABLE \(table) ADD COLUMN \(quoted(column)) \(CatalogTypeName.duckDB(column.type, fields: []))\(value)"
      )
      if column.defaultValue != column.initialDefault {
        statements.append(setDefault(column, table))
      }
    }
    for (column, changed) in kept {
      if column.defaultValue != changed.defaultValue { statements.append(setDefault(changed, table)) }
      if !column.isNullable, changed.isNullable {
        statements.append("ALTER TABLE \(table) ALTER \(quoted(changed)) DROP NOT NULL")
      }
    }
    return statements + arrangement(from: old, to: new, in: lake)
  }

  /// Partitioning, sorting and comments, for a table that has them not or otherwise.
  static func arrangement(from old: TableState?, to new: TableState, in lake: LakeName) -> [String] {
    let table = new.name.sql(in: lake)
    var statements: [String] = []
    if old?.partition ?? [] != new.partition {
      statements.append(
        new.partition.isEmpty
          ? "ALTER TABLE \(table) RESET PARTITIONED BY"
          : "ALTER TABLE \(table) SET PARTITIONED BY (\(new.partition.joined(separator: ", ")))")
    }
    if old?.sort ?? [] != new.sort {
      statements.append(
        new.sort.isEmpty
          ? "ALTER TABLE \(table) RESET SORTED BY"
          : "ALTER TABLE \(table) SET SORTED BY (\(new.sort.joined(separator: ", ")))")
    }
    if old?.comment != new.comment {
      statements.append("COMMENT ON TABLE \(table) IS \(new.comment.map(SQLLiteral.string) ?? "NULL")")
    }
    for column in new.topColumns
    where old?.columns.first(where: { $0.id == column.id })?.comment != column.comment {
      let text = column.comment.map(SQLLiteral.string) ?? "NULL"
      statements.append("COMMENT ON COLUMN \(table).\(quoted(column)) IS \(text)")
    }
    return statements
  }

  private static func setDefault(_ column: ColumnState, _ table: String) -> String {
    guard let value = column.defaultValue else {
      return "ALTER TABLE \(table) ALTER \(quoted(column)) DROP DEFAULT"
    }
    return "ALTER TABLE \(table) ALTER \(quoted(column)) SET DEFAULT \(value)"
  }

  private static func nested(_ table: TableState) -> [ColumnState] {
    table.columns.filter { $0.parent != nil }
  }

  private static func quoted(_ column: ColumnState) -> String { SQLIdentifier.quote(column.name) }
}
