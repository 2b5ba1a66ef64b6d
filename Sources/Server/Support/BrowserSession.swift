internal import HTTPServer
internal import Secrets

/// A browser's session: a token in a cookie, which no script of a page can read and no other site's request carries.
///
/// What changes something needs a second word besides the cookie, which only our own pages know
/// (https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html, signed double submit).
struct BrowserSession: Sendable {
  /// How long one lasts, unless the token that it was begun with ends before.
  static let length = Duration.seconds(12 * 3600)
  /// What the tokens of sessions are labelled.
  static let label = "browser session"
  private static let header = "X-CSRF-Token"

  let token: BearerToken

  init(token: BearerToken) { self.token = token }

  /// The session whose cookie came with a request; nil for a request without.
  init?(of request: HTTPRequest) {
    let cookies = request.headers[all: "Cookie"].flatMap { $0.split(separator: ";") }
    let name = Self.cookie(for: request) + "="
    guard let own = cookies.lazy.map({ $0.drop { $0 == " " } }).first(where: { $0.hasPrefix(name) }),
      own.utf8.count > name.utf8.count
    else { return nil }
    token = BearerToken(String(own.dropFirst(name.count)))
  }

  /// The second word. It says nothing of the token.
  var requestToken: String { Digest.of("tarn csrf " + token.text) }

  /// - Throws: ``APIError`` with status 403 when a request that may change something is not known to be from a page of ours.
  func check(_ request: HTTPRequest) throws(APIError) {
    guard request.method != .get, request.method != .head else { return }
    try Self.requireOwnSite(request)
    guard request.headers[Self.header] == requestToken else {
      throw APIError(
        .forbidden,
        "a request with the session's cookie takes '\(Self.header)' too: GET /api/auth/session tells it")
    }
  }

  /// - Throws: ``APIError`` with status 403 for what a browser says that a page of another site has sent.
  static func requireOwnSite(_ request: HTTPRequest) throws(APIError) {
    guard let site = request.headers["Sec-Fetch-Site"], site != "same-origin" else { return }
    throw APIError(.forbidden, "this came from a page of another site")
  }

  private static func isSecure(_ request: HTTPRequest) -> Bool {
    request.isSecure || request.headers["X-Forwarded-Proto"]?.lowercased() == "https"
  }

  /// Under TLS by a name that browsers take from this very host alone.
  private static func cookie(for request: HTTPRequest) -> String {
    isSecure(request) ? "__Host-tarn_session" : "tarn_session"
  }

  /// The line that gives a browser the cookie.
  ///
  /// - Parameters:
  ///   - seconds: how long the browser keeps it; 0 takes it away.
  ///   - request: the one that is answered. Browsers keep a cookie for TLS alone when it came by that.
  func setting(for seconds: Int64, answering request: HTTPRequest) -> String {
    Self.cookie(for: request) + "=" + (seconds > 0 ? token.text : "") + "; Path=/; Max-Age=\(seconds)"
      + "; HttpOnly; SameSite=Strict" + (Self.isSecure(request) ? "; Secure" : "")
  }
}
