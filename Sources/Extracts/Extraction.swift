public import Loader

/// A source whose rows are read into files before a load: an API, a program.
public protocol Extraction: Sendable {
  /// What tells this source, and what is done with it, from all others: the same for an attempt and its repetition.
  var identity: String { get }

  /// Reads the source.
  ///
  /// - Parameters:
  ///   - folder: where the files are made, absolute; it exists and is empty.
  ///   - loader: knows where earlier loads have come to.
  ///   - progress: called now and then, from any thread.
  /// - Returns: the tables, also those without rows.
  /// - Throws: `CancellationError`, or an error that tells in one line what is wrong with the source.
  func extract(
    into folder: String, _ loader: Loader, progress: @escaping @Sendable (ExtractProgress) -> Void
  ) async throws -> [ExtractedTable]

  /// The loads of what was read.
  ///
  /// - Parameter contents: what ``extract(into:_:progress:)`` has returned, now or for an earlier command.
  /// - Throws: `LoadError`, or an error with the line of the declaration.
  func loads(of contents: ExtractFolder.Contents) throws -> [Load]
}

/// One table as a source told it.
public struct ExtractedTable: Sendable, Hashable {
  /// What the source calls it.
  public var name: String
  /// The files, by their names in the folder; none when there were no rows.
  public var files: [String]
  /// What is in them.
  public var format: LoadSource.FileFormat
  /// How many rows they have.
  public var rows: Int
  /// What the source knows of the table, in the words of a declared load.
  public var hints: JSONObject
  /// Where the source's cursor has come to.
  public var lastValue: JSONValue?

  public init(
    _ name: String, files: [String], format: LoadSource.FileFormat, rows: Int,
    hints: JSONObject = JSONObject(),
    lastValue: JSONValue? = nil
  ) {
    self.name = name
    self.files = files
    self.format = format
    self.rows = rows
    self.hints = hints
    self.lastValue = lastValue
  }
}

/// How far the reading of a table has come.
public struct ExtractProgress: Sendable, Hashable {
  /// What the source calls it.
  public var table: String
  /// Rows so far.
  public var rows: Int
  /// Bytes of them.
  public var bytes: Int
  /// Requests sent so far; nil where there are none.
  public var requests: Int?

  public init(table: String, rows: Int, bytes: Int, requests: Int? = nil) {
    self.table = table
    self.rows = rows
    self.bytes = bytes
    self.requests = requests
  }
}
