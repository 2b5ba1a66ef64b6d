internal import CSQLite

/// What SQLite refused, or could not do.
public struct SQLiteError: Error, Sendable, CustomStringConvertible {
  /// SQLite's extended result code (https://www.sqlite.org/rescode.html).
  public let code: Int32
  /// In SQLite's words, or ours. Values of parameters do not stand in it.
  public let message: String
  /// The statement, with placeholders for its values.
  public let sql: String?

  init(code: Int32, message: String, sql: String? = nil) {
    self.code = code
    self.message = message
    self.sql = sql
  }

  init(unbound what: String) {
    self.init(code: SQLITE_MISMATCH, message: "\(what) cannot be a parameter of SQLite")
  }

  /// Whether a constraint of a table was violated: UNIQUE, NOT NULL, CHECK, a foreign key.
  public var isConstraint: Bool { code & 0xFF == SQLITE_CONSTRAINT }

  /// Whether another connection held a lock for longer than was waited.
  public var isBusy: Bool { code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED }

  public var description: String { message }
}
