import Foundation
import FoundationNetworking
import Synchronization

/// HTTP by Foundation's URLSession, with certificates checked, without cookies, caches and redirects of its own.
final class URLSessionTransport: HTTPTransport {
  private let session: URLSession
  private let exchanges = Exchanges()

  init(maximumConnections: Int) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpCookieStorage = nil
    configuration.httpShouldSetCookies = false
    configuration.urlCache = nil
    configuration.urlCredentialStorage = nil
    configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
    configuration.httpMaximumConnectionsPerHost = maximumConnections
    // The limit for a whole request is the run's own.
    configuration.timeoutIntervalForResource = 7 * 86_400
    session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
  }

  func send(_ request: HTTPRequest) async throws -> HTTPAnswer {
    try Task.checkCancellation()
    var sent = URLRequest(url: request.url)
    sent.httpMethod = request.method
    sent.timeoutInterval = max(1, request.timeout / .seconds(1))
    for header in request.headers { sent.setValue(header.value, forHTTPHeaderField: header.name) }
    sent.httpBody = request.body.map { Data($0) }
    let task = session.dataTask(with: sent)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        if exchanges.begin(task.taskIdentifier, limit: request.maximumResponseSize, continuation) {
          task.resume()
        }
      }
    } onCancel: {
      if exchanges.cancel(task.taskIdentifier) { task.cancel() }
    }
  }

  func close() { session.invalidateAndCancel() }
}

/// The answers under way, by the number of their task.
private final class Exchanges: NSObject, URLSessionDataDelegate {
  private struct Exchange {
    let limit: Int
    let continuation: CheckedContinuation<HTTPAnswer, any Error>
    var answer: HTTPAnswer?
    var isTooLarge = false
    var isChallenged = false
    var isCancelled = false
  }

  private struct State {
    var running: [Int: Exchange] = [:]
    /// Cancelled before they began: to cancel such a task would end it before anyone listens.
    var cancelledEarly: Set<Int> = []
  }

  private let state = Mutex(State())

  /// - Returns: whether the task shall run; else it was cancelled, and the continuation knows.
  func begin(_ id: Int, limit: Int, _ continuation: CheckedContinuation<HTTPAnswer, any Error>) -> Bool {
    let runs = state.withLock { state in
      guard state.cancelledEarly.remove(id) == nil else { return false }
      state.running[id] = Exchange(limit: limit, continuation: continuation)
      return true
    }
    if !runs { continuation.resume(throwing: CancellationError()) }
    return runs
  }

  /// - Returns: whether the task runs and has to be cancelled.
  func cancel(_ id: Int) -> Bool {
    state.withLock { state in
      guard state.running[id] != nil else {
        state.cancelledEarly.insert(id)
        return false
      }
      state.running[id]?.isCancelled = true
      return true
    }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    // The client decides, as it knows which servers may see secrets.
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) {
    // Foundation cancels the task, but the whole answer is there. Without this method the task would never end.
    state.withLock { $0.running[task.taskIdentifier]?.isChallenged = true }
    completionHandler(.rejectProtectionSpace, nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse {
      let headers = response.allHeaderFields.compactMap { name, value -> (name: String, value: String)? in
        guard let name = name as? String else { return nil }
        return (name, "\(value)")
      }
      let answer = HTTPAnswer(status: response.statusCode, headers: headers)
      state.withLock { $0.running[dataTask.taskIdentifier]?.answer = answer }
    }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let isTooLarge = state.withLock { state in
      // Taken out while it grows, or each piece would copy the whole body.
      guard var exchange = state.running.removeValue(forKey: dataTask.taskIdentifier) else { return false }
      if (exchange.answer?.body.count ?? 0) + data.count > exchange.limit {
        exchange.isTooLarge = true
        exchange.answer?.body = []
      } else {
        exchange.answer?.body.append(contentsOf: data)
      }
      state.running[dataTask.taskIdentifier] = exchange
      return exchange.isTooLarge
    }
    if isTooLarge { dataTask.cancel() }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    guard let exchange = state.withLock({ $0.running.removeValue(forKey: task.taskIdentifier) }) else {
      return
    }
    exchange.continuation.resume(with: Self.outcome(exchange, error))
  }

  private static func outcome(_ exchange: Exchange, _ error: (any Error)?) -> Result<HTTPAnswer, any Error> {
    if exchange.isTooLarge { return .failure(HTTPFailure(kind: .tooLarge, message: "")) }
    if let answer = exchange.answer, error == nil || exchange.isChallenged { return .success(answer) }
    if exchange.isCancelled { return .failure(CancellationError()) }
    let code = (error as? URLError)?.code ?? (error as NSError?).map { URLError.Code(rawValue: $0.code) }
    if code == .timedOut {
      return .failure(HTTPFailure(kind: .connection, message: "no answer came in time"))
    }
    let text = error.map { ($0 as NSError).localizedDescription } ?? "no answer came"
    // Foundation has codes for refused certificates, but on Linux sets them for few.
    let refused = ["certificate", "SSL:", "SSL routines"].contains { text.contains($0) }
    return .failure(HTTPFailure(kind: refused ? .certificate : .connection, message: text))
  }
}
