import Foundation
import HTTPClient
import Synchronization

/// Sends the requests of a run: with secrets to whom they belong, in their turn, again when that may help.
final class APIClient: Sendable {
  private static let maximumRedirects = 10

  let redactor: Redactor
  private let settings: RESTClientSettings
  private let transport: any HTTPTransport
  private let gate: RequestGate
  private let clock: any RunClock
  private let policy: RetryPolicy
  private let base: Origin?

  init(_ settings: RESTClientSettings, transport: any HTTPTransport, clock: any RunClock, redactor: Redactor)
  {
    self.settings = settings
    self.transport = transport
    self.clock = clock
    self.redactor = redactor
    policy = RetryPolicy(settings: settings.retries)
    gate = RequestGate(
      maximumParallel: settings.maximumParallelRequests, limit: settings.rateLimit, clock: clock)
    base = Origin(url: settings.baseURL)
  }

  /// What a request is sent with.
  struct Identity: Sendable {
    /// A server that the declaration itself names in a path.
    var declared: Origin?
    var authenticator: Authenticator?
    var secretHeaders: [(name: String, value: String)] = []
    /// Answers that are no errors.
    var actions: [RESTResponseAction] = []
  }

  /// - Parameter count: called for each request that is sent.
  /// - Returns: the answer; nil when it is one to be passed over.
  func send(
    _ request: ClientRequest, as identity: Identity, count: @Sendable () -> Void
  ) async throws -> ClientAnswer? {
    var request = request
    var refusedToken: String?
    for _ in 0...Self.maximumRedirects {
      let (answer, token) = try await attempts(request, identity, refusedToken, count)
      if answer.status == 401, let token, refusedToken == nil {
        refusedToken = token
        continue
      }
      if let location = answer.header("Location"), let next = redirected(request, answer.status, location) {
        request = try checked(next, from: request, identity)
        continue
      }
      if identity.actions.contains(where: { $0.matches(answer) }) { return nil }
      guard 200..<300 ~= answer.status else { throw statusError(answer, request, identity) }
      return answer
    }
    throw RESTSourceError(
      .answer, "the API redirects more than \(Self.maximumRedirects) times",
      url: redactor.shown(url: request.url))
  }

  func close() { transport.close() }

  // MARK: Secrets

  /// Whether a server may see the secrets.
  private func mayKnowSecrets(_ url: URL, _ identity: Identity) -> Bool {
    guard let target = Origin(url) else { return false }
    if base?.vouches(for: target) == true || identity.declared?.vouches(for: target) == true { return true }
    guard base?.isSecure != true || target.isSecure else { return false }
    return settings.allowedHosts.contains { target.isNamed($0) }
  }

  /// - Returns: the request with its secrets, and the token among them that could be renewed.
  private func completed(
    _ request: ClientRequest, _ identity: Identity, _ refusedToken: String?
  ) async throws -> (ClientRequest, String?) {
    guard mayKnowSecrets(request.url, identity) else { return (request, nil) }
    var request = request
    for header in identity.secretHeaders { request.setHeader(header.name, header.value) }
    guard let authenticator = identity.authenticator else { return (request, nil) }
    let credentials = try await authenticator.current(refused: refusedToken) {
      try await self.tokenAnswer($0)
    }
    for header in credentials.headers { request.setHeader(header.name, header.value) }
    if let url = URL(string: URLText.adding(credentials.query, to: request.url.absoluteString)) {
      request.url = url
    }
    return (request, credentials.token)
  }

  private func tokenAnswer(_ request: ClientRequest) async throws -> ClientAnswer {
    let answer = try await attempts(request, Identity(), nil, {}).answer
    guard 200..<300 ~= answer.status else {
      throw RESTSourceError(
        .status, "a request for a token was answered with status \(answer.status)",
        hint: "Check client_id, client_secret and access_token_url", url: redactor.shown(url: request.url),
        status: answer.status, excerpt: redactor.excerpt(answer.body))
    }
    return answer
  }

  // MARK: Attempts

  private func attempts(
    _ bare: ClientRequest, _ identity: Identity, _ refusedToken: String?, _ count: @Sendable () -> Void
  ) async throws -> (answer: ClientAnswer, token: String?) {
    var attempt = 0
    while true {
      attempt += 1
      // Outside the gate: to renew a token is a request itself.
      var (request, token) = try await completed(bare, identity, refusedToken)
      request.timeout = settings.retries.requestTimeout
      request.maximumResponseSize = settings.maximumResponseSize
      let pause: Duration
      do {
        let ready = request
        let answer = try await gate.run {
          count()
          return try await transport.send(ready)
        }
        guard RetryPolicy.mayPass(status: answer.status), attempt < settings.retries.maximumAttempts else {
          return (answer, token)
        }
        pause = try self.pause(after: attempt, answer, request)
        if answer.status == 429 { await gate.pause(for: pause) }
      } catch let failure as ClientFailure {
        guard failure.kind == .connection, attempt < settings.retries.maximumAttempts else {
          throw connectionError(failure, request, attempt)
        }
        pause = policy.pause(afterAttempts: attempt, jitter: clock.jitter())
      }
      try await clock.sleep(for: pause)
    }
  }

  private func pause(after attempt: Int, _ answer: ClientAnswer, _ request: ClientRequest) throws -> Duration
  {
    let own = policy.pause(afterAttempts: attempt, jitter: clock.jitter())
    guard let header = answer.header("Retry-After"),
      let asked = RetryPolicy.retryAfter(header, secondsSince1970: clock.secondsSince1970)
    else { return own }
    guard asked <= settings.retries.maximumDelay else {
      throw RESTSourceError(
        .limit,
        "the API answered \(answer.status) and asks to wait \(asked.components.seconds) s, "
          + "longer than request_max_retry_delay (\(settings.retries.maximumDelay.components.seconds) s)",
        hint: "Wait and run again, or set request_max_retry_delay", url: redactor.shown(url: request.url),
        status: answer.status)
    }
    return asked
  }

  // MARK: Redirects

  private func redirected(_ request: ClientRequest, _ status: Int, _ location: String) -> ClientRequest? {
    guard [301, 302, 303, 307, 308].contains(status),
      let url = URLText.url(location, relativeTo: request.url)
    else { return nil }
    var next = request
    next.url = url
    if status == 303 || (status < 303 && request.method == "POST") {
      next.method = "GET"
      next.body = nil
      next.headers.removeAll { $0.name.lowercased() == "content-type" }
    }
    return next
  }

  private func checked(_ next: ClientRequest, from request: ClientRequest, _ identity: Identity) throws
    -> ClientRequest
  {
    guard Origin(next.url) != nil else {
      throw RESTSourceError(
        .answer, "the API redirects to what is no http: or https: URL", url: redactor.shown(url: request.url))
    }
    guard !mayKnowSecrets(next.url, identity), let authenticator = identity.authenticator else { return next }
    // A server that repeats the query in its redirect must not hand the key to another.
    var stripped = next
    stripped.url = authenticator.withoutKey(next.url)
    return stripped
  }

  // MARK: Errors

  private func connectionError(_ failure: ClientFailure, _ request: ClientRequest, _ attempts: Int)
    -> RESTSourceError
  {
    let url = redactor.shown(url: request.url)
    switch failure.kind {
    case .noLibrary:
      return RESTSourceError(
        .settings, "a REST API is read with libcurl, and \(failure.message)",
        hint: "Install it: apt-get install libcurl4, or your system's package of that library")
    case .tooLarge:
      return RESTSourceError(
        .limit, "an answer is larger than max_response (\(settings.maximumResponseSize) bytes)",
        hint: "Ask for smaller pages, or set max_response", url: url)
    case .certificate:
      return RESTSourceError(
        .connection, "the server's certificate is not accepted (\(redactor.shown(failure.message)))",
        hint: "Check base_url and the machine's certificate authorities", url: url)
    case .connection:
      return RESTSourceError(
        .connection, "no answer after \(attempts) attempts (\(redactor.shown(failure.message)))",
        hint: "Check base_url and the network", url: url)
    }
  }

  private func statusError(_ answer: ClientAnswer, _ request: ClientRequest, _ identity: Identity)
    -> RESTSourceError
  {
    let withheld = !mayKnowSecrets(request.url, identity)
    var hint: String?
    switch answer.status {
    case 401, 403:
      if withheld, let host = Origin(request.url)?.description {
        hint =
          "Secrets are not sent to another server; add \(host) to client.allowed_hosts if it may see them"
      } else {
        hint = identity.authenticator == nil ? "Declare client.auth" : "Check the credentials that auth names"
      }
    case 404: hint = "Check base_url and path; response_actions can pass over 404"
    case 429: hint = "Set client.rate_limit"
    case 500...: hint = "\(settings.retries.maximumAttempts) attempts were made; run again later"
    default: hint = nil
    }
    return RESTSourceError(
      .status, "the API answered with status \(answer.status)", hint: hint,
      url: redactor.shown(url: request.url),
      status: answer.status, excerpt: redactor.excerpt(answer.body))
  }
}

extension RESTResponseAction {
  fileprivate func matches(_ answer: ClientAnswer) -> Bool {
    if let statusCode, statusCode != answer.status { return false }
    guard let content else { return statusCode != nil }
    return String(decoding: answer.body, as: UTF8.self).contains(content)
  }
}

extension Authenticator {
  /// A URL without the query parameter that holds the key.
  fileprivate func withoutKey(_ url: URL) -> URL {
    let names = queryNames
    guard !names.isEmpty else { return url }
    let text = url.absoluteString
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return url }
    let pairs = parts[1].split(separator: "&").filter { pair in
      let name = pair.prefix { $0 != "=" }
      return !names.contains(name.removingPercentEncoding ?? String(name))
    }
    return URL(string: parts[0] + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))) ?? url
  }
}
