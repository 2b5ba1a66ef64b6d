import SQLText

/// All that is decided before a row is written: the tables, their columns, and the schema that will describe them.
struct LoadPlan: Sendable {
  var tables: [ResolvedTable]
  var statements: LoadStatements
  /// The schema as it will be; its version is counted up when the load is written.
  var schema: StoredSchema
  var collisions: [Flattening.Collision]
  /// The root as it is described where a load has no rows: columns come with rows.
  let rootWithoutRows: TableSchema

  /// - Parameters:
  ///   - shape: what the source has.
  ///   - schema: the schema as the lake has it, or a new one.
  ///   - present: the columns of the lake's tables: those that no loader made count, too.
  ///   - memory: what the pipeline remembers of the load's cursor.
  init(
    _ load: Load, source: SourceText, shape: Shape, schema: StoredSchema, present: [String: [LakeColumn]],
    loadID: String, memory: JSONObject? = nil
  ) throws(LoadError) {
    var schema = schema
    let rootName = SnakeCase.path(load.table)
    let hints = Self.hints(of: load)
    let rootID = Self.rootID(of: load)
    Self.describe(load, rootName, in: &schema, present: present)
    let known = schema
    rootWithoutRows = schema.table(rootName) ?? TableSchema(rootName)
    var flattening = Flattening(maxNesting: load.maxTableNesting) { table, column in
      let hint = table == rootName ? hints.first { $0.name == column } : nil
      return (known.table(table)?.column(column)?.dataType ?? hint?.dataType) == .json
    }
    let cursorPath = load.incremental?.cursorPath
    // Rows without a key are recognised as a whole.
    let hashesRows = rootID == .row || (cursorPath != nil && load.primaryKey.isEmpty)
    let readsJSON =
      source.isJSON && (source.hasBadRows || RowRelation.needsJSON(shape, hashesRows: hashesRows))
    let access =
      readsJSON
      ? Access(sql: "\(RowRelation.alias).json", isJSON: true) : Access(sql: RowRelation.alias, isJSON: false)
    flattening.flatten(shape, table: rootName, access: access)
    var resolver = TableResolver(
      contract: load.contract, schemaName: schema.name, setsAside: load.badRows == .setAside)
    let hasRootID =
      load.writeDisposition.replacesPartitions
      || load.writeDisposition.merge?.needsRootID ?? schema.propagatesRootID(of: rootName)
    tables = []
    for flat in flattening.tables {
      if let parent = flat.parent, tables[parent].isLeftOut {
        var left = ResolvedTable(flat: flat, schema: TableSchema(flat.name))
        left.isLeftOut = true
        tables.append(left)
        continue
      }
      let systemColumns =
        load.parquet == .copy
        ? []
        : flat.parent == nil
          ? [SystemColumns.loadID, SystemColumns.id].map { Self.rootColumn($0, load) }
          : ((hasRootID ? [SystemColumns.rootID] : []) + [
            SystemColumns.parentID, SystemColumns.listIndex, SystemColumns.id,
          ]).map(SystemColumns.column)
      let table = try resolver.resolve(
        flat, existing: schema.table(flat.name),
        hints: flat.parent == nil ? hints : [],
        parent: flat.parent.map { flattening.tables[$0].name }, systemColumns: systemColumns)
      tables.append(table)
      if !table.isLeftOut { schema[flat.name] = table.schema }
    }
    self.schema = schema
    collisions = flattening.collisions
    statements = LoadStatements(
      tables: tables,
      relation: readsJSON
        ? RowRelation(json: source) : RowRelation(typed: source, shape: shape, types: resolver.readTypes),
      loadID: loadID, rootID: rootID, hasRootID: hasRootID)
    if let incremental = load.incremental, let cursorPath, !tables[0].isLeftOut {
      statements.cursor = try CursorFilter(
        incremental, path: cursorPath, root: tables[0], memory: memory,
        primaryKey: load.primaryKey.map(SnakeCase.key),
        row: readsJSON ? "CAST(\(RowRelation.alias).json AS VARCHAR)" : nil)
    }
  }

  private static func rootColumn(_ name: String, _ load: Load) -> ColumnSchema {
    var column = SystemColumns.column(name)
    if name == SystemColumns.id, case .merge(.scd2(let changing)) = load.writeDisposition,
      changing.rowVersion == nil
    {
      column.json.merge(
        JSONObject(pairs: ["x-row-version": .bool(true), "unique": .bool(false), "row_key": .bool(false)]))
    }
    return column
  }

  private static func rootID(of load: Load) -> LoadStatements.RootID {
    switch load.writeDisposition.merge {
    case .scd2(let changing)?: changing.rowVersion == nil ? .row : .random
    case let strategy? where strategy.hashesKey: .key(load.primaryKey.map(SnakeCase.key))
    default: .random
    }
  }

  /// What the declared load says of columns, under their names in the lake.
  private static func hints(of load: Load) -> [ColumnSchema] {
    var hints: [ColumnSchema] = []
    func add(_ name: String, _ json: JSONObject) {
      let name = SnakeCase.key(name)
      if let index = hints.firstIndex(where: { $0.name == name }) {
        hints[index].json.merge(json)
      } else {
        var hint = ColumnSchema(json: JSONObject(pairs: ["name": .string(name)]))
        hint.json.merge(json)
        hints.append(hint)
      }
    }
    if case .merge(.scd2(let changing)) = load.writeDisposition {
      let type: JSONObject = JSONObject(pairs: ["data_type": .string("timestamp"), "nullable": .bool(true)])
      add(changing.validFrom, type)
      add(changing.validFrom, JSONObject(pairs: ["x-valid-from": .bool(true)]))
      add(changing.validTo, type)
      add(
        changing.validTo,
        JSONObject(pairs: [
          "x-valid-to": .bool(true),
          "x-active-record-timestamp": changing.activeTimestamp.map { .string($0) } ?? .null,
        ]))
    }
    if let version = load.writeDisposition.merge?.rowVersion {
      add(version, JSONObject(pairs: ["nullable": .bool(false), "x-row-version": .bool(true)]))
    }
    for column in load.columns {
      var json = column.json
      if json["data_type"] != nil, json["nullable"] == nil { json["nullable"] = .bool(true) }
      add(column.name, json)
    }
    for key in load.primaryKey {
      add(key, JSONObject(pairs: ["nullable": .bool(false), "primary_key": .bool(true)]))
    }
    for key in load.mergeKey {
      add(key, JSONObject(pairs: ["nullable": .bool(false), "merge_key": .bool(true)]))
    }
    return hints
  }

  /// Writes into the schema what the load says of the root table.
  private static func describe(
    _ load: Load, _ rootName: String, in schema: inout StoredSchema, present: [String: [LakeColumn]]
  ) {
    var root = schema.table(rootName) ?? TableSchema(rootName)
    root.json["write_disposition"] = .string(load.writeDisposition.word)
    root.json["resource"] = root.json["resource"] ?? .string(rootName)
    if let strategy = load.writeDisposition.merge {
      if strategy.word != "delete-insert" || root.json["x-merge-strategy"] != nil {
        root.json["x-merge-strategy"] = .string(strategy.word)
      }
      switch strategy {
      case .upsert(let options) where options.skipsUnchangedRows,
        .cdc(let options) where options.skipsUnchangedRows:
        root.json["x-merge-skip-unchanged-rows"] = .bool(true)
      default: break
      }
      if strategy.needsRootID { schema.propagateRootID(of: rootName) }
    }
    if load.writeDisposition.replacesPartitions { schema.propagateRootID(of: rootName) }
    if let nesting = load.maxTableNesting {
      var normalizer = root.json["x-normalizer"]?.object ?? JSONObject()
      normalizer["max_nesting"] = .int(nesting)
      root.json["x-normalizer"] = .object(normalizer)
    }
    if root.columns.isEmpty, root.hasSeenData == false, schema.table(rootName) == nil {
      // A table that no loader made: its columns are those that the lake has.
      for column in present[rootName] ?? [] { root.columns.append(column.asSchema) }
      root.hasSeenData = !(present[rootName] ?? []).isEmpty
    }
    schema[rootName] = root
  }
}

/// A column of a table as the lake has it.
struct LakeColumn: Sendable, Hashable {
  let name: String
  let type: String
  let isNullable: Bool

  /// The column in a schema's words.
  var asSchema: ColumnSchema {
    var column = ColumnSchema(name, DataType(sqlType: type), isNullable: isNullable)
    let numbers = type.split { !$0.isNumber }.compactMap { Int($0) }
    if type.hasPrefix("DECIMAL"), numbers.count == 2, column.dataType == .decimal {
      column.json["precision"] = .int(numbers[0])
      column.json["scale"] = .int(numbers[1])
    }
    if column.dataType == .timestamp, type != "TIMESTAMP WITH TIME ZONE" {
      column.json["timezone"] = .bool(false)
    }
    let bits = ["TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "HUGEINT": 128]
    if let width = bits[type] { column.json["precision"] = .int(width) }
    return column
  }
}

extension StoredSchema {
  private var propagated: JSONObject {
    normalizerConfiguration["propagation"]?.object?["tables"]?.object ?? JSONObject()
  }

  /// Whether rows of the tables below a root name the root's row.
  func propagatesRootID(of root: String) -> Bool { propagated[root] != nil }

  /// Makes rows of the tables below a root name the root's row from now on.
  mutating func propagateRootID(of root: String) {
    var tables = propagated
    guard tables[root] == nil else { return }
    tables[root] = .object(JSONObject(pairs: [SystemColumns.id: .string(SystemColumns.rootID)]))
    var propagation = normalizerConfiguration["propagation"]?.object ?? JSONObject()
    propagation["tables"] = .object(tables)
    normalizerConfiguration["propagation"] = .object(propagation)
  }
}
