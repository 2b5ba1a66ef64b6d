import LakeSettings
import SQLText
import Yams

extension RESTAuthentication {
  private static let kinds = ["bearer", "http_basic", "api_key", "oauth2_client_credentials"]

  /// Reads `auth:` of a mapping.
  static func read(_ owner: DeclarationReader) throws(RESTSourceError) -> RESTAuthentication? {
    guard let node = owner.node("auth") else { return nil }
    if case .scalar(let scalar) = node {
      throw owner.error(
        "needs to say where the secret is", hint: "Write auth: {type: \(known(scalar.string)), …_env: NAME}",
        at: "auth")
    }
    guard let reader = try owner.reader("auth") else { return nil }
    let type = try reader.text("type") ?? "bearer"
    switch type {
    case "bearer":
      try reader.allowOnly(["type", "token_env", "token_file"])
      return .bearer(token: try reader.requiredSecret("token"))
    case "http_basic":
      try reader.allowOnly([
        "type", "username", "username_env", "username_file", "password_env", "password_file",
      ])
      return .basic(
        username: try reader.openSecret("username"), password: try reader.requiredSecret("password"))
    case "api_key":
      try reader.allowOnly(["type", "name", "api_key_env", "api_key_file", "location"])
      // dlt calls the query by two names.
      let location: RESTKeyLocation? =
        try reader.text("location") == "param" ? .query : try reader.word("location", RESTKeyLocation.self)
      return .apiKey(
        name: try reader.text("name") ?? "Authorization", key: try reader.requiredSecret("api_key"),
        location: location ?? .header)
    case "oauth2_client_credentials":
      return .oauth2ClientCredentials(try clientCredentials(reader))
    default:
      let near = NearestName.suggestion(for: type, among: kinds)
      throw reader.error(
        "cannot be '\(type)'",
        hint: near.map { "Did you mean '\($0)'?" } ?? "It is one of \(kinds.joined(separator: ", "))",
        at: "type")
    }
  }

  private static func known(_ kind: String) -> String { kinds.contains(kind) ? kind : "bearer" }

  private static func clientCredentials(_ reader: DeclarationReader) throws(RESTSourceError)
    -> RESTClientCredentials
  {
    try reader.allowOnly([
      "type", "access_token_url", "client_id", "client_id_env", "client_id_file", "client_secret_env",
      "client_secret_file", "access_token_request_data", "default_token_expiration", "access_token_env",
      "access_token_file",
    ])
    let url = try reader.requiredText("access_token_url")
    guard let origin = Origin(url: url), !origin.hasCredentials else {
      throw reader.error(
        "must be an http:// or https:// URL without user and password", at: "access_token_url")
    }
    var credentials = RESTClientCredentials(
      tokenURL: url, clientID: try reader.openSecret("client_id"),
      clientSecret: try reader.requiredSecret("client_secret"))
    if let data = try reader.value("access_token_request_data") {
      guard let members = data.members, members.allSatisfy({ $0.value.plainText != nil }) else {
        throw reader.error("must be a list of `key: text` lines", at: "access_token_request_data")
      }
      if let secret = members.first(where: { SensitiveNames.isSensitive($0.key) }) {
        throw reader.error(
          "holds '\(secret.key)', a secret that may not stand in this file", at: "access_token_request_data")
      }
      credentials.requestData = members
    }
    if let expiration = try reader.duration("default_token_expiration") {
      credentials.defaultExpiration = expiration
    }
    credentials.accessToken = try reader.secret("access_token")
    return credentials
  }
}

extension DeclarationReader {
  /// A value that may stand in the open.
  fileprivate func openSecret(_ key: String) throws(RESTSourceError) -> RESTSecret {
    if let text = try text(key), !RESTSecretPlace.isReference(text) { return .plain(text) }
    if let secret = try secret(key) { return secret }
    throw error("needs `\(key):` or `\(key)_env:`")
  }
}
