public import SQLText

/// What the head of a statement says: its verb, what it writes, and the queries inside it.
///
/// Read by tokens, never by regular expression, and without DuckDB: INSERT, UPDATE, DELETE and MERGE give their
/// tables to no parser but the binder, and that needs the tables to exist.
public struct StatementHead: Sendable, Hashable {
  /// The kind of statement.
  public enum Verb: String, Sendable, Hashable {
    /// Any query: SELECT, FROM, VALUES, TABLE, PIVOT, DESCRIBE, SUMMARIZE.
    case select
    /// INSERT.
    case insert
    /// CREATE of anything.
    case create
    /// ALTER, COMMENT ON.
    case alter
    /// DROP.
    case drop
    /// UPDATE.
    case update
    /// DELETE.
    case delete
    /// TRUNCATE.
    case truncate
    /// MERGE INTO.
    case merge
    /// COPY … FROM a file.
    case copyFrom
    /// COPY … TO a file.
    case copyTo
    /// CALL.
    case call
    /// EXPLAIN of another statement.
    case explain
    /// SHOW.
    case show
    /// ATTACH.
    case attach
    /// DETACH.
    case detach
    /// USE.
    case use
    /// SET, RESET.
    case set
    /// PRAGMA.
    case pragma
    /// BEGIN, COMMIT, ROLLBACK and their other spellings.
    case transaction
    /// Anything else.
    case other
  }

  /// What a statement does to its target.
  public enum Access: String, Sendable, Hashable, CaseIterable {
    /// Makes it, or leaves what is there (IF NOT EXISTS).
    case create
    /// Makes it anew in any case (OR REPLACE).
    case replace
    /// Adds rows.
    case insert
    /// Changes its definition or comment.
    case alter
    /// Removes it.
    case drop
    /// Changes rows.
    case update
    /// Removes rows.
    case delete
  }

  /// The kind of object that a target is.
  public enum ObjectKind: String, Sendable, Hashable {
    /// A table.
    case table
    /// A view.
    case view
    /// A macro, also called a function.
    case macro
    /// A schema.
    case schema
  }

  /// One thing that the statement writes.
  public struct Target: Sendable, Hashable {
    /// The name as written.
    public let name: SQLName
    /// What happens to it.
    public let access: Access
    /// What it is.
    public let object: ObjectKind
    /// Whether it is TEMP, gone with the connection.
    public let isTemporary: Bool
  }

  /// A file that the statement's own clauses name: `COPY … FROM 'f'`, `COPY … TO 'f'`.
  public struct File: Sendable, Hashable {
    /// The path as the statement gives it.
    public let path: FilePath
    /// Whether the statement writes it.
    public let isWritten: Bool
    /// The line, 1-based.
    public let line: Int
    /// The column, 1-based.
    public let column: Int
  }

  /// The kind of statement. PREPARE has the verb of what it prepares.
  public internal(set) var verb: Verb

  /// What the statement writes, in order of appearance. Empty for `EXPLAIN` without `ANALYZE`.
  public internal(set) var targets: [Target] = []

  /// The queries inside, to be handed to DuckDB's parser.
  public internal(set) var selectParts: [SelectPart] = []

  /// Tables that the head itself reads: `COPY t TO 'f'`, `ALTER TABLE t RENAME TO u`.
  public internal(set) var sources: [SQLName] = []

  /// Files in the statement's own clauses; files inside queries are found with the tables.
  public internal(set) var files: [File] = []

  /// Function calls outside the select parts (`CALL f(…)`, expressions of SET and WHEN clauses).
  var calls: [CallMention] = []

  /// Reads a statement's head.
  /// - Parameter statement: One statement of a script.
  /// - Returns: The head; `other` with nothing in it where the statement is of no interest to lineage.
  public static func read(_ statement: SQLStatement) -> StatementHead {
    var reader = StatementHeadReader(statement)
    return reader.read()
  }
}

/// A file's path in a statement.
public enum FilePath: Sendable, Hashable {
  /// A constant.
  case literal(String)
  /// A script argument: the path is known when its value is.
  case parameter(String)
  /// An expression: known at run time only.
  case unknown
}
