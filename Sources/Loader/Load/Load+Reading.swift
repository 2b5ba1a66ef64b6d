extension Load {
  /// The keys of a declared load.
  public static let keys = [
    "source", "format", "sheet", "header", "into", "table", "write_disposition", "primary_key", "merge_key",
    "columns",
    "schema_contract", "max_table_nesting", "incremental", "bad_rows", "parquet", "pipeline",
  ]
  private static let columnKeys = [
    "data_type", "nullable", "precision", "scale", "timezone", "partition", "cluster", "sort", "unique",
    "primary_key", "merge_key", "hard_delete", "dedup_sort", "description",
  ]

  /// Reads a declared load from the document that people write.
  ///
  /// - Parameters:
  ///   - document: an object with the keys of a declared load.
  ///   - source: where the rows come from, when that has been found out; the document's `source` is not read then.
  ///   - table: the table's name, where the document does not tell it.
  /// - Throws: ``LoadError`` with code `declaration` that names what is wrong.
  public init(_ document: JSONValue, source: LoadSource? = nil, table: String? = nil) throws {
    let reader = try DeclarationReader(document, "a load", keys: Self.keys)
    var from: LoadSource
    if let source {
      from = source
    } else {
      let paths = try reader.texts("source")
      guard !paths.isEmpty else {
        throw LoadError(
          .declaration, "a load needs a source", hint: "Write source: data/orders/*.jsonl", key: "source")
      }
      from = .files(paths)
    }
    if case .files(let paths, nil) = from { from = .files(paths, format: try reader.word("format")) }
    let target = try reader.text("into") ?? "main"
    let parts = target.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw LoadError(
        .declaration, "into cannot be '\(target)'", hint: "Write a schema, or LAKE/SCHEMA.", key: "into")
    }
    self.init(
      from, into: parts[parts.count - 1],
      table: try reader.text("table") ?? table ?? Self.tableName(of: from.paths.first ?? "data"),
      lake: parts.count == 2 ? parts[0] : nil,
      writeDisposition: try reader.object["write_disposition"].map { value in
        try DeclarationReader.below("write_disposition") { try WriteDisposition(value) }
      } ?? .append,
      primaryKey: try reader.texts("primary_key"), mergeKey: try reader.texts("merge_key"),
      columns: try DeclarationReader.below("columns") { try Self.columns(reader.object["columns"]) },
      contract: try reader.object["schema_contract"].map { value in
        try DeclarationReader.below("schema_contract") { try SchemaContract(value) }
      } ?? SchemaContract(),
      maxTableNesting: try reader.integer("max_table_nesting"),
      incremental: try reader.object["incremental"].flatMap { value in
        value == .bool(false) || value == .null
          ? nil : try DeclarationReader.below("incremental") { try Incremental(value) }
      },
      badRows: try reader.word("bad_rows") ?? .stop, pipeline: try reader.text("pipeline"))
    sheet = try reader.text("sheet")
    hasHeader = try reader.flag("header") ?? true
    parquet = try reader.word("parquet") ?? .rewrite
  }

  private static func columns(_ value: JSONValue?) throws -> [ColumnHints] {
    guard let value, value != .null else { return [] }
    return try DeclarationReader(value, "columns", keys: nil).object.members.map { member in
      try DeclarationReader.below(member.key) {
        let extensions = member.value.object?.keys.filter { $0.hasPrefix("x-") } ?? []
        let hints = try DeclarationReader(
          member.value, "columns.\(member.key)", keys: columnKeys + extensions)
        if let text = try hints.text("data_type") {
          _ = try DeclarationReader.word(text, of: "data_type") as DataType
        }
        return ColumnHints(name: member.key, json: hints.object)
      }
    }
  }

  /// The table that a path's rows go into when nobody says it: `data/orders/*.jsonl` loads `orders`, and so does
  /// `data/orders.jsonl.gz`.
  public static func tableName(of path: String) -> String {
    let parts = path.split(separator: "/").map(String.init)
    let plain = parts.last { !$0.contains("*") && !$0.contains("?") && !$0.contains("[") } ?? "data"
    return plain.split(separator: ".").first.map(String.init) ?? plain
  }
}

extension Incremental {
  init(_ value: JSONValue) throws(LoadError) {
    if let path = value.string {
      self.init(cursorPath: path)
      return
    }
    if value == .bool(true) {
      self.init()
      return
    }
    let reader = try DeclarationReader(
      value, "incremental", keys: ["cursor_path", "initial_value", "end_value", "lag"])
    self.init(
      cursorPath: try reader.text("cursor_path"), initialValue: try reader.text("initial_value"),
      endValue: try reader.text("end_value"),
      lag: try reader.text("lag").flatMap(Double.init))
  }
}
