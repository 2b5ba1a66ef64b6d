import Foundation
import RESTSource
import TestKit
import Testing

@Suite struct AuthenticationTests {
  private static let secret = "hidden word+of/the=API"

  private let secrets: TemporaryFolder

  init() throws { secrets = try TemporaryFolder("secrets") }

  /// The path of a file with a secret. Not a variable: to set one while other threads read theirs crashes the process.
  private func secretFile(_ value: String = secret) throws -> String {
    let name = UUID().uuidString
    try secrets.write(value, to: name)
    return secrets[name]
  }

  @Test(arguments: [
    ("{type: bearer, token_file: $}", #"{"authorization": "Bearer hidden word+of/the=API"}"#),
    ("{token_file: $}", #"{"authorization": "Bearer hidden word+of/the=API"}"#),
    (
      "{type: http_basic, username: ada, password_file: $}",
      #"{"authorization": "Basic YWRhOmhpZGRlbiB3b3JkK29mL3RoZT1BUEk="}"#
    ),
    ("{type: api_key, name: X-Key, api_key_file: $}", #"{"x-key": "hidden word+of/the=API"}"#),
    (
      "{type: api_key, name: sid, location: cookie, api_key_file: $}",
      #"{"cookie": "sid=hidden word+of/the=API"}"#
    ),
  ])
  func secretsAreSentAndShownNowhere(auth: String, has: String) async throws {
    let api = try await TestAPI(
      """
      [{"path": "/ok", "has": \(has), "body": [{"a": 1}]},
       {"path": "/bad", "has": \(has), "status": 400,
        "body": {"echo": "\(Self.secret)", "again": "Basic YWRhOmhpZGRlbiB3b3JkK29mL3RoZT1BUEk="}}]
      """)
    let client = try "auth: " + auth.replacing("$", with: secretFile())
    #expect(try await api.read(client: client, "  - ok")[0].rows == 1)
    let error = try await api.failure(client: client, "  - bad")
    #expect(error.status == 400)
    #expect(!"\(error)\(String(reflecting: error))".contains("hidden word"), "\(error)")
    #expect(!auth.contains("basic") || !"\(error)".contains("YWRhOm"), "\(error)")
    #expect(error.description.contains("***"))
  }

  @Test func aKeyInTheQueryIsMaskedInURLs() async throws {
    let api = try await TestAPI(
      #"[{"path": "/ok", "query": {"appid": "hidden word+of/the=API", "q": "1"}, "body": [{"a": 1}]}]"#)
    let client = try "auth: {type: api_key, name: appid, location: query, api_key_file: \(secretFile())}"
    #expect(try await api.read(client: client, "  - {name: ok, endpoint: {params: {q: 1}}}")[0].rows == 1)
    let error = try await api.failure(client: client, "  - bad")
    #expect(error.url == "\(api.base)/bad")
    #expect(!error.description.contains("hidden"), "\(error)")
    // Next links repeat the key; it is sent once.
    let linked = try await TestAPI(
      """
      [{"path": "/ok", "query": {"page": null}, "body": {"d": [1], "next": "{here}/ok?page=2&appid=old"}},
       {"path": "/ok", "query": {"page": "2"}, "body": {"d": [2]}}]
      """)
    #expect(try await linked.read(client: client, "  - ok")[0].rows == 2)
    #expect(try await linked.targets[1] == "/ok?page=2&appid=hidden%20word%2Bof%2Fthe%3DAPI")
  }

  @Test func headersMayBeSecretsAndAnEndpointHasItsOwnAuth() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/a", "has": {"x-tenant": "hidden word+of/the=API", "authorization": "Bearer one", "x-open": "o"}},
       {"path": "/b", "has": {"authorization": "Bearer two"}}]
      """)
    let client = try """
    auth: {token_file: \(secretFile("one"))}
    headers: {X-Tenant: {file: \(secretFile())}, X-Open: o}
    """
    try await api.read(
      client: client, "  - a\n  - {name: b, endpoint: {auth: {token_file: \(secretFile("two"))}}}")
  }

  @Test func aSecretThatIsNotThereIsAnErrorBeforeAnyRequest() async throws {
    let api = try await TestAPI("[]")
    let error = try await api.failure(client: "auth: {token_env: TARN_TEST_NOT_SET}", "  - a")
    #expect(error.description.contains("environment variable TARN_TEST_NOT_SET is not set"))
    try api.folder.write("\n", to: "empty")
    let second = try api.declared(client: "auth: {token_file: empty}", "  - a")
    await #expect(throws: RESTSourceError.self) {
      try await RESTExtractor(second).extract(into: api.folder.path)
    }
    #expect(try await api.targets.isEmpty)
  }

  @Test func aSecretComesFromAFile() async throws {
    let api = try await TestAPI(#"[{"path": "/a", "has": {"authorization": "Bearer filed"}}]"#)
    try api.folder.write("filed\nrest", to: "secret")
    try await api.read(client: "auth: {token_file: secret}", "  - a")
  }

  // MARK: OAuth

  private static let oauth = """
    auth:
      type: oauth2_client_credentials
      access_token_url: TOKEN_URL
      client_id: me
      client_secret_file: SECRET
      access_token_request_data: {scope: read all}
    """

  private func oauth(_ api: TestAPI) throws -> String {
    try Self.oauth.replacing("TOKEN_URL", with: api.base + "/token").replacing("SECRET", with: secretFile())
  }

  @Test func aTokenIsHandedOutOnceForAllResources() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/token", "method": "POST", "body": {"access_token": "T1", "expires_in": "3600"}},
       {"path": "/a", "has": {"authorization": "Bearer T1"}}, {"path": "/b", "has": {"authorization": "Bearer T1"}}]
      """)
    try await api.read(client: oauth(api), "  - a\n  - b")
    let requests = try await api.requests
    #expect(requests.count { $0.path == "/token" } == 1)
    #expect(
      requests[0].body
        == "client_id=me&client_secret=hidden+word%2Bof%2Fthe%3DAPI&grant_type=client_credentials&scope=read+all"
    )
  }

  @Test func aRefusedTokenIsRenewedOnce() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/token", "times": 1, "body": {"access_token": "T1"}},
       {"path": "/token", "body": {"access_token": "T2"}},
       {"path": "/a", "has": {"authorization": "Bearer T2"}, "body": [{"x": 1}]},
       {"path": "/a", "status": 401, "headers": {"WWW-Authenticate": "Bearer"}}]
      """)
    #expect(try await api.read(client: oauth(api), "  - a")[0].rows == 1)
    let refusing = try await TestAPI(
      """
      [{"path": "/token", "body": {"access_token": "TOKEN9"}},
       {"path": "/a", "status": 401, "headers": {"WWW-Authenticate": "Basic realm=x"}, "body": "TOKEN9 expired"}]
      """)
    let error = try await refusing.failure(client: oauth(refusing), "  - a")
    #expect(error.status == 401)
    #expect(error.excerpt == "*** expired")
    #expect(try await refusing.targets == ["/token", "/a", "/token", "/a"])
  }

  @Test func anExpiredTokenIsRenewedBeforeItIsUsed() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/token", "times": 1, "body": {"access_token": "T1", "expires_in": 60}},
       {"path": "/token", "body": {"access_token": "T2", "expires_in": 60}},
       {"path": "/a", "has": {"authorization": "Bearer T1"}, "times": 1, "status": 503, "headers": {"Retry-After": "61"}},
       {"path": "/a", "has": {"authorization": "Bearer T2"}}]
      """)
    try await api.read(client: oauth(api), "  - a")
    #expect(try await api.targets == ["/token", "/a", "/token", "/a"])
  }

  @Test func aTokenThatIsNotHandedOutIsAnError() async throws {
    let refused = try await TestAPI(
      #"[{"path": "/token", "status": 400, "body": {"error": "invalid_client", "was": "hidden word+of/the=API"}}]"#
    )
    let error = try await refused.failure(client: oauth(refused), "  - a")
    #expect(error.description.contains("a request for a token was answered with status 400"), "\(error)")
    #expect(error.description.contains("invalid_client"))
    #expect(!error.description.contains("hidden"))
    let odd = try await TestAPI(#"[{"path": "/token", "body": {"token": "secret-one"}}]"#)
    let second = try await odd.failure(client: oauth(odd), "  - a")
    #expect(second.description.contains("has no access_token"), "\(second)")
    #expect(!second.description.contains("secret-one"))
  }

  // MARK: Other servers

  private static let key =
    "auth: {type: api_key, name: X-Key, api_key_file: $}\nheaders: {X-Two: {file: $}, X-Open: o}"

  @Test(arguments: ["next", "redirect"])
  func secretsDoNotGoToAnotherServer(by way: String) async throws {
    let first =
      way == "next"
      ? #""body": {"d": [1], "next": "{there}/b"}"# : #""status": 302, "headers": {"Location": "{there}/b"}"#
    let api = try await TestAPI(
      #"[{"path": "/a", "has": {"x-key": "k9", "x-two": "k9"}, \#(first)}, {"path": "/b", "status": 403}]"#)
    let client = try Self.key.replacing("$", with: secretFile("k9"))
    let error = try await api.failure(client: client, "  - a")
    #expect(error.description.contains("add \(api.elsewhereHost) to client.allowed_hosts"), "\(error)")
    let requests = try await api.requests
    #expect(requests[1].headers["x-key"] == nil)
    #expect(requests[1].headers["x-two"] == nil)
    #expect(requests[1].headers["x-open"] == "o")
  }

  @Test func secretsGoWhereTheDeclarationAllows() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/a", "body": {"d": [1], "next": "{there}/b"}},
       {"path": "/b", "has": {"x-key": "k9", "x-two": "k9"}, "body": {"d": [2]}}]
      """)
    let client = try Self.key.replacing("$", with: secretFile("k9"))
    let allowed = try await api.read(client: client + "\nallowed_hosts: ['\(api.elsewhereHost)']", "  - a")
    #expect(allowed[0].rows == 2)
    // A server that the declaration itself names.
    let named = try await api.read(client: client, "  - {name: b, endpoint: '\(api.elsewhere)/b'}")
    #expect(named[0].rows == 1)
  }

  @Test func aKeyThatARedirectRepeatsIsTakenOutOfIt() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/a", "status": 307, "headers": {"Location": "{there}/b?appid=hidden%20word%2Bof%2Fthe%3DAPI&x=1"}},
       {"path": "/b", "body": [1]}]
      """)
    try await api.read(
      client: "auth: {type: api_key, name: appid, location: query, api_key_file: \(secretFile())}", "  - a")
    #expect(try await api.targets[1] == "/b?x=1")
  }

  @Test func redirectsKeepOrChangeTheMethodAndEnd() async throws {
    let api = try await TestAPI(
      """
      [{"path": "/303", "method": "POST", "status": 303, "headers": {"Location": "{here}/done"}},
       {"path": "/307", "method": "POST", "status": 307, "headers": {"Location": "{here}/done"}},
       {"path": "/done", "body": [1]},
       {"path": "/loop", "status": 302, "headers": {"Location": "{here}/loop"}},
       {"path": "/file", "status": 302, "headers": {"Location": "file:///etc/passwd"}}]
      """)
    func resource(_ name: String) -> String {
      "  - {name: r, endpoint: {path: '\(name)', method: POST, json: {a: 1}}}"
    }
    try await api.read(resource("303"))
    try await api.read(resource("307"))
    let requests = try await api.requests
    #expect(requests.map(\.method) == ["POST", "GET", "POST", "POST"])
    #expect(requests.map(\.body) == [#"{"a":1}"#, "", #"{"a":1}"#, #"{"a":1}"#])
    #expect(try await api.failure("  - loop").description.contains("redirects more than 10 times"))
    #expect(
      try await api.failure("  - file").description.contains("redirects to what is no http: or https: URL"))
  }
}
