public import JSON

/// Keeps secrets that stand in a resource's value out of files: what has the name of a secret, or is an address with a
/// password, is written as a mask. A mask that comes back stands for what the server has.
public enum SecretMask {
  /// What stands in a file in the place of a secret.
  public static let text = "$kept"

  /// Parts of names, without case, `_` and `-`.
  private static let names = [
    "password", "passwd", "passphrase", "secret", "token", "privatekey", "apikey", "accountkey", "sharedkey",
    "credential", "connectionstring", "accesssignature",
  ]

  /// The value with masks for secrets. References to variables and resources stay: they are what belongs there.
  public static func masked(_ value: JSONValue) -> JSONValue { masked(value, isSecret: false) }

  private static func masked(_ value: JSONValue, isSecret: Bool) -> JSONValue {
    switch value {
    case .object(let object):
      .object(
        JSONObject(
          object.members.map {
            .init(key: $0.key, value: masked($0.value, isSecret: isSecret || isName($0.key)))
          }))
    case .array(let elements): .array(elements.map { masked($0, isSecret: isSecret) })
    case .string(let string):
      !isReference(string) && (isSecret || hasPassword(string)) ? .string(text) : value
    case .number: isSecret ? .string(text) : value
    case .null, .bool: value
    }
  }

  /// The value with what stood at the same places in the places of masks.
  ///
  /// - Parameters:
  ///   - value: as a file has it.
  ///   - known: what the server has; nil for nothing.
  /// - Returns: the value, and the places (`a.b[0]`) for which nothing is known; empty text stands there.
  public static func filled(_ value: JSONValue, from known: JSONValue?) -> (
    value: JSONValue, missing: [String]
  ) {
    var missing: [String] = []
    let filled = filled(value, from: known, at: "", &missing)
    return (filled, missing)
  }

  private static func filled(
    _ value: JSONValue, from known: JSONValue?, at place: String, _ missing: inout [String]
  ) -> JSONValue {
    switch value {
    case .object(let object):
      return .object(
        JSONObject(
          object.members.map { member in
            let inner = place.isEmpty ? member.key : "\(place).\(member.key)"
            return .init(
              key: member.key,
              value: filled(member.value, from: known?.object?[member.key], at: inner, &missing))
          }))
    case .array(let elements):
      let others = known?.array ?? []
      return .array(
        elements.enumerated().map { index, element in
          filled(
            element, from: index < others.count ? others[index] : nil, at: "\(place)[\(index)]", &missing)
        })
    case .string(text):
      switch known {
      case .string, .number: return known ?? .null
      default:
        missing.append(place)
        return .string("")
      }
    default: return value
    }
  }

  private static func isName(_ key: String) -> Bool {
    let plain = key.lowercased().filter { $0 != "_" && $0 != "-" }
    return names.contains { plain.contains($0) }
  }

  private static func isReference(_ text: String) -> Bool {
    text.hasPrefix("$var:") || text.hasPrefix("$res:")
  }

  /// `postgresql://user:password@host/`.
  private static func hasPassword(_ text: String) -> Bool {
    guard let start = text.firstRange(of: "://") else { return false }
    let authority = text[start.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard let at = authority.lastIndex(of: "@") else { return false }
    return authority[..<at].contains(":")
  }
}
