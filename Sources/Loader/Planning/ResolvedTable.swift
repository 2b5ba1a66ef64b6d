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
  /// What rows are set aside for, where they are.
  var rejecting: [Rejection] = []
  /// The table as it was before this load, with what is said of it.
  var before: TableSchema
  /// The loader's own columns.
  var systemColumns: [ColumnSchema] = []
  /// Whether the contract leaves out the table, and all below it.
  var isLeftOut = false
  /// An expression for the row's own id where the source brings one.
  var ownID: String?

  /// What rows are set aside for.
  struct Rejection: Sendable, Hashable {
    /// Holds for the rows.
    let condition: String
    /// The reason, as an expression that gives text.
    let reason: String
  }

  /// What a contract forbids.
  struct Forbidden: Sendable, Hashable {
    let sql: String
    let message: String
  }

  init(flat: FlatTable, schema: TableSchema) {
    self.flat = flat
    self.schema = schema
    before = schema
  }

  /// Puts the new columns into the schema: in the order of the rows that first had them, the loader's own after those of
  /// the first row. Provisional ones are left out.
  mutating func arrange() {
    let last = FirstSight(row: .max)
    let new = columns.filter { $0.isNew && !$0.isProvisional }.sorted {
      ($0.firstSight ?? last, $0.place) < ($1.firstSight ?? last, $1.place)
    }
    // Where nobody knows which row comes first, all count as its.
    let knowsFirst = new.contains { $0.firstSight?.row == 0 }
    let early = new.filter { $0.firstSight?.row == 0 || (!knowsFirst && $0.firstSight == nil) }
    schema = before
    for column in early { schema.merge(column.schema) }
    for column in systemColumns where schema.column(column.name)?.dataType == nil { schema.merge(column) }
    for column in new { schema.merge(column.schema) }
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
  /// Whether it becomes one of points in time when all of its values turn out to be such texts.
  var mayBeTimestamp = false
  /// The place of the source that its values come from.
  var path = ShapePath()
  /// Where a value was first seen.
  var firstSight: FirstSight?
  /// Its place among columns of which nothing else tells which came first.
  var place = 0

  var name: String { schema.name }
}
