/// One declared load: from where, into which table, and how.
///
/// It reads as the file that people write, in dlt's words:
/// ```yaml
/// source: data/orders/*.jsonl
/// into: main/sales
/// table: orders
/// write_disposition: {disposition: merge, strategy: upsert}
/// primary_key: order_id
/// columns:
///   total: {data_type: decimal, precision: 12, scale: 2}
/// ```
public struct Load: Sendable, Hashable {
  /// Where the rows come from.
  public var source: LoadSource
  /// The lake; nil for the one that the loader is given.
  public var lake: String?
  /// The schema of the lake that the tables stand in.
  public var dataset: String
  /// The table's name as people call it; its name in the lake is made of it.
  public var table: String
  /// How the rows meet those that are there.
  public var writeDisposition: WriteDisposition
  /// The columns that tell one row from another.
  public var primaryKey: [String]
  /// The columns that tell which rows a load takes the place of.
  public var mergeKey: [String]
  /// What is known of columns beforehand, in order.
  public var columns: [ColumnHints]
  /// What may change.
  public var contract: SchemaContract
  /// How many levels below the root become tables and columns of their own; deeper values stay JSON. Nil: all.
  public var maxTableNesting: Int?
  /// Which rows are new.
  public var incremental: Incremental?
  /// What becomes of rows that cannot be read.
  public var badRows: BadRows
  /// The name that the books are kept under; nil for the dataset's name.
  public var pipeline: String?
  /// The sheet of Excel workbooks that is read; nil for the first.
  public var sheet: String?
  /// Whether the first row of a sheet names its columns.
  public var hasHeader = true
  /// How files of Parquet come in.
  public var parquet: ParquetFiles = .rewrite

  /// How files of Parquet come in.
  public enum ParquetFiles: String, Sendable, Hashable, CaseIterable {
    /// Their rows are written anew, with the loader's own columns.
    case rewrite
    /// They are copied beside the table, byte by byte, and become its own; the loader's columns are missing then. The
    /// source's files stay, and nobody but their owner removes them.
    case copy
  }

  /// What becomes of rows that cannot be read.
  public enum BadRows: String, Sendable, Hashable, CaseIterable {
    /// The load fails and names the first.
    case stop
    /// They go to a table beside, with the reason.
    case setAside = "set_aside"
  }

  public init(
    _ source: LoadSource, into dataset: String, table: String, lake: String? = nil,
    writeDisposition: WriteDisposition = .append, primaryKey: [String] = [], mergeKey: [String] = [],
    columns: [ColumnHints] = [], contract: SchemaContract = SchemaContract(), maxTableNesting: Int? = nil,
    incremental: Incremental? = nil, badRows: BadRows = .stop, pipeline: String? = nil
  ) {
    self.source = source
    self.lake = lake
    self.dataset = dataset
    self.table = table
    self.writeDisposition = writeDisposition
    self.primaryKey = primaryKey
    self.mergeKey = mergeKey
    self.columns = columns
    self.contract = contract
    self.maxTableNesting = maxTableNesting
    self.incremental = incremental
    self.badRows = badRows
    self.pipeline = pipeline
  }
}

/// What is known of one column beforehand.
public struct ColumnHints: Sendable, Hashable {
  /// The column's name, as in the source or in the lake.
  public var name: String
  /// The hints in dlt's words: `data_type`, `nullable`, `precision`, `partition`, …
  public var json: JSONObject

  public init(_ name: String, _ hints: KeyValuePairs<String, JSONValue> = [:]) {
    self.name = name
    json = JSONObject(pairs: hints)
  }

  init(name: String, json: JSONObject) {
    self.name = name
    self.json = json
  }
}

/// How new rows are told from those that have been loaded.
public struct Incremental: Sendable, Hashable {
  /// The field whose value grows, as a path: `updated_at`, `meta.time`. Nil: only files are told apart, by name, size and
  /// time of change; with a cursor they are, too.
  public var cursorPath: String?
  /// Where the first load begins, as text; nil for the beginning.
  public var initialValue: String?
  /// Where the load ends, as text; such a load keeps no state.
  public var endValue: String?
  /// How far before the last value each load begins, in seconds or units.
  public var lag: Double?

  public init(
    cursorPath: String? = nil, initialValue: String? = nil, endValue: String? = nil, lag: Double? = nil
  ) {
    self.cursorPath = cursorPath
    self.initialValue = initialValue
    self.endValue = endValue
    self.lag = lag
  }
}
