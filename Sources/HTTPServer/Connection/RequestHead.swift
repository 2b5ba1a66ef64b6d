internal import CMicroHTTPD

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

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

  private final class Walk {
    var headers = HTTPHeaders()
    var isWhole = true
    /// Where the line before ended.
    var end: UnsafePointer<CChar>

    init(from end: UnsafePointer<CChar>) {
      self.end = end
    }

    func add(_ name: UnsafePointer<CChar>, _ value: UnsafePointer<CChar>) {
      let nameEnd = name + strlen(name)
      isWhole =
        isWhole && name == end + 2 && value > nameEnd
        && UnsafeBufferPointer(start: nameEnd + 1, count: value - nameEnd - 1).allSatisfy {
          $0 == 0x20 || $0 == 0x09
        }
      end = value + strlen(value)
      headers.add(String(cString: name), String(cString: value))
    }
  }

  /// The header fields that libmicrohttpd has read; nil when it has not read every byte of the head.
  ///
  /// It takes a line that begins with a colon for the end of the head, cuts a value at a zero byte, puts lines together that begin with
  /// a space, and ends lines at a line feed alone. Each would let a client say one thing to it and another to a proxy. It
  /// reads in place, so names and values must follow one another with nothing between them but what belongs there.
  static func headers(
    of connection: OpaquePointer, method: UnsafePointer<CChar>, version: UnsafePointer<CChar>
  ) -> HTTPHeaders? {
    let walk = Walk(from: version + strlen(version))
    MHD_get_connection_values(
      connection, .HEADER_KIND,
      { context, _, name, value in
        guard let context else { return .NO }
        let walk = Unmanaged<Walk>.fromOpaque(context).takeUnretainedValue()
        guard let name, let value else {
          walk.isWhole = false
          return .NO
        }
        walk.add(name, value)
        return .YES
      }, Unmanaged.passUnretained(walk).toOpaque())
    return walk.isWhole && walk.end + 4 == method + tarn_mhd_head_size(connection) ? walk.headers : nil
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
