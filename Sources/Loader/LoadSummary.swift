/// What a load has done.
public struct LoadSummary: Sendable, Hashable {
  /// The load's id, as `_dlt_loads` has it.
  public var loadID: String
  /// The snapshot that holds its rows; nil when there was nothing to write.
  public var snapshot: Int64?
  /// Whether it had been committed before, by a command that ended before it could say so.
  public var isRepeat = false
  /// The tables written, the root first.
  public var tables: [TableSummary] = []
  /// What changed in the schema, in order.
  public var schemaChanges: [SchemaChange] = []
  /// What the reader should know: fields that share a name, and the like. One sentence each.
  public var notices: [String] = []
  /// Files that had been loaded before.
  public var skippedFiles: [String] = []
  /// Rows that were set aside.
  public var rejectedRows = 0

  /// One table of a load.
  public struct TableSummary: Sendable, Hashable {
    /// The name in the lake.
    public var name: String
    /// The rows of the load that went into it.
    public var rows: Int
  }
}

/// A table or column that a load adds.
public struct SchemaChange: Sendable, Hashable, CustomStringConvertible {
  public var table: String
  /// Nil for the table itself.
  public var column: String?
  /// The column's type, as SQL writes it.
  public var type: String?

  public var description: String {
    guard let column else { return "new table \(table)" }
    return "new column \(table).\(column) \(type ?? "")"
  }
}

/// What a load would do.
public struct LoadForecast: Sendable, Hashable {
  /// What would change in the schema, in order.
  public var schemaChanges: [SchemaChange] = []
  /// The statements that would be run, in order; those of the books aside.
  public var statements: [String] = []
  /// What the reader should know, one sentence each.
  public var notices: [String] = []
  /// Files that have been loaded before.
  public var skippedFiles: [String] = []
  /// The root tables as they would be described.
  public var roots: [TableSchema] = []
}

extension LoadForecast {
  /// Adds what one load of a package would do.
  mutating func add(_ plan: LoadPlan, schemas: SchemaStatements) {
    notices += plan.collisions.map(\.notice)
    for (index, table) in plan.tables.enumerated() where !table.isLeftOut {
      let new = schemas.newColumns(of: table.schema)
      if schemas.present.tables[table.name] == nil { schemaChanges.append(SchemaChange(table: table.name)) }
      schemaChanges += new.map { SchemaChange(table: table.name, column: $0.name, type: $0.sqlType) }
      if table.isRoot { roots.append(table.schema) }
      statements += schemas.make(table.schema, before: schemas.present.schema?.table(table.name))
      if !plan.statements.isDirect { statements.append(plan.statements.makeRows(index)) }
      let columns = schemas.columns(of: table.schema)
      let select =
        plan.statements.isDirect
        ? plan.statements.directSelect(columns) : plan.statements.select(index, columns)
      statements.append("INSERT INTO \(schemas.name(table.name)) BY NAME \(select)")
    }
  }
}

extension Flattening.Collision {
  /// What the reader should know of it.
  var notice: String {
    "Field '\(field)' of table '\(table)' shares its name with another and is kept as '\(column)'."
  }
}
