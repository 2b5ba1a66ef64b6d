internal import PostgreSQL
internal import SQLite

/// What the store refused, or why it cannot be used.
public struct StoreError: Error, Sendable, CustomStringConvertible {
  /// What kind of error it is. More may come.
  public struct Code: Sendable, Hashable {
    private enum Kind { case unavailable, constraint, transient, newer, corrupt, statement }

    private let kind: Kind

    /// The database cannot be reached or opened.
    public static let unavailable = Code(kind: .unavailable)
    /// A rule of a table was violated: what was to be new is there already, or what it belongs to is not.
    public static let constraint = Code(kind: .constraint)
    /// Others were in the way; trying again may do.
    public static let transient = Code(kind: .transient)
    /// The store was written by a newer Tarn.
    public static let newer = Code(kind: .newer)
    /// What stands in the store is not what was written there.
    public static let corrupt = Code(kind: .corrupt)
    /// A statement of ours that the database refused.
    public static let statement = Code(kind: .statement)
  }

  public let code: Code
  /// One line, safe to show: no values, no password.
  public let message: String
  /// What to do about it.
  public let hint: String?

  init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  init(_ error: SQLiteError) {
    let code: Code = error.isConstraint ? .constraint : error.isBusy ? .transient : .statement
    self.init(code, "store: \(error.message)")
  }

  init(_ error: PostgreSQLError) {
    let code: Code =
      error.isConnectionLost
      ? .unavailable : error.isConstraint ? .constraint : error.isTransient ? .transient : .statement
    self.init(code, "store: \(error.message)")
  }

  public var description: String { hint.map { "\(message). \($0)" } ?? message }
}
