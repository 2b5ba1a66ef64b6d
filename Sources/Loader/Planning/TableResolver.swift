import SQLText

/// Finds the column for each value of a table: the one that is there, a new one, or a variant of it for values that do
/// not fit.
struct TableResolver {
  let contract: SchemaContract
  /// The schema's name, for messages.
  let schemaName: String

  /// The read types of leaves, where one was chosen.
  private(set) var readTypes: [ShapePath: String] = [:]

  /// Whether rows with values that do not fit are set aside, and do not end the load.
  private let setsAside: Bool

  init(contract: SchemaContract, schemaName: String, setsAside: Bool = false) {
    self.setsAside = setsAside
    self.contract = contract
    self.schemaName = schemaName
  }

  /// - Parameters:
  ///   - flat: what the source has.
  ///   - existing: the table as the schema has it; nil for a new one.
  ///   - hints: what is said of its columns beforehand.
  ///   - parent: the name of the table above.
  mutating func resolve(
    _ flat: FlatTable, existing: TableSchema?, hints: [ColumnSchema], parent: String?,
    systemColumns: [ColumnSchema]
  ) throws(LoadError) -> ResolvedTable {
    let isNew = existing.map { !$0.hasSeenData } ?? true
    var table = ResolvedTable(flat: flat, schema: existing ?? TableSchema(flat.name, parent: parent))
    if isNew, contract.tables != .evolve {
      guard contract.tables != .freeze else {
        throw violation("table '\(flat.name)' is new, and `tables` are frozen")
      }
      table.isLeftOut = true
      return table
    }
    let incomplete = apply(hints, to: &table)
    table.before = table.schema
    table.systemColumns = systemColumns
    for leaf in flat.leaves {
      try resolve(leaf, in: &table, incomplete: incomplete, isNewTable: isNew)
    }
    for place in table.columns.indices { table.columns[place].place = place }
    table.arrange()
    try requireValues(&table)
    return table
  }

  /// Columns of which the hints tell the type are there from the start, others when a row has a value.
  private func apply(_ hints: [ColumnSchema], to table: inout ResolvedTable) -> [String: ColumnSchema] {
    var incomplete: [String: ColumnSchema] = [:]
    for hint in hints {
      if hint.isFound {
        // It does not come before the columns that the rows have before it.
        if table.schema.column(hint.name)?.dataType == nil { incomplete[hint.name] = hint.notFound }
      } else if let present = table.schema.column(hint.name), present.dataType != nil {
        var said = hint
        // Types of columns that are there stay: a value that does not fit gets a variant.
        for key in ["data_type", "precision", "scale", "timezone"] { said.json[key] = nil }
        table.schema.merge(said)
      } else if hint.dataType != nil {
        table.schema.merge(hint)
      } else {
        incomplete[hint.name, default: ColumnSchema(json: JSONObject())].json.merge(hint.json)
      }
    }
    return incomplete
  }

  // MARK: One value

  private mutating func resolve(
    _ leaf: FlatTable.Leaf, in table: inout ResolvedTable, incomplete: [String: ColumnSchema],
    isNewTable: Bool
  ) throws(LoadError) {
    if [SystemColumns.loadID, SystemColumns.parentID, SystemColumns.listIndex, SystemColumns.rootID].contains(
      leaf.name)
    {
      return
    }
    let isNewColumn = table.schema.column(leaf.name)?.dataType == nil
    var column: ColumnSchema
    if let present = table.schema.column(leaf.name), present.dataType != nil {
      column = present
    } else {
      guard let type = leaf.inferredType else { return }
      column = ColumnSchema(leaf.name, type)
      if let source = leaf.shape.sourceType { column.json.merge(source.hints) }
      if let said = incomplete[leaf.name] { column.json.merge(said.json) }
    }
    var values = ConvertedValues(leaf, to: column)
    if let type = values.readType { readTypes[leaf.path] = type }
    for alternative in leaf.alternatives { values.add(ConvertedValues(alternative, to: column)) }
    if leaf.name == SystemColumns.id {
      table.ownID = values.main
      return
    }
    if isNewColumn, !isNewTable, contract.columns != .evolve {
      try handle(
        contract.columns, values.whole, in: &table,
        "table '\(table.name)' has no column '\(leaf.name)', and `columns` are frozen")
      return
    }
    table.columns.append(
      ResolvedColumn(
        schema: column, sql: values.main ?? "CAST(NULL AS \(column.sqlType ?? "VARCHAR"))",
        sourceJSON: values.sourceJSON, isNew: isNewColumn, path: leaf.path,
        firstSight: leaf.firstSight))
    for variant in values.variants { try add(variant, of: leaf, to: &table) }
  }

  private func add(_ variant: ConvertedValues.Variant, of leaf: FlatTable.Leaf, to table: inout ResolvedTable)
    throws(LoadError)
  {
    let name = SnakeCase.joined([leaf.name, "v_\(variant.valueClass.dataType.rawValue)"])
    let present = table.schema.column(name)
    if present == nil, contract.dataType != .evolve {
      try handle(
        contract.dataType, variant.sql, in: &table,
        "column '\(leaf.name)' of table '\(table.name)' has values of type \(variant.valueClass.dataType.rawValue), and `data_type` is frozen"
      )
      return
    }
    let isCertain = present != nil || variant.isCertain
    let column =
      present ?? .variant(name, isCertain && variant.isTimestamp ? .timestamp : variant.valueClass.dataType)
    let isOwnType = column.dataType == variant.valueClass.dataType
    let converted = "TRY_CAST(\(variant.sql) AS \(column.sqlType ?? "VARCHAR"))"
    table.columns.append(
      ResolvedColumn(
        schema: column, sql: isOwnType ? variant.sql : converted, sourceJSON: "NULL", isNew: present == nil,
        isProvisional: !isCertain, mayBeTimestamp: variant.valueClass == .text,
        path: leaf.path, firstSight: variant.firstSight
      ))
    guard present != nil, !isOwnType else { return }
    // dlt gives up where a variant column, too, has another type than the value.
    let last = SnakeCase.joined([name, "v_\(variant.valueClass.dataType.rawValue)"])
    let known = table.schema.column(last)
    table.columns.append(
      ResolvedColumn(
        schema: known ?? .variant(last, variant.valueClass.dataType),
        sql: "CASE WHEN \(converted) IS NULL THEN \(variant.sql) END", sourceJSON: "NULL",
        isNew: known == nil,
        isProvisional: known == nil, firstSight: variant.firstSight))
  }

  private func handle(
    _ mode: SchemaContract.Mode, _ sql: String, in table: inout ResolvedTable, _ message: String
  ) throws(LoadError) {
    switch mode {
    case .evolve, .discardValue: return
    case .discardRow: table.discarding.append(sql)
    case .freeze where setsAside:
      let value = "left(CAST(\(sql) AS VARCHAR), 200)"
      table.rejecting.append(
        .init(condition: "(\(sql)) IS NOT NULL", reason: "\(SQLLiteral.string(message + ": ")) || \(value)"))
    case .freeze: table.forbidden.append(.init(sql: sql, message: violation(message).message))
    }
  }

  private func violation(_ what: String) -> LoadError {
    LoadError(
      .contract, "the schema contract of '\(schemaName)' is violated: \(what)",
      hint: "Allow it with schema_contract: evolve, or correct the source.")
  }

  // MARK: Emptiness

  /// A column that must have a value, and that the source does not have.
  private func requireValues(_ table: inout ResolvedTable) throws(LoadError) {
    for column in table.schema.columns
    where !column.isNullable && column.dataType != nil && !column.name.hasPrefix("_dlt_") {
      guard let index = table.columns.firstIndex(where: { $0.name == column.name }) else {
        throw LoadError(
          .data,
          "column '\(column.name)' of table '\(table.name)' must have a value, and no row of the source has one"
        )
      }
      let message = "column '\(column.name)' of table '\(table.name)' must have a value, and a row has none"
      guard !setsAside else {
        let rejected = ResolvedTable.Rejection(
          condition: "(\(table.columns[index].sql)) IS NULL", reason: SQLLiteral.string(message))
        table.rejecting.append(rejected)
        continue
      }
      // The first argument decides the type; `error` gives any.
      table.columns[index].sql =
        "coalesce(\(table.columns[index].sql), error(\(SQLLiteral.string(NotNullFailure.mark + message))))"
    }
  }
}

/// How a failure of our own making is found again in what DuckDB says.
enum NotNullFailure {
  static let mark = "tarn: "
}

extension JSONObject {
  /// Sets the members of another object.
  mutating func merge(_ other: JSONObject) {
    for member in other.members { self[member.key] = member.value }
  }
}

extension ColumnSchema {
  /// A column for values that do not fit another.
  fileprivate static func variant(_ name: String, _ type: DataType) -> ColumnSchema {
    ColumnSchema(
      name, type, isNullable: true,
      ["variant": .bool(true), "description": .string("Variant of column \(name) generated by dlt")])
  }
}

extension FlatTable.Leaf {
  /// The type that dlt gives a column whose first value this is.
  var inferredType: DataType? {
    if let source = shape.sourceType { return source.dataType }
    var shape = shape
    for alternative in alternatives { shape.merge(alternative.shape) }
    let kinds = shape.kinds.subtracting(.null).each
    let last = FirstSight(row: .max)
    let first = kinds.min { (shape.firstSights[$0] ?? last) < (shape.firstSights[$1] ?? last) }
    guard let first else { return nil }
    return first == .timestampText ? .timestamp : ValueClass(first)?.dataType
  }
}
