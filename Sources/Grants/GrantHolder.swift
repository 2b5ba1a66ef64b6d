/// Who holds a grant: `u/ann`, `g/analysts`, `role/operator`.
public struct GrantHolder: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case user = "u"
    case group = "g"
    case role
  }

  public let kind: Kind
  public let name: String

  public init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// - Parameter text: `u/NAME`, `g/NAME` or `role/NAME`.
  /// - Throws: ``GrantError`` that says how to write it.
  public init(parsing text: String) throws(GrantError) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), !parts[1].isEmpty,
      !parts[1].contains("/")
    else { throw GrantError("'\(text.prefix(100))' is nobody; write u/USERNAME, g/GROUP or role/ROLE") }
    self.init(kind, String(parts[1]))
  }

  public var text: String { "\(kind.rawValue)/\(name)" }
}
