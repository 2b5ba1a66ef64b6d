/// The loader's own columns in tables of data.
enum SystemColumns {
  static let id = "_dlt_id"
  static let loadID = "_dlt_load_id"
  static let rootID = "_dlt_root_id"
  static let parentID = "_dlt_parent_id"
  static let listIndex = "_dlt_list_idx"
  /// Where the elements of a list of plain values go.
  static let value = "value"

  static let notNull = [id, rootID, parentID, listIndex, loadID]

  /// One of them, as the schema describes it in a table of data.
  static func column(_ name: String) -> ColumnSchema {
    switch name {
    case id: ColumnSchema(name, .text, isNullable: false, ["unique": .bool(true), "row_key": .bool(true)])
    case parentID: ColumnSchema(name, .text, isNullable: false, ["parent_key": .bool(true)])
    case rootID: ColumnSchema(name, .text, isNullable: false, ["root_key": .bool(true)])
    case listIndex: ColumnSchema(name, .bigint, isNullable: false)
    default: ColumnSchema(name, .text, isNullable: false)
    }
  }
}

/// The tables in which the loader keeps books, in each dataset.
enum SystemTables {
  static let versionName = "_dlt_version"
  static let loadsName = "_dlt_loads"
  static let stateName = "_dlt_pipeline_state"

  static let version = skipped(
    versionName, "Created by DLT. Tracks schema updates",
    [
      described(
        "version", .bigint, "Numeric version of the schema, incremented on each schema change"),
      described("engine_version", .bigint, "Version of the dlt schema engine that created this schema"),
      described("inserted_at", .timestamp, "Timestamp when this schema version was stored"),
      described("schema_name", .text, "Name of the schema"),
      described("version_hash", .text, "Unique hash of the schema content, used to detect changes"),
      described("schema", .text, "JSON representation of the complete schema definition"),
    ])

  static let loads = skipped(
    loadsName, "Created by DLT. Tracks completed loads",
    [
      described("load_id", .text, precision: 64, "Unique identifier of the load operation"),
      described("schema_name", .text, isNullable: true, "Name of the schema associated with this load"),
      described("status", .bigint, "Status of the load operation (0 = success)"),
      described("inserted_at", .timestamp, "Timestamp when the load was completed"),
      described(
        "schema_version_hash", .text, isNullable: true, "Hash of the schema version used during this load"),
    ])

  static let state: TableSchema = {
    var table = TableSchema(
      stateName,
      columns: [
        described("version", .bigint, "Numeric version of the pipeline state"),
        described("engine_version", .bigint, "Version of the dlt state engine"),
        described("pipeline_name", .text, "Name of the pipeline this state belongs to"),
        described("state", .text, "Compressed JSON representation of the pipeline state"),
        described("created_at", .timestamp, "Timestamp when this state was created"),
        described(
          "version_hash", .text, isNullable: true, "Hash of the state content, used to detect changes"),
        described(
          SystemColumns.loadID, .text, precision: 64, "Load identifier linking this row to its load operation"
        ),
        SystemColumns.column(SystemColumns.id),
      ])
    table.json["file_format"] = .string("preferred")
    table.hasSeenData = true
    return table
  }()

  private static func skipped(_ name: String, _ description: String, _ columns: [ColumnSchema]) -> TableSchema
  {
    var table = TableSchema(name, columns: columns)
    table.json["write_disposition"] = .string("skip")
    table.json["description"] = .string(description)
    return table
  }

  private static func described(
    _ name: String, _ type: DataType, precision: Int? = nil, isNullable: Bool = false, _ description: String
  ) -> ColumnSchema {
    var column = ColumnSchema(name, type, isNullable: isNullable)
    column.json["precision"] = precision.map(JSONValue.int)
    column.json["description"] = .string(description)
    return column
  }
}
