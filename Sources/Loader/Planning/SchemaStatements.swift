import SQLText

/// The statements that make a dataset's tables as a schema describes them.
struct SchemaStatements: Sendable {
  /// How SQL names the lake.
  let lake: String
  let dataset: String
  let present: DatasetState

  /// How SQL names a table of the dataset.
  func name(_ table: String) -> String {
    [lake, SQLIdentifier.quote(dataset), SQLIdentifier.quote(table)].joined(separator: ".")
  }

  var makeDataset: String? {
    present.hasDataset ? nil : "CREATE SCHEMA IF NOT EXISTS \(lake).\(SQLIdentifier.quote(dataset))"
  }

  /// The columns that a table will have: those of the lake, then new ones.
  func columns(of table: TableSchema) -> [(name: String, type: String)] {
    let there = present.tables[table.name] ?? []
    let new = newColumns(of: table).compactMap { column in column.sqlType.map { (column.name, $0) } }
    return there.map { ($0.name, $0.type) } + new
  }

  /// The columns that the lake does not have yet.
  func newColumns(of table: TableSchema) -> [ColumnSchema] {
    let there = Set((present.tables[table.name] ?? []).map { SQLIdentifier.folded($0.name) })
    return table.columns.filter { $0.dataType != nil && !there.contains(SQLIdentifier.folded($0.name)) }
  }

  /// What makes the table, or adds to it what it lacks.
  ///
  /// - Parameter before: the table as the schema had it.
  func make(_ table: TableSchema, before: TableSchema?) -> [String] {
    let new = newColumns(of: table)
    var statements: [String] = []
    if present.tables[table.name] == nil {
      guard !new.isEmpty else { return [] }
      let fields = new.map { column in
        "\(SQLIdentifier.quote(column.name)) \(column.sqlType ?? "VARCHAR")\(column.isNullable ? "" : " NOT NULL")"
      }
      statements.append("CREATE TABLE \(name(table.name)) (\(fields.joined(separator: ", ")))")
    } else {
      // Rows that are there have no value, so none of them can be demanded by the table; the loader sees to new ones.
      statements += new.map {
        "ALTER TABLE \(name(table.name)) ADD COLUMN \(SQLIdentifier.quote($0.name)) \($0.sqlType ?? "VARCHAR")"
      }
    }
    let isNew = present.tables[table.name] == nil
    let partitions = Self.partitions(of: table)
    if !partitions.isEmpty, isNew || before.map(Self.partitions(of:)) != partitions {
      statements.append(
        "ALTER TABLE \(name(table.name)) SET PARTITIONED BY (\(partitions.joined(separator: ", ")))")
    }
    let order = Self.order(of: table)
    if !order.isEmpty, isNew || before.map(Self.order(of:)) != order {
      statements.append("ALTER TABLE \(name(table.name)) SET SORTED BY (\(order.joined(separator: ", ")))")
    }
    return statements
  }

  /// What the table is partitioned by: columns, or what is made of them (`"partition": "day"`, `"bucket(8)"`).
  static func partitions(of table: TableSchema) -> [String] {
    table.columns.filter { $0.has("partition") && $0.dataType != nil }.map { column in
      let name = SQLIdentifier.quote(column.name)
      guard let transform = column.json["partition"]?.string else { return name }
      if transform.hasPrefix("bucket("), let count = Int(transform.dropFirst(7).dropLast()) {
        return "bucket(\(count), \(name))"
      }
      return ["year", "month", "day", "hour"].contains(transform) ? "\(transform)(\(name))" : name
    }
  }

  /// What rows of one partition have in common, as expressions on a row: the value of a column, or the year, month, day or
  /// hour in which its time lies. Narrower than DuckLake's partitions by month or day, which are those of all years.
  ///
  /// - Throws: ``LoadError`` with code `declaration` when the table has no such partitions.
  static func periods(of table: TableSchema) throws(LoadError) -> [String] {
    var periods: [String] = []
    for column in table.columns where column.has("partition") && column.dataType != nil {
      let name = SQLIdentifier.quote(column.name)
      switch column.json["partition"]?.string {
      case let unit? where ["year", "month", "day", "hour"].contains(unit):
        periods.append("date_trunc('\(unit)', \(name))")
      case let bucket? where bucket.hasPrefix("bucket("):
        throw LoadError(
          .declaration,
          "column '\(column.name)' is partitioned by \(bucket), and the rows of a bucket have nothing in common that a load could replace",
          hint: "Use merge with a merge_key.")
      default: periods.append(name)
      }
    }
    guard !periods.isEmpty else {
      throw LoadError(
        .declaration,
        "replace strategy 'partition' needs a partition hint, and table '\(table.name)' has none",
        hint: "Say which column tells the partitions: columns: {day: {partition: true}}")
    }
    return periods
  }

  /// What the table's files are sorted by; `cluster` asks for the same.
  static func order(of table: TableSchema) -> [String] {
    table.columns.filter { ($0.has("sort") || $0.has("cluster")) && $0.dataType != nil }.map { column in
      let name = SQLIdentifier.quote(column.name)
      return column.json["sort"]?.string?.lowercased() == "desc" ? "\(name) DESC" : "\(name) ASC"
    }
  }
}
