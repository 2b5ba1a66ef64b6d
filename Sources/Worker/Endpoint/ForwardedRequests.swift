internal import Foundation
internal import HTTPClient
internal import HTTPServer

/// Passes requests of jobs on to the server, and its answers back, bit by bit.
struct ForwardedRequests: Sendable {
  let server: URL
  let transport: CurlTransport

  /// Results of other jobs are waited for.
  private static let longestSilence = Duration.seconds(15 * 60 + 30)
  /// Smaller ones are sent as a whole, over a connection that is there.
  private static let smallBody = 256 << 10
  /// What belongs to one connection, and what the next one makes anew.
  private static let ownHeaders: Set<String> = [
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-authorization",
    "proxy-authenticate", "host", "content-length", "content-encoding", "accept-encoding", "expect", "date",
  ]

  /// Those of them that clients of object storage may sign.
  private static let signedHeaders: Set<String> = ["content-encoding", "accept-encoding", "te"]

  private static func isOfObjects(_ request: HTTPRequest) -> Bool { request.path.contains("/s3_proxy/") }

  /// - Parameter body: when it has been read already.
  /// - Throws: `HTTPBodyError`; `CancellationError`.
  func answer(to request: HTTPRequest, body: [UInt8]? = nil) async throws -> HTTPResponse {
    let target = request.queryText.isEmpty ? request.path : "\(request.path)?\(request.queryText)"
    guard let url = URL(string: server.absoluteString + target) else {
      return .text("'\(request.path)' is no path of a server", status: .badRequest)
    }
    // What a client has signed has to arrive as it was.
    let dropped =
      Self.isOfObjects(request) ? Self.ownHeaders.subtracting(Self.signedHeaders) : Self.ownHeaders
    var sent = ClientRequest(
      url: url, method: request.method.name,
      headers: request.headers.fields.map { ($0.name, $0.value) }.filter {
        !dropped.contains($0.0.lowercased())
      })
    sent.timeout = Self.longestSilence
    sent.streamedLength = request.body.declaredLength
    // By this name clients reach the storages, and sign for it.
    sent.setHeader("X-Forwarded-Host", request.headers["Host"] ?? "")
    sent.setHeader("X-Forwarded-Proto", "http")
    do {
      if Self.isOfAnySize(request) { return try await streamed(sent, request, body) }
      var bytes = body
      if bytes == nil { bytes = try await request.body.collect(upTo: InlineQuery.largestBody) }
      let hasBody = bytes?.isEmpty == false || [.post, .put, .patch].contains(request.method)
      sent.body = hasBody ? bytes : nil
      let answer = try await transport.send(sent)
      // Of a file that is not sent, its length is told all the same.
      let length = request.method == .head ? Self.length(answer.headers) : nil
      return response(
        answer.status, answer.headers,
        length.map { .stream(length: $0) { _ in } } ?? .bytes(answer.body))
    } catch let failure as ClientFailure {
      return .text("the server cannot be reached: \(failure.message)", status: .badGateway)
    }
  }

  /// Files and streams of events may be of any size, and come bit by bit.
  private static func isOfAnySize(_ request: HTTPRequest) -> Bool {
    if isOfObjects(request), isOfSmallObject(request) { return false }
    return ["/job_helpers/", "/s3_proxy/", "_sse/", "/load"].contains { request.path.contains($0) }
      || (request.body.declaredLength ?? 0) > smallBody
      || request.headers["Accept"].map { !["*/*", "application/json"].contains($0) } == true
  }

  /// Pieces of files that are read by range, and what has no body at all, go over a connection that is there.
  private static func isOfSmallObject(_ request: HTTPRequest) -> Bool {
    if request.method == .head || request.method == .delete { return true }
    if request.method == .put || request.method == .post {
      return request.body.declaredLength.map { $0 <= smallBody } ?? false
    }
    guard let range = request.headers["Range"], range.hasPrefix("bytes=") else { return false }
    let ends = range.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
    return ends.count == 2 && (0..<(1 << 20)).contains(ends[1] - ends[0])
  }

  private func streamed(_ sent: ClientRequest, _ request: HTTPRequest, _ body: [UInt8]?) async throws
    -> HTTPResponse
  {
    let answer: StreamedAnswer
    if let body {
      let rest = OnceGiven(body)
      answer = try await transport.stream(sent) { await rest.take() }
    } else if request.method == .get || request.method == .head || request.body.declaredLength == 0 {
      answer = try await transport.stream(sent)
    } else {
      let chunks = RequestChunks(request.body.limited(to: .max))
      answer = try await transport.stream(sent) { try await chunks.next() }
    }
    let length = Self.length(answer.headers)
    return response(
      answer.status, answer.headers,
      .stream(length: length) { writer in
        do {
          while let bytes = try await answer.next() { try await writer.write(bytes) }
        } catch {
          answer.close()
          throw error
        }
      })
  }

  private static func length(_ headers: [(name: String, value: String)]) -> Int? {
    headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) }
  }

  private func response(
    _ status: Int, _ headers: [(name: String, value: String)], _ body: HTTPResponse.Body
  ) -> HTTPResponse {
    var response = HTTPResponse(status: HTTPStatus(status), body: body)
    for header in headers where !Self.ownHeaders.contains(header.name.lowercased()) {
      response.headers.add(header.name, header.value)
    }
    return response
  }
}

/// The pieces of a request's body, for a closure that cannot hold an iterator.
private actor RequestChunks {
  private var iterator: HTTPRequestBody.Iterator

  init(_ body: HTTPRequestBody) { iterator = body.makeAsyncIterator() }

  func next() async throws -> [UInt8]? {
    var own = iterator
    defer { iterator = own }
    return try await own.next()
  }
}

/// Bytes that are given once.
private actor OnceGiven {
  private var bytes: [UInt8]?

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func take() -> [UInt8]? {
    defer { bytes = nil }
    return bytes
  }
}
