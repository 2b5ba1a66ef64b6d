/// One request.
public struct HTTPRequest: Sendable {
  /// What is asked for.
  public let method: HTTPMethod
  /// The path as sent, without query and not decoded.
  public let path: String
  /// What the router found in the path, decoded: `request.parameters["workspace"]`.
  public internal(set) var parameters = PathParameters()
  /// The pattern of the route that was found, such as `/api/w/{workspace}/jobs`; nil outside a router and for paths that it does
  /// not know.
  public internal(set) var route: String?
  /// What stands behind the question mark, decoded.
  public let query: QueryParameters
  /// The same as sent; empty when there is none.
  public let queryText: String
  /// The header fields.
  public let headers: HTTPHeaders
  /// The body, which can be read once.
  public let body: HTTPRequestBody
  /// The client's address, without port. Behind a proxy it is the proxy's.
  public let peer: String
  /// Whether it came over TLS.
  public let isSecure: Bool

  /// The path's segments, decoded.
  let segments: [String]

  private var values: [ObjectIdentifier: any Sendable] = [:]

  /// Makes a request, for tests that ask a router without a connection.
  ///
  /// - Parameters:
  ///   - method: What is asked for.
  ///   - target: Path and query, as sent.
  ///   - headers: The header fields.
  ///   - body: The whole body.
  ///   - peer: The client's address.
  ///   - isSecure: Whether it came over TLS.
  /// - Returns: Nil for a target that the server would answer with 400.
  public init?(
    _ method: HTTPMethod, _ target: String, headers: HTTPHeaders = [:], body: [UInt8] = [],
    peer: String = "127.0.0.1", isSecure: Bool = false
  ) {
    guard let target = RequestTarget(target) else { return nil }
    self.init(
      method, target, headers: headers, body: HTTPRequestBody(body), peer: peer, isSecure: isSecure)
  }

  init(
    _ method: HTTPMethod, _ target: RequestTarget, headers: HTTPHeaders, body: HTTPRequestBody, peer: String,
    isSecure: Bool
  ) {
    self.method = method
    path = target.path
    segments = target.segments
    query = QueryParameters(target.query)
    queryText = target.query
    self.headers = headers
    self.body = body
    self.peer = peer
    self.isSecure = isSecure
  }

  /// The token that the client proves itself by: that of `Authorization: Bearer …` (RFC 6750), or without that field the query's
  /// `token`. Nil for none, and for a field that says something else.
  public var bearerToken: String? {
    guard let field = headers["Authorization"] else { return query["token"] }
    let parts = field.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
    return String(parts[1])
  }

  /// A value that a middleware leaves for what comes after it, such as who is asking.
  ///
  /// ```swift
  /// enum Caller: HTTPRequestKey { typealias Value = Identity }
  /// request[Caller.self] = identity
  /// ```
  public subscript<Key: HTTPRequestKey>(_ key: Key.Type) -> Key.Value? {
    get { values[ObjectIdentifier(key)] as? Key.Value }
    set { values[ObjectIdentifier(key)] = newValue }
  }
}

/// Names a value that requests carry.
public protocol HTTPRequestKey {
  associatedtype Value: Sendable
}
