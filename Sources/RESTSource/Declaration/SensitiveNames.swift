/// Names whose values are secrets: of headers, of query parameters, of fields of bodies.
enum SensitiveNames {
  private static let names: Set<String> = [
    "authorization", "proxyauthorization", "cookie", "apikey", "xapikey", "token", "accesstoken", "authtoken",
    "xauthtoken", "privatetoken", "secret", "password", "passwd", "pwd", "clientsecret", "xamzsecuritytoken",
    "refreshtoken", "subscriptionkey",
  ]
  /// Names that are not only used for secrets, but for them too.
  private static let doubtfulNames: Set<String> = [
    "key", "appid", "sig", "signature", "xamzsignature", "xamzcredential", "code", "auth",
  ]

  /// Whether a value of that name may not stand in a declaration.
  static func isSensitive(_ name: String) -> Bool {
    let letters = letters(of: name)
    return names.contains(letters) || letters.hasSuffix("apikey") || letters.hasSuffix("accesstoken")
      || letters.hasSuffix("subscriptionkey")
  }

  /// Whether a value of that name is better not shown.
  static func isBetterHidden(_ name: String) -> Bool {
    isSensitive(name) || doubtfulNames.contains(letters(of: name))
  }

  /// The first name of a secret in the query of a URL or a path, unless its value is a placeholder.
  static func inQuery(of text: String) -> String? {
    guard let mark = text.firstIndex(of: "?") else { return nil }
    for pair in text[text.index(after: mark)...].split(whereSeparator: { $0 == "&" || $0 == "#" }) {
      let parts = pair.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, !parts[1].hasPrefix("{") else { continue }
      if isSensitive(String(parts[0])) { return String(parts[0]) }
    }
    return nil
  }

  /// The first name of a secret in a body, unless its value is a placeholder.
  static func inBody(_ body: JSONValue) -> String? {
    switch body {
    case .object(let members):
      for member in members {
        if isSensitive(member.key), let text = member.value.plainText, !text.isEmpty,
          RESTTemplate.placeholders(in: text).isEmpty
        {
          return member.key
        }
        if let name = inBody(member.value) { return name }
      }
      return nil
    case .list(let elements):
      for element in elements {
        if let name = inBody(element) { return name }
      }
      return nil
    case .null, .boolean, .number, .string: return nil
    }
  }

  private static func letters(of name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }
}

extension DeclarationReader {
  func openSecret(_ name: String, at key: String) -> RESTSourceError {
    error(
      "holds '\(name)', which looks like a secret and may not stand in this file",
      hint: "Use auth:, or headers with {env: NAME}; a secret in a body cannot be sent", at: key)
  }
}
