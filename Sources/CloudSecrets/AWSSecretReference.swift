/// Names a secret of AWS Secrets Manager: `aws-secretsmanager:NAME-OR-ARN`, with `#KEY` for a member of one that is a JSON
/// object.
public struct AWSSecretReference: Sendable, Hashable {
  /// A name or an ARN.
  public let id: String
  /// The member that is meant; nil for the whole.
  public let member: String?

  private static let scheme = "aws-secretsmanager:"

  /// - Returns: nil for a text of another kind.
  /// - Throws: ``CloudSecretError`` for one that names no secret.
  public init?(_ text: String) throws(CloudSecretError) {
    guard text.hasPrefix(Self.scheme) else { return nil }
    let parts = text.dropFirst(Self.scheme.count).split(
      separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, !name.isEmpty, name.utf8.count <= 2048, parts.last?.isEmpty == false,
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw CloudSecretError(
        "'\(text.prefix(200))' names no secret", hint: "Write aws-secretsmanager:NAME, or …:NAME#KEY.")
    }
    id = String(name)
    member = parts.count == 2 ? String(parts[1]) : nil
  }

  /// The region that an ARN names: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`.
  var region: String? {
    let parts = id.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count >= 7 && parts[0] == "arn" && !parts[3].isEmpty ? String(parts[3]) : nil
  }
}

/// Why a secret of a cloud cannot be had.
public struct CloudSecretError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One line, without any secret.
  public let message: String
  public let hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }

  public var description: String { hint.map { "\(message). \($0)" } ?? message }
}
