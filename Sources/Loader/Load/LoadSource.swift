/// Where the rows of a load come from.
public enum LoadSource: Sendable, Hashable {
  /// Files and glob patterns; all of one kind.
  case files([String], format: FileFormat? = nil)
  /// A table or view that the engine has attached, with types of its own.
  case table(SourceTable)
  /// Files that rows were brought into for this load.
  case extracted(ExtractedRows)

  /// What is in files.
  public enum FileFormat: String, Sendable, Hashable, CaseIterable {
    /// One JSON value a line.
    case jsonl
    /// One JSON document: an array of rows, or one row.
    case json
    case csv
    case tsv
    case parquet
    case avro
    /// A sheet of a workbook.
    case excel

    /// The format that a name tells, endings of compression aside.
    public init?(path: String) {
      var name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
      // These are compressed inside, and not read in another compression.
      if name.hasSuffix(".avro") {
        self = .avro
        return
      }
      if name.hasSuffix(".xlsx") {
        self = .excel
        return
      }
      for ending in [".gz", ".zst"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
      switch name.split(separator: ".").last {
      case "jsonl", "ndjson": self = .jsonl
      case "json": self = .json
      case "csv": self = .csv
      case "tsv", "tab": self = .tsv
      case "parquet", "pq": self = .parquet
      default: return nil
      }
    }
  }

  /// The files and patterns; none for a table.
  public var paths: [String] {
    switch self {
    case .files(let paths, _): paths
    case .table: []
    case .extracted(let rows): rows.files
    }
  }
}

/// A table or view of a database that the engine has attached, or of another lake.
public struct SourceTable: Sendable, Hashable {
  /// What SQL calls the database.
  public var database: String
  public var schema: String
  public var name: String
  /// Where the database is, for people and for telling one load from another; without a password.
  public var place: String
  /// The snapshot that is read, of a lake; nil for what is there now.
  public var snapshot: Int64?
  /// What is read instead of the table as it is; see ``Loader/reading(_:as:)``.
  var query: String?

  public init(database: String, schema: String, name: String, place: String, snapshot: Int64? = nil) {
    self.database = database
    self.schema = schema
    self.name = name
    self.place = place
    self.snapshot = snapshot
  }
}
