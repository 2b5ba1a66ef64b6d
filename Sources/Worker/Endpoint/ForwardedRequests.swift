internal import Foundation
internal import HTTPClient
internal import HTTPServer

/// Passes requests of jobs on to the server, and its answers back.
struct ForwardedRequests: Sendable {
  let server: URL
  let transport: any HTTPTransport

  static let largestBody = 64 << 20
  /// Results of other jobs are waited for.
  private static let longestSilence = Duration.seconds(15 * 60 + 30)
  /// What belongs to one connection, and what the next one makes anew.
  private static let ownHeaders: Set<String> = [
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-authorization",
    "proxy-authenticate", "host", "content-length", "content-encoding", "accept-encoding", "expect", "date",
  ]

  /// - Parameter body: when it has been read already.
  /// - Throws: `HTTPBodyError`; `CancellationError`.
  func answer(to request: HTTPRequest, body: [UInt8]? = nil) async throws -> HTTPResponse {
    var bytes = body
    if bytes == nil { bytes = try await request.body.collect(upTo: Self.largestBody) }
    let target = request.queryText.isEmpty ? request.path : "\(request.path)?\(request.queryText)"
    guard let url = URL(string: server.absoluteString + target) else {
      return .text("'\(request.path)' is no path of a server", status: .badRequest)
    }
    let hasBody = bytes?.isEmpty == false || [.post, .put, .patch].contains(request.method)
    var sent = ClientRequest(
      url: url, method: request.method.name,
      headers: request.headers.fields.map { ($0.name, $0.value) }.filter {
        !Self.ownHeaders.contains($0.0.lowercased())
      },
      body: hasBody ? bytes : nil)
    sent.timeout = Self.longestSilence
    let answer: ClientAnswer
    do { answer = try await transport.send(sent) } catch let failure as ClientFailure {
      return .text("the server cannot be reached: \(failure.message)", status: .badGateway)
    }
    var response = HTTPResponse(status: HTTPStatus(answer.status), body: .bytes(answer.body))
    for header in answer.headers where !Self.ownHeaders.contains(header.name.lowercased()) {
      response.headers.add(header.name, header.value)
    }
    return response
  }
}
