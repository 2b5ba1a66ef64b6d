public import DuckDB

/// Writes one result, chunk by chunk, in one format.
///
/// Call `begin` once, `write` for each chunk, then `end` once. Nothing is flushed before `end`, except when the output's
/// buffer is full.
public protocol ResultWriter {
  /// Starts a result.
  ///
  /// - Throws: ``OutputError`` when the output does not take it; the same for the other two.
  mutating func begin(columns: [Column]) throws

  /// Adds the rows of a chunk, which has the columns that `begin` was given.
  mutating func write(_ chunk: DataChunk) throws

  /// Ends the result and flushes the output.
  mutating func end(_ summary: ResultSummary) throws
}

/// What is known about a result once all of its rows were read.
public struct ResultSummary: Sendable, Hashable {
  /// How many rows were written.
  public var rowCount: Int

  /// How many rows the statement changed, for one that changes rows.
  public var changedRows: Int?

  /// Makes a summary.
  public init(rowCount: Int, changedRows: Int? = nil) {
    self.rowCount = rowCount
    self.changedRows = changedRows
  }
}

/// How rows are written.
public enum OutputFormat: String, Sendable, Hashable, CaseIterable {
  /// Boxes and aligned columns, for people.
  case table
  /// Comma-separated values with a header, quoted as RFC 4180 has it.
  case csv
  /// One JSON array of objects.
  case json
  /// One JSON object on each line.
  case ndjson
  /// A Markdown table.
  case markdown
  /// One column on each line, for rows with many columns.
  case line

  /// A writer for one result.
  ///
  /// - Parameters:
  ///   - output: Where to. Each writer of one output is made after the one before has ended.
  ///   - options: What the formats for people may use.
  public func makeWriter(to output: ByteOutput, options: ResultOptions = ResultOptions()) -> any ResultWriter
  {
    switch self {
    case .table: TableWriter(output, options: options)
    case .csv: CSVWriter(output)
    case .json: JSONWriter(output, layout: .array)
    case .ndjson: JSONWriter(output, layout: .lines)
    case .markdown: MarkdownWriter(output)
    case .line: LineWriter(output, options: options)
    }
  }
}

/// What the formats for people may use.
public struct ResultOptions: Sendable, Hashable {
  /// How wide a table may be; nil for no limit.
  public var width: Int?

  /// How many rows a table shows, half of them from its beginning and half from its end; nil for all.
  public var rowLimit: Int?

  /// How many lines a value in a table may take; nil for all.
  public var valueLineLimit: Int?

  /// Colours and weights.
  public var style: TextStyle

  /// How many rows a table on a terminal shows.
  public static let defaultRowLimit = 40

  /// Makes options. As they are, everything is shown, without colours.
  public init(
    width: Int? = nil, rowLimit: Int? = nil, valueLineLimit: Int? = nil, style: TextStyle = .plain
  ) {
    self.width = width
    self.rowLimit = rowLimit
    self.valueLineLimit = valueLineLimit
    self.style = style
  }

  /// What suits a terminal or a file: on a terminal its width and 40 rows, else everything.
  public init(for terminal: TerminalInfo) {
    guard terminal.isTerminal else {
      self.init()
      return
    }
    self.init(
      width: terminal.width, rowLimit: ResultOptions.defaultRowLimit, valueLineLimit: 10,
      style: terminal.style)
  }
}

extension LogicalType {
  /// Numbers stand on the right, so that their digits line up.
  var alignment: Alignment {
    switch base {
    case .tinyInt, .smallInt, .integer, .bigInt, .hugeInt, .uTinyInt, .uSmallInt, .uInteger, .uBigInt,
      .uHugeInt,
      .bigNum, .float, .double, .decimal:
      .right
    default: .left
    }
  }
}
