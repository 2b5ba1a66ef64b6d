public import DuckDB
public import SQLText

/// What a ``ReplSession`` needs of the engine below it.
public protocol ReplEngine: Sendable {
  /// Runs one statement.
  ///
  /// - Parameters:
  ///   - statement: The statement. Positions in errors count from the beginning of its text.
  ///   - receive: Gets the columns first, then each chunk. Not called for a statement that gives no rows. When it answers
  ///     ``ReplDemand/enough``, reading ends early without an error.
  /// - Throws: What went wrong; ``describe(_:)`` is asked to put it into words.
  func run(
    _ statement: SQLStatement, receive: (ReplRows) throws -> ReplDemand
  ) async throws -> ReplOutcome

  /// Writes the rows of a query into a Parquet file.
  func export(_ statement: SQLStatement, toParquet path: String) async throws -> ReplOutcome

  /// The tables and views of the current lake whose name matches the pattern, as LIKE has it.
  func tables(matching pattern: String?) async throws -> [ReplTable]

  /// The statements that would make a table, or all tables.
  func schema(of table: String?) async throws -> [String]

  /// The versions of the current lake, oldest first.
  func snapshots() async throws -> [ReplSnapshot]

  /// The lakes of the workspace.
  func lakes() async throws -> [ReplLake]

  /// Makes a lake the one in which bare names are looked up.
  func use(_ lake: String) async throws

  /// What completion proposes. Asked at the start, and again after statements that may have changed it.
  func catalogNames() async throws -> CatalogNames

  /// How far the running statement has come, from 0 to 1; nil when nobody can tell. Called from any task.
  func progress() -> Double?

  /// Interrupts the running statement. Called from any thread; it does not wait.
  func cancel()

  /// Puts an error into words.
  func describe(_ error: any Error) -> ReplFailure
}

extension ReplEngine {
  /// Nobody can tell.
  public func progress() -> Double? { nil }

  /// Knows errors of DuckDB and of the tokenizer; others describe themselves.
  public func describe(_ error: any Error) -> ReplFailure { ReplFailure(error) }
}

/// A piece of a result.
public enum ReplRows: Sendable {
  /// The columns, before the first rows.
  case columns([Column])
  /// Rows.
  case chunk(DataChunk)
}

/// Whether more rows are wanted.
public enum ReplDemand: Sendable, Hashable {
  /// Go on.
  case more
  /// Nobody reads any more.
  case enough
}

/// What a statement did.
public struct ReplOutcome: Sendable, Hashable {
  /// How many rows it inserted, updated or deleted; nil for a statement that changes no rows.
  public var changedRows: Int?

  /// Whether it may have changed which tables, columns or schemas there are.
  public var changedCatalog: Bool

  /// Makes an outcome.
  public init(changedRows: Int? = nil, changedCatalog: Bool = false) {
    self.changedRows = changedRows
    self.changedCatalog = changedCatalog
  }
}

/// A line of `.tables`.
public struct ReplTable: Sendable, Hashable {
  /// The table's schema.
  public var schema: String
  /// The table's name.
  public var name: String
  /// `table` or `view`.
  public var kind: String
  /// How many columns it has.
  public var columnCount: Int
  /// How many rows it has, where that is known without reading it.
  public var rowCount: Int?

  /// Makes a line.
  public init(schema: String, name: String, kind: String, columnCount: Int, rowCount: Int? = nil) {
    self.schema = schema
    self.name = name
    self.kind = kind
    self.columnCount = columnCount
    self.rowCount = rowCount
  }
}

/// A line of `.snapshots`.
public struct ReplSnapshot: Sendable, Hashable {
  /// The version's number.
  public var id: Int64
  /// When it was made.
  public var time: String
  /// What it changed, in short.
  public var changes: String
  /// Who made it, where that was said.
  public var author: String?
  /// Why, where that was said.
  public var message: String?

  /// Makes a line.
  public init(id: Int64, time: String, changes: String, author: String? = nil, message: String? = nil) {
    self.id = id
    self.time = time
    self.changes = changes
    self.author = author
    self.message = message
  }
}

/// A line of `.lakes`.
public struct ReplLake: Sendable, Hashable {
  /// The lake's name in the workspace.
  public var name: String
  /// What SQL calls it.
  public var alias: String
  /// What kind of catalog it has.
  public var catalog: String
  /// Where its files are.
  public var storage: String
  /// Whether bare names are looked up in it.
  public var isCurrent: Bool

  /// Makes a line.
  public init(name: String, alias: String, catalog: String, storage: String, isCurrent: Bool) {
    self.name = name
    self.alias = alias
    self.catalog = catalog
    self.storage = storage
    self.isCurrent = isCurrent
  }
}
