import LakeSettings
import SQLText

/// The definitions in a lake at one snapshot, as its catalog has them.
struct LakeState: Sendable, Hashable {
  var schemas: [String] = []
  var tables: [TableState] = []
  var views: [DefinitionState] = []
  var macros: [DefinitionState] = []

  /// The table of a number.
  func table(_ id: Int64) -> TableState? { tables.first { $0.id == id } }
}

/// The name of a table, view or macro.
struct ObjectName: Sendable, Hashable {
  let schema: String
  let name: String

  /// DuckDB's names differ by more than case.
  var key: String { schema.lowercased() + "." + name.lowercased() }
  /// As people write it: schema `main` is left out.
  var text: String { schema == "main" ? name : "\(schema).\(name)" }
  /// The name as SQL of a lake.
  func sql(in lake: LakeName) -> String {
    [lake.catalogAlias, schema, name].map(SQLIdentifier.quote).joined(separator: ".")
  }
}

/// A table's definition.
struct TableState: Sendable, Hashable {
  let id: Int64
  let name: ObjectName
  var columns: [ColumnState]
  /// The expressions that it is partitioned by, as SQL.
  var partition: [String] = []
  /// The expressions that it is sorted by, as SQL.
  var sort: [String] = []
  var comment: String?

  /// Columns that are no field of another.
  var topColumns: [ColumnState] { columns.filter { $0.parent == nil } }

  /// Whether the definitions are the same, names included.
  func isDefined(as other: TableState) -> Bool {
    var left = self
    var right = other
    // Numbers of partitionings differ, orders do not matter for equality of sets read in one order.
    left.columns.sort { $0.id < $1.id }
    right.columns.sort { $0.id < $1.id }
    return left == right
  }
}

/// A column, or a field of a nested one.
struct ColumnState: Sendable, Hashable {
  let id: Int64
  let parent: Int64?
  let name: String
  /// The type as DuckLake writes it.
  let type: String
  let isNullable: Bool
  /// The default as SQL; nil for none.
  let defaultValue: String?
  /// What rows from before the column have in it, as SQL; nil for NULL.
  let initialDefault: String?
  let comment: String?
}

/// A view or macro: the statement that makes it, without the lake's name.
struct DefinitionState: Sendable, Hashable {
  /// Views and macros that use others were made after them.
  let id: Int64
  let name: ObjectName
  /// `VIEW`, `MACRO` or `MACRO TABLE`.
  let kind: String
  /// A view's names of columns, as they stand between parentheses; empty for none.
  var columns = ""
  /// A view's SELECT; what stands behind a macro's name in CREATE.
  let text: String
  let comment: String?

  /// What stands behind the name in CREATE.
  var body: String {
    guard kind == "VIEW" else { return text }
    return (columns.isEmpty ? "" : "(\(columns)) ") + "AS " + text
  }

  /// DuckLake's place holder for the lake's own name in a view's text.
  static let catalogPlace = "{DUCKLAKE_CATALOG}"
}
