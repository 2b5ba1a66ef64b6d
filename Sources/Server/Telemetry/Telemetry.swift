internal import Foundation
internal import HTTPServer

/// Counts and logs what is answered, and gives each answer an id (`X-Request-Id`).
struct Telemetry: Sendable {
  let metrics = Metrics()
  let log: RequestLog?

  func around(_ request: HTTPRequest, _ next: Router.Handler) async throws -> HTTPResponse {
    let begin = ContinuousClock.now
    let id = UUID().uuidString.lowercased()
    func note(_ status: Int) {
      let time = begin.duration(to: .now).components
      let seconds = Double(time.seconds) + Double(time.attoseconds) / 1e18
      metrics.answered(request, status: status, seconds: seconds)
      log?.answered(request, id: id, status: status, seconds: seconds)
    }
    do {
      var response = try await next(request)
      note(response.status.code)
      response.headers["X-Request-Id"] = id
      return response
    } catch {
      // 499: the client has gone, as nginx has it.
      let status =
        error is CancellationError ? 499 : (error as? any HTTPRespondingError)?.response.status.code ?? 500
      note(status)
      guard status != 499, var response = (error as? any HTTPRespondingError)?.response else { throw error }
      response.headers["X-Request-Id"] = id
      return response
    }
  }
}
