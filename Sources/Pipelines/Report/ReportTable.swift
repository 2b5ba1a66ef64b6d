/// The result of a section's statement, as plain values.
public struct ReportTable: Sendable, Hashable {
  /// One value.
  public struct Cell: Sendable, Hashable {
    /// The value as DuckDB prints it.
    public let text: String
    /// The value as a number, when its type is a number's.
    public let number: Double?
    /// Whether it is NULL.
    public let isNull: Bool

    /// A value.
    ///
    /// - Parameters:
    ///   - text: the value as DuckDB prints it.
    ///   - number: the value as a number; nil for anything else, also for text that spells a number.
    public init(_ text: String, number: Double? = nil) {
      self.text = text
      self.number = number
      isNull = false
    }

    private init() {
      text = ""
      number = nil
      isNull = true
    }

    /// No value.
    public static let null = Cell()
  }

  /// The columns' names.
  public let columns: [String]
  /// The rows; each has one cell for each column.
  public let rows: [[Cell]]
  /// How many more rows the statement returned than `rows` has.
  public let omittedRows: Int

  /// A table.
  ///
  /// - Parameters:
  ///   - columns: the columns' names.
  ///   - rows: the rows. One with fewer cells than columns counts as filled with NULL.
  ///   - omittedRows: how many rows were not fetched.
  public init(columns: [String], rows: [[Cell]], omittedRows: Int = 0) {
    self.columns = columns
    self.rows = rows.map { row in
      row.count == columns.count
        ? row : Array((row + Array(repeating: .null, count: columns.count)).prefix(columns.count))
    }
    self.omittedRows = max(0, omittedRows)
  }

  /// A column's cells.
  func cells(_ column: Int) -> [Cell] { rows.map { $0[column] } }

  /// Whether a column holds numbers: at least one, and nothing else but NULL.
  func isNumeric(_ column: Int) -> Bool {
    var any = false
    for row in rows where !row[column].isNull {
      guard row[column].number != nil else { return false }
      any = true
    }
    return any
  }
}

/// A file that a report consists of.
public struct ReportFile: Sendable, Hashable {
  /// Its path, relative to the folder that reports are written to.
  public let relativePath: String
  /// Its text.
  public let contents: String

  /// A file from path and text.
  public init(relativePath: String, contents: String) {
    self.relativePath = relativePath
    self.contents = contents
  }
}
