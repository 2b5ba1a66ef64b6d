public import DuckDB

/// What went wrong with a lake or a query on it, told so that the reader knows what to do.
///
/// ``description`` is one line, safe to show: it holds no credential and no bound value.
public struct LakeError: Error, Sendable, CustomStringConvertible {
  /// The kind of failure. Open: new codes may come.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    let text: String
    public var description: String { text }

    /// The SQL is wrong, or failed while running.
    public static let query = Code(text: "query")
    /// The statement is not one that scripts may run.
    public static let refused = Code(text: "refused")
    /// Whoever runs it has no right to do this.
    public static let denied = Code(text: "denied")
    /// No lake, table or snapshot has this name.
    public static let notFound = Code(text: "not_found")
    /// Settings or options cannot be used.
    public static let settings = Code(text: "settings")
    /// Another process uses the catalog.
    public static let busy = Code(text: "busy")
    /// The catalog was written by a newer version than this one reads.
    public static let newerCatalog = Code(text: "newer_catalog")
    /// The catalog cannot be opened or reached.
    public static let catalog = Code(text: "catalog")
    /// Files cannot be read or written.
    public static let storage = Code(text: "storage")
    /// No space is left.
    public static let full = Code(text: "full")
    /// The query ran past its time limit.
    public static let timeout = Code(text: "timeout")
    /// The query needed more memory than its limit.
    public static let memory = Code(text: "memory")
    /// Another commit got in the way; running it again may help.
    public static let conflict = Code(text: "conflict")
    /// Whether a commit happened is not known: the catalog could not be asked.
    public static let uncertain = Code(text: "uncertain")
    /// The engine itself failed and must be replaced.
    public static let engine = Code(text: "engine")
    /// Parts of the installation are missing or damaged.
    public static let installation = Code(text: "installation")
  }

  public let code: Code
  /// What was wrong, in one line.
  public let message: String
  /// What to do about it.
  public let hint: String?
  /// Where in the statement, when the engine could tell: line and column, both from 1.
  public let position: SourcePosition?

  /// The same with another message.
  func told(_ change: (String) -> String) -> LakeError {
    LakeError(code, change(message), hint: hint, position: position)
  }

  public init(_ code: Code, _ message: String, hint: String? = nil, position: SourcePosition? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
    self.position = position
  }

  public var description: String {
    guard let hint else { return message }
    let separator = message.hasSuffix(".") || message.hasSuffix("?") ? " " : ". "
    return message + separator + hint
  }

  /// The same error for another position, as when a statement is part of a longer script.
  public func at(_ position: SourcePosition?) -> LakeError {
    LakeError(code, message, hint: hint, position: position)
  }
}
