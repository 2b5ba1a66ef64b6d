internal import Foundation
internal import HTTPServer
internal import JSON
internal import Store

/// Writes one line of JSON for each request.
///
/// A line holds no query, no header and no body: tokens and values may stand there.
struct RequestLog: Sendable {
  /// Gets each line, without its end.
  let write: @Sendable (String) -> Void

  func answered(_ request: HTTPRequest, id: String, status: Int, seconds: Double) {
    write(
      JSONValue.object(
        JSONObject(pairs: [
          "time": .string(Moment.now.text), "level": .string(status >= 500 ? "error" : "info"),
          "event": .string("request"), "id": .string(id), "method": .string(request.method.name),
          "route": .optional(request.route), "path": .string(request.path), "status": .int(status),
          "ms": .number(String(format: "%.3f", seconds * 1000)), "peer": .string(request.peer),
        ])
      ).text)
  }
}
