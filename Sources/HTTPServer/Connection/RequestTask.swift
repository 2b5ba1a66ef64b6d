internal import Synchronization

/// Runs a request's handler.
enum RequestTask {
  /// Begins the task. It takes nothing of the connection with it but the exchange.
  static func start(_ request: HTTPRequest, _ exchange: Exchange, loop: EventLoop) {
    let handler = loop.handler
    let onError = loop.onError
    let counters = loop.counters
    counters.tasks.add(1, ordering: .relaxed)
    exchange.start { exchange in
      defer { counters.tasks.subtract(1, ordering: .relaxed) }
      let response = await answer(request, exchange, handler, onError)
      exchange.respond(response)
      guard case .stream(_, let write) = response.body, response.status.allowsBody, request.method != .head
      else { return }
      do {
        try await write(HTTPBodyWriter { try await exchange.write($0) })
        exchange.finishWriting(failed: false)
      } catch {
        if !exchange.isGone { onError(error, request) }
        exchange.finishWriting(failed: true)
      }
    }
  }

  private static func answer(
    _ request: HTTPRequest, _ exchange: Exchange,
    _ handler: @Sendable (HTTPRequest) async throws -> HTTPResponse,
    _ onError: @Sendable (any Error, HTTPRequest?) -> Void
  ) async -> HTTPResponse {
    do {
      let response = try await handler(request)
      try check(response)
      return response
    } catch let error as any HTTPRespondingError {
      let response = error.response
      return (try? check(response)) == nil ? failed : response
    } catch {
      // Nobody is there to be told of a request that was cancelled for that reason.
      if !(exchange.isGone && error is CancellationError) { onError(error, request) }
      return failed
    }
  }

  private static var failed: HTTPResponse {
    .text("The server could not answer this request.\n", status: .internalServerError)
  }

  /// Whether a response can be sent: a value with a line end in it would be taken for another field.
  private static func check(_ response: HTTPResponse) throws(HTTPServerError) {
    guard 200...599 ~= response.status.code else {
      throw HTTPServerError(
        code: .badResponse, description: "a handler answered with status \(response.status.code)")
    }
    if let field = response.headers.firstUnsafe {
      throw HTTPServerError(
        code: .badResponse,
        description: "a handler answered with a header that cannot be sent: \(HeaderValue.shown(field.name))"
      )
    }
  }
}
