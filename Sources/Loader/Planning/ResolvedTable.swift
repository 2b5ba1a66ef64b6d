import SQLText

/// One table of a load with what the schema makes of it: which columns its rows fill, and how.
struct ResolvedTable: Sendable, Hashable {
  /// What the source has.
  var flat: FlatTable
  /// The table as the schema will describe it.
  var schema: TableSchema
  /// The columns that rows fill, the loader's own aside, in the order of the schema.
  var columns: [ResolvedColumn] = []
  /// Expressions on a row: where one is not NULL, the contract leaves the row out.
  var discarding: [String] = []
  /// Expressions on a row: where one is not NULL, the contract forbids the load.
  var forbidden: [Forbidden] = []
  /// Whether the contract leaves out the table, and all below it.
  var isLeftOut = false
  /// An expression for the row's own id where the source brings one.
  var ownID: String?

  /// What a contract forbids.
  struct Forbidden: Sendable, Hashable {
    let sql: String
    let message: String
  }

  var name: String { flat.name }
  var isRoot: Bool { flat.parent == nil }
}

/// One column that a load fills.
struct ResolvedColumn: Sendable, Hashable {
  var schema: ColumnSchema
  /// The value, as an expression on the row.
  var sql: String
  /// The value as the source has it, as JSON: what ids of rows are made of.
  var sourceJSON: String
  /// Whether the schema has it only since this load.
  var isNew: Bool
  /// Whether it is only made when a row turns out to have a value.
  var isProvisional = false
  /// The first row that has a value.
  var firstRow: Int?

  var name: String { schema.name }
}
