/// What went wrong with a load, told so that the reader knows what to do.
///
/// ``description`` is one line, safe to show.
public struct LoadError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure. Open: new codes may come.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    let text: String
    public var description: String { text }

    /// The declared load says something that cannot be meant.
    public static let declaration = Code(text: "declaration")
    /// The source is not there or cannot be read.
    public static let source = Code(text: "source")
    /// A row of the source does not fit.
    public static let data = Code(text: "data")
    /// A schema contract forbids what the rows need.
    public static let contract = Code(text: "contract")
    /// What the lake holds is not what the loader expects there.
    public static let destination = Code(text: "destination")
  }

  public let code: Code
  /// What was wrong, and where, in one line.
  public let message: String
  /// What to do about it.
  public let hint: String?
  /// Which key of a declared load it is about, such as `columns.total.data_type`; nil for none, or the whole.
  public let key: String?

  public init(_ code: Code, _ message: String, hint: String? = nil, key: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
    self.key = key
  }

  /// The same error in a part of a declared load that stands below a key.
  func below(_ key: String) -> LoadError {
    LoadError(code, message, hint: hint, key: self.key.map { "\(key).\($0)" } ?? key)
  }

  public var description: String {
    guard let hint else { return message }
    return message + (message.hasSuffix(".") || message.hasSuffix("?") ? " " : ". ") + hint
  }
}
