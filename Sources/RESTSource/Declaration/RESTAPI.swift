/// A REST API as someone declared it, in the words of dlt's `rest_api` source: a client, and the resources to read.
///
/// ```swift
/// let api = try RESTAPI(yaml: text, folder: workspaceFolder)
/// let extracted = try await RESTExtractor(api).extract(into: folder)
/// ```
public struct RESTAPI: Sendable, Hashable {
  /// What all requests have in common.
  public var client: RESTClientSettings
  /// What is read, in the order of the declaration; the parent of a dependent resource is among them.
  public var resources: [RESTResource]

  public init(client: RESTClientSettings, resources: [RESTResource]) {
    self.client = client
    self.resources = resources
  }
}

/// What all requests to an API have in common.
public struct RESTClientSettings: Sendable, Hashable {
  /// What the paths of resources are appended to.
  public var baseURL: String
  /// Headers of every request.
  public var headers: [RESTHeader] = []
  /// How requests prove who sends them.
  public var authentication: RESTAuthentication?
  /// How answers are divided into pages, for resources that do not say it themselves; nil to find out.
  public var paginator: RESTPaginator?
  /// Hosts, such as `files.example.com` or `10.0.0.7:8080`, that may see the secrets too.
  public var allowedHosts: [String] = []
  /// How many requests may start within a time; nil without limit.
  public var rateLimit: RESTRateLimit?
  /// How many requests may be under way at the same time.
  public var maximumParallelRequests = 4
  /// How often and how patiently a request is tried.
  public var retries = RESTRetrySettings()
  /// How long everything together may take; nil without limit.
  public var timeout: Duration?
  /// How many bytes one answer may have.
  public var maximumResponseSize = 256_000_000

  public init(baseURL: String) { self.baseURL = baseURL }
}

/// A header that the declaration adds to requests.
public struct RESTHeader: Sendable, Hashable {
  /// Its value: in the open, possibly with placeholders, or a secret.
  public enum Value: Sendable, Hashable {
    case text(String)
    case secret(RESTSecret)
  }

  public var name: String
  public var value: Value

  public init(name: String, value: Value) {
    self.name = name
    self.value = value
  }
}

/// How many requests may start within a time.
public struct RESTRateLimit: Sendable, Hashable {
  public var requests: Int
  public var period: Duration

  public init(requests: Int, period: Duration) {
    self.requests = requests
    self.period = period
  }
}

/// How often and how patiently a request is tried. Tried again are lost connections, answers 429 and those from 500.
public struct RESTRetrySettings: Sendable, Hashable {
  /// How long one request may wait for the next byte of its answer.
  public var requestTimeout: Duration = .seconds(60)
  /// How often a request is sent before it counts as failed.
  public var maximumAttempts = 5
  /// Seconds that the first pause has at most; each further pause may be twice as long.
  public var backoffFactor = 1.0
  /// The longest pause. An API that asks for a longer one ends the run.
  public var maximumDelay: Duration = .seconds(300)

  public init() {}
}

/// How requests prove who sends them.
public enum RESTAuthentication: Sendable, Hashable {
  /// `Authorization: Bearer …`
  case bearer(token: RESTSecret)
  /// `Authorization: Basic …`
  case basic(username: RESTSecret, password: RESTSecret)
  /// A key in a header, a query parameter or a cookie.
  case apiKey(name: String, key: RESTSecret, location: RESTKeyLocation)
  /// A token that the API hands out for an id and a secret, renewed when it expires or is refused.
  case oauth2ClientCredentials(RESTClientCredentials)
}

/// Where an API key stands in a request.
public enum RESTKeyLocation: String, Sendable, Hashable, CaseIterable {
  case header, query, cookie
}

/// OAuth 2.0 client credentials.
public struct RESTClientCredentials: Sendable, Hashable {
  /// Where tokens are handed out.
  public var tokenURL: String
  public var clientID: RESTSecret
  public var clientSecret: RESTSecret
  /// Further fields of the request for a token, such as `scope`.
  public var requestData: [JSONValue.Member] = []
  /// How long a token is taken to last when the answer does not say it.
  public var defaultExpiration: Duration = .seconds(3600)
  /// A token to begin with.
  public var accessToken: RESTSecret?

  public init(tokenURL: String, clientID: RESTSecret, clientSecret: RESTSecret) {
    self.tokenURL = tokenURL
    self.clientID = clientID
    self.clientSecret = clientSecret
  }
}
