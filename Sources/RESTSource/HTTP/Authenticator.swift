import Foundation
import HTTPClient
import Synchronization

/// What proves to an API who sends a request.
struct Credentials: Sendable {
  var headers: [(name: String, value: String)] = []
  var query: [(name: String, value: String)] = []
  /// The token that can be renewed, for APIs that hand them out.
  var token: String?
}

/// Fetches secrets and tokens, and keeps them out of sight.
final class Authenticator: Sendable {
  private struct Token {
    var text: String
    var expires: Duration
  }

  private let fixed: Credentials
  private let credentials: ResolvedClientCredentials?
  private let clock: any RunClock
  private let redactor: Redactor
  private let token = Mutex<Token?>(nil)
  /// One renewal at a time: who waited finds the new token.
  private let renewal = Permits(1)

  /// Credentials of OAuth with their secrets.
  struct ResolvedClientCredentials: Sendable {
    var url: URL
    var fields: [(name: String, value: String)]
    var defaultExpiration: Duration
  }

  /// - Throws: ``RESTSourceError`` when a secret cannot be had.
  init(_ authentication: RESTAuthentication, clock: any RunClock, redactor: Redactor) throws(RESTSourceError)
  {
    func secret(_ source: RESTSecret) throws(RESTSourceError) -> String {
      let text = try source.resolved()
      guard !text.contains(where: \.isNewline) else {
        throw RESTSourceError(.settings, "a credential of the API has more than one line")
      }
      if case .source = source { redactor.hide(text) }
      return text
    }
    self.clock = clock
    self.redactor = redactor
    switch authentication {
    case .bearer(let token):
      fixed = Credentials(headers: [("Authorization", "Bearer \(try secret(token))")])
      credentials = nil
    case .basic(let username, let password):
      let pair = "\(try secret(username)):\(try secret(password))"
      let encoded = Data(pair.utf8).base64EncodedString()
      redactor.hide(encoded)
      fixed = Credentials(headers: [("Authorization", "Basic \(encoded)")])
      credentials = nil
    case .apiKey(let name, let key, let location):
      let key = try secret(key)
      fixed =
        switch location {
        case .header: Credentials(headers: [(name, key)])
        case .query: Credentials(query: [(name, key)])
        case .cookie: Credentials(headers: [("Cookie", "\(name)=\(key)")])
        }
      credentials = nil
    case .oauth2ClientCredentials(let settings):
      guard let url = URL(string: settings.tokenURL) else {
        throw RESTSourceError(.declaration, "access_token_url is no URL")
      }
      var fields = [
        ("client_id", try secret(settings.clientID)), ("client_secret", try secret(settings.clientSecret)),
        ("grant_type", "client_credentials"),
      ]
      fields.removeAll { field in settings.requestData.contains { $0.key == field.0 } }
      fields += settings.requestData.compactMap { member in member.value.plainText.map { (member.key, $0) } }
      fixed = Credentials()
      credentials = ResolvedClientCredentials(
        url: url, fields: fields.map { (name: $0.0, value: $0.1) },
        defaultExpiration: settings.defaultExpiration)
      if let source = settings.accessToken {
        let text = try secret(source)
        token.withLock { $0 = Token(text: text, expires: clock.now + settings.defaultExpiration) }
      }
    }
  }

  /// - Parameters:
  ///   - refused: a token that the API did not take.
  ///   - send: sends the request for a token.
  func current(
    refused: String? = nil, send: (ClientRequest) async throws -> ClientAnswer
  ) async throws -> Credentials {
    guard let credentials else { return fixed }
    try await renewal.take()
    defer { renewal.giveBack() }
    if let known = token.withLock({ $0 }), known.text != refused, known.expires > clock.now {
      return Self.bearer(known.text)
    }
    let new = try await fetch(credentials, send)
    token.withLock { $0 = new }
    return Self.bearer(new.text)
  }

  /// The query parameters that hold a key.
  var queryNames: [String] { fixed.query.map(\.name) }

  private static func bearer(_ token: String) -> Credentials {
    Credentials(headers: [("Authorization", "Bearer \(token)")], token: token)
  }

  private func fetch(
    _ credentials: ResolvedClientCredentials, _ send: (ClientRequest) async throws -> ClientAnswer
  ) async throws -> Token {
    var request = ClientRequest(url: credentials.url, method: "POST")
    request.headers = [
      ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
    ]
    request.body = URLText.form(credentials.fields)
    let answer = try await send(request)
    guard let root = try? JSONNode(document: answer.body), let text = root.member("access_token")?.string,
      !text.isEmpty, !text.contains(where: \.isNewline)
    else {
      // Not shown: it may hold a token by another name.
      throw RESTSourceError(
        .answer, "the answer to a request for a token has no access_token",
        hint: "Check access_token_url and access_token_request_data",
        url: redactor.shown(url: credentials.url))
    }
    redactor.hide(text)
    var lifetime = credentials.defaultExpiration
    if let seconds = root.member("expires_in")?.plainText.flatMap(Double.init), seconds.isFinite,
      seconds >= 0,
      seconds < 1e9
    {
      lifetime = .seconds(seconds)
    }
    // It must not expire on its way.
    return Token(text: text, expires: clock.now + lifetime - min(.seconds(10), lifetime / 10))
  }
}
