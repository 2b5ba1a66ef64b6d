internal import CMicroHTTPD

/// Gives responses to libmicrohttpd.
enum ResponseQueue {
  /// Up to here a body is copied and sent in one piece with the head.
  private static let copied = 64 * 1024

  /// What is sent bit by bit, and whose sending takes time from the client's.
  private final class BodySource {
    enum Content {
      case bytes([UInt8])
      case exchange(Exchange)
    }

    let content: Content
    let connection: Connection

    init(_ content: Content, _ connection: Connection) {
      self.content = content
      self.connection = connection
    }

    func read(from position: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
      connection.giveTimeForWriting()
      switch content {
      case .bytes(let bytes):
        let count = min(buffer.count, bytes.count - position)
        bytes.withUnsafeBytes {
          buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
        }
        return count
      case .exchange(let exchange):
        switch exchange.read(into: buffer) {
        case .bytes(let count): return count
        case .end: return Int(MHD_CONTENT_READER_END_OF_STREAM)
        case .failure: return Int(MHD_CONTENT_READER_END_WITH_ERROR)
        case .wait:
          connection.sleep()
          return 0
        }
      }
    }
  }

  /// Queues a response.
  ///
  /// - Returns: False when libmicrohttpd does not take it; then the connection has to be closed.
  static func queue(_ response: HTTPResponse, on connection: Connection) -> Bool {
    guard let made = make(response, connection) else { return false }
    defer { MHD_destroy_response(made) }
    var mustClose = connection.loop.isDraining
    for field in response.headers.fields {
      switch field.name.lowercased() {
      case "content-length", "transfer-encoding", "date": continue
      case "connection": mustClose = mustClose || field.value.lowercased().contains("close")
      default:
        guard MHD_add_response_header(made, field.name, field.value) == .YES else { return false }
      }
    }
    if mustClose { _ = MHD_add_response_header(made, "Connection", "close") }
    return MHD_queue_response(connection.handle, UInt32(response.status.code), made) == .YES
  }

  private static func make(_ response: HTTPResponse, _ connection: Connection) -> OpaquePointer? {
    guard response.status.allowsBody else {
      return MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
    }
    switch response.body {
    case .empty:
      return MHD_create_response_from_buffer(0, nil, .RESPMEM_PERSISTENT)
    case .bytes(var bytes) where bytes.count <= copied:
      return bytes.withUnsafeMutableBytes {
        MHD_create_response_from_buffer($0.count, $0.baseAddress, .RESPMEM_MUST_COPY)
      }
    case .bytes(let bytes):
      return make(BodySource(.bytes(bytes), connection), length: UInt64(bytes.count))
    case .stream(let length, _):
      guard let exchange = connection.exchange else { return nil }
      let made = make(
        BodySource(.exchange(exchange), connection),
        length: length.map { UInt64(max($0, 0)) } ?? UInt64.max)
      // libmicrohttpd 0.9.75 would end the body that is not there, which spoils the next response.
      if connection.isHead, length == nil {
        tarn_mhd_close_after(made)
      }
      return made
    }
  }

  /// - Parameter length: The largest number when it is not known (`MHD_SIZE_UNKNOWN`).
  private static func make(_ source: BodySource, length: UInt64) -> OpaquePointer? {
    MHD_create_response_from_callback(
      length, copied,
      { context, position, buffer, capacity in
        guard let context, let buffer else { return Int(MHD_CONTENT_READER_END_WITH_ERROR) }
        return Unmanaged<BodySource>.fromOpaque(context).takeUnretainedValue().read(
          from: Int(position), into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
      }, Unmanaged.passRetained(source).toOpaque(),
      { context in
        if let context { Unmanaged<BodySource>.fromOpaque(context).release() }
      })
  }
}

/// A response as bytes, for the one place where libmicrohttpd does not write it.
enum ResponseText {
  /// Nil for a stream.
  static func bytes(_ response: HTTPResponse) -> [UInt8]? {
    let body: [UInt8]
    switch response.body {
    case .empty: body = []
    case .bytes(let bytes): body = response.status.allowsBody ? bytes : []
    case .stream: return nil
    }
    let reason = MHD_get_reason_phrase_for(UInt32(response.status.code)).map { String(cString: $0) } ?? ""
    var head = "HTTP/1.1 \(response.status.code) \(reason)\r\nConnection: close\r\n"
    for field in response.headers.fields {
      switch field.name.lowercased() {
      case "connection", "content-length", "transfer-encoding", "date": continue
      default: head += "\(field.name): \(field.value)\r\n"
      }
    }
    if response.status.allowsBody { head += "Content-Length: \(body.count)\r\n" }
    return Array((head + "\r\n").utf8) + body
  }
}
