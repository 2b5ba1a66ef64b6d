/// What a handler answers.
public struct HTTPResponse: Sendable {
  /// The bytes behind the head.
  public enum Body: Sendable {
    case empty
    case bytes([UInt8])
    /// Written bit by bit. With a length, the client learns it at the start, and less or more than that cuts the connection.
    case stream(length: Int?, @Sendable (HTTPBodyWriter) async throws -> Void)
  }

  public var status: HTTPStatus
  /// The header fields. `Date`, `Connection`, `Content-Length` and `Transfer-Encoding` are the server's own: those two of the
  /// length are never taken from here, `Connection: close` is obeyed.
  public var headers: HTTPHeaders
  public var body: Body

  public init(status: HTTPStatus = .ok, headers: HTTPHeaders = [:], body: Body = .empty) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// JSON that is already text.
  ///
  /// - Parameters:
  ///   - bytes: One JSON value in UTF-8.
  ///   - status: The status.
  public static func json(_ bytes: [UInt8], status: HTTPStatus = .ok) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["Content-Type": "application/json"], body: .bytes(bytes))
  }

  /// Plain text.
  public static func text(_ text: String, status: HTTPStatus = .ok) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
  }

  /// Bytes of any type.
  public static func bytes(_ bytes: [UInt8], type: String, status: HTTPStatus = .ok) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["Content-Type": type], body: .bytes(bytes))
  }

  /// A body that is made while it is sent.
  ///
  /// ```swift
  /// return .stream(headers: ["Content-Type": "application/x-ndjson"]) { writer in
  ///   for try await row in rows { try await writer.write(row.json) }
  /// }
  /// ```
  ///
  /// The closure runs in the request's task. It is cancelled when the client goes away. When it throws, the connection is
  /// cut, so that the client does not take the half for the whole. For a HEAD request it does not run.
  ///
  /// - Parameters:
  ///   - status: The status.
  ///   - headers: The header fields.
  ///   - length: How many bytes it will write, where known.
  ///   - write: Writes the body.
  public static func stream(
    status: HTTPStatus = .ok, headers: HTTPHeaders = [:], length: Int? = nil,
    _ write: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) -> HTTPResponse {
    HTTPResponse(status: status, headers: headers, body: .stream(length: length, write))
  }

  /// The whole body in memory, for tests that ask a router without a connection.
  public func collectBody() async throws -> [UInt8] {
    switch body {
    case .empty:
      return []
    case .bytes(let bytes):
      return bytes
    case .stream(_, let write):
      let collected = CollectedBytes()
      try await write(HTTPBodyWriter { collected.append($0) })
      return collected.bytes
    }
  }
}
