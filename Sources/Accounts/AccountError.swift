/// What a workspace refused.
public struct AccountError: Error, Sendable, CustomStringConvertible {
  /// What kind of error it is. More may come.
  public struct Code: Sendable, Hashable {
    private enum Kind { case notFound, exists, invalid, changed }

    private let kind: Kind

    public static let notFound = Code(kind: .notFound)
    /// What was to be new is there already.
    public static let exists = Code(kind: .exists)
    /// A name, path or value that cannot be.
    public static let invalid = Code(kind: .invalid)
    /// What was to be changed is no longer what its sender has seen.
    public static let changed = Code(kind: .changed)
  }

  public let code: Code
  /// One line, safe to show: no value of a secret stands in it.
  public let message: String
  public let hint: String?

  init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  public var description: String { hint.map { "\(message). \($0)" } ?? message }
}
