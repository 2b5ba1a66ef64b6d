/// Sends events to a browser's `EventSource`, or to any client that reads `text/event-stream`.
public struct ServerSentEvents: Sendable {
  private let writer: HTTPBodyWriter

  init(_ writer: HTTPBodyWriter) {
    self.writer = writer
  }

  /// Sends one event.
  ///
  /// - Parameters:
  ///   - event: Its type; without one the client takes it for a `message`. Must not hold line ends.
  ///   - data: The text, of any number of lines.
  ///   - id: What the client names as `Last-Event-ID` when it connects again. Must not hold line ends.
  /// - Throws: `CancellationError` when the client is gone.
  public func send(event: String? = nil, data: String, id: String? = nil) async throws {
    try await writer.write(ServerSentEvents.text(event: event, data: data, id: id))
  }

  /// Sends a line that clients skip.
  public func comment(_ text: String = "") async throws {
    try await writer.write(ServerSentEvents.lines(text).map { ": \($0)\n" }.joined() + "\n")
  }

  /// Tells the client how long to wait before it connects again.
  public func retry(after milliseconds: Int) async throws {
    try await writer.write("retry: \(milliseconds)\n\n")
  }

  /// One event as it is sent. Line ends in type and id, which would begin another field, are taken out.
  static func text(event: String?, data: String, id: String?) -> String {
    var text = ""
    if let id { text += "id: \(lines(id).joined())\n" }
    if let event { text += "event: \(lines(event).joined())\n" }
    for line in lines(data) { text += "data: \(line)\n" }
    return text + "\n"
  }

  /// The format knows three line ends; a carriage return inside the data would end a line as well.
  private static func lines(_ text: String) -> [String] {
    var lines: [String] = []
    var line: [UInt8] = []
    var afterReturn = false
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\n"), afterReturn {
        afterReturn = false
        continue
      }
      afterReturn = byte == UInt8(ascii: "\r")
      if afterReturn || byte == UInt8(ascii: "\n") {
        lines.append(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
      } else {
        line.append(byte)
      }
    }
    return lines + [String(decoding: line, as: UTF8.self)]
  }
}

extension HTTPResponse {
  /// A stream of events.
  ///
  /// ```swift
  /// return .serverSentEvents { events in
  ///   for await line in log { try await events.send(data: line) }
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - headers: Further header fields.
  ///   - keepAlive: How often a comment is sent, so that proxies keep the connection and a client that is gone is noticed.
  ///   - send: Sends the events. It is cancelled when the client goes away; the stream ends when it returns.
  public static func serverSentEvents(
    headers: HTTPHeaders = [:], keepAlive: Duration = .seconds(15),
    _ send: @escaping @Sendable (ServerSentEvents) async throws -> Void
  ) -> HTTPResponse {
    var headers = headers
    headers["Content-Type"] = "text/event-stream"
    if headers["Cache-Control"] == nil { headers["Cache-Control"] = "no-cache" }
    // nginx would collect the events otherwise.
    if headers["X-Accel-Buffering"] == nil { headers["X-Accel-Buffering"] = "no" }
    return .stream(headers: headers) { writer in
      let events = ServerSentEvents(writer)
      try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          try await send(events)
          return true
        }
        group.addTask {
          while true {
            try await Task.sleep(for: keepAlive)
            try await events.comment("keep-alive")
          }
        }
        while let isOver = try await group.next(), !isOver {}
        group.cancelAll()
      }
    }
  }
}
