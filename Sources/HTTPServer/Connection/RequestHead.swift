internal import CMicroHTTPD

/// Reads and checks the head of a request.
enum RequestHead {
  /// Why a request is not accepted.
  struct Refusal: Error {
    let response: HTTPResponse

    init(_ status: HTTPStatus, _ why: String) {
      response = .text(why + "\n", status: status)
    }
  }

  /// How the body comes: with a length, or in chunks.
  struct Framing: Equatable {
    /// Nil for chunks; 0 without a body.
    let length: Int?
  }

  private final class Collected {
    var headers = HTTPHeaders()
  }

  /// The header fields that libmicrohttpd has read.
  static func headers(of connection: OpaquePointer) -> HTTPHeaders {
    let collected = Collected()
    MHD_get_connection_values(
      connection, .HEADER_KIND,
      { context, _, name, value in
        guard let context, let name else { return .NO }
        let collected = Unmanaged<Collected>.fromOpaque(context).takeUnretainedValue()
        collected.headers.add(String(cString: name), value.map { String(cString: $0) } ?? "")
        return .YES
      }, Unmanaged.passUnretained(collected).toOpaque())
    return collected.headers
  }

  /// Refuses what two servers could understand in two ways, and what is beyond the limits.
  ///
  /// A request whose end is not certain would let its sender smuggle a second one past a proxy. So there is one `Host`, and one of
  /// one `Content-Length` or one `Transfer-Encoding: chunked`, in exactly the form in which libmicrohttpd reads it.
  static func check(
    _ headers: HTTPHeaders, method: String, version: String, size: Int,
    limits: HTTPServerConfiguration.Limits
  ) -> Result<Framing, Refusal> {
    func refuse(_ status: HTTPStatus, _ why: String) -> Result<Framing, Refusal> {
      .failure(Refusal(status, why))
    }
    guard size <= limits.headSize, headers.fields.count <= limits.headerFields else {
      return refuse(.headTooLarge, "The head of the request is too large.")
    }
    if let field = headers.firstUnsafe {
      return refuse(.badRequest, "A header field is malformed: \(HeaderValue.shown(field.name)).")
    }
    guard HTTPMethod.known.contains(HTTPMethod(method)) else {
      return refuse(.notImplemented, "The server does not know this method.")
    }
    let hosts = headers[all: "Host"]
    guard hosts.count == 1 || hosts.isEmpty && version == "HTTP/1.0" else {
      return refuse(.badRequest, "The request needs one Host header.")
    }
    let encodings = headers[all: "Transfer-Encoding"]
    let lengths = headers[all: "Content-Length"]
    if let expectation = headers["Expect"], expectation.lowercased() != "100-continue" {
      return refuse(.expectationFailed, "The server knows no expectation but 100-continue.")
    }
    if !encodings.isEmpty {
      guard lengths.isEmpty else {
        return refuse(.badRequest, "The request has both Content-Length and Transfer-Encoding.")
      }
      guard version != "HTTP/1.0" else {
        return refuse(.badRequest, "HTTP/1.0 knows no Transfer-Encoding.")
      }
      guard encodings.count == 1, encodings[0].lowercased() == "chunked" else {
        return refuse(.notImplemented, "The server knows no Transfer-Encoding but chunked.")
      }
      return .success(Framing(length: nil))
    }
    guard lengths.count <= 1 else {
      return refuse(.badRequest, "The request has more than one Content-Length.")
    }
    guard let text = lengths.first else { return .success(Framing(length: 0)) }
    guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let length = Int(text) else {
      return refuse(.badRequest, "The Content-Length of the request is no number.")
    }
    return .success(Framing(length: length))
  }
}
