/// Why a key or a secret cannot be used.
public struct SecretsError: Error, Sendable, CustomStringConvertible {
  /// One line, without any secret.
  public let message: String
  public let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  public var description: String { hint.map { "\(message). \($0)" } ?? message }
}
