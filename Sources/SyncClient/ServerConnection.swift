internal import Foundation
internal import HTTPClient
internal import JSON
internal import Sync

/// Requests to one workspace of a server.
struct ServerConnection: Sendable {
  let base: String
  let workspace: String
  let token: String
  let transport: CurlTransport

  /// - Parameters:
  ///   - route: below `/api/w/{workspace}/`.
  ///   - path: a path at its end; nil where the route has none.
  /// - Returns: nil when there is nothing there (404).
  /// - Throws: `SyncError` with the server's words; `CancellationError`.
  func find(_ route: String, _ path: String? = nil, _ query: [(String, String)] = []) async throws
    -> JSONValue?
  {
    let answer = try await send("GET", route, path, query)
    if answer.status == 404 { return nil }
    try check(answer)
    do { return try answer.body.withUnsafeBytes { try JSONValue(parsing: $0) } } catch {
      throw SyncError("\(base) answers what this tarn does not understand; are both of one version?")
    }
  }

  /// - Returns: the members of a list.
  func list(_ route: String, _ query: [(String, String)] = []) async throws -> [JSONObject] {
    guard let list = try await find(route, nil, query)?.array?.compactMap(\.object) else {
      throw SyncError("\(base) has no \(route); is it a Tarn server?")
    }
    return list
  }

  /// - Returns: the answer's text.
  func change(
    _ method: String, _ route: String, _ path: String? = nil, _ query: [(String, String)] = [],
    body: JSONObject? = nil
  ) async throws -> String {
    let answer = try await send(method, route, path, query, body: body)
    try check(answer)
    return String(decoding: answer.body, as: UTF8.self)
  }

  /// - Throws: ``ServerRefusal``.
  private func check(_ answer: ClientAnswer) throws {
    guard !(200..<300).contains(answer.status) else { return }
    let words = String(decoding: answer.body.prefix(500), as: UTF8.self).split(separator: "\n").first ?? ""
    throw ServerRefusal(status: answer.status, message: String(words))
  }

  private func send(
    _ method: String, _ route: String, _ path: String?, _ query: [(String, String)], body: JSONObject? = nil
  ) async throws -> ClientAnswer {
    var address = "\(base)/api/w/\(Self.escaped(workspace))/\(route)"
    if let path { address += "/" + Self.escaped(path, keepingSlashes: true) }
    if !query.isEmpty {
      address += "?" + query.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&")
    }
    guard let url = URL(string: address) else { throw SyncError("'\(base)' is no address of a server") }
    var request = ClientRequest(url: url, method: method, headers: [("Authorization", "Bearer \(token)")])
    if let body {
      request.setHeader("Content-Type", "application/json")
      request.body = Array(JSONValue.object(body).text.utf8)
    }
    do { return try await transport.send(request) } catch let failure as ClientFailure {
      throw SyncError("the server at \(base) cannot be reached: \(failure.message)")
    }
  }

  private static func escaped(_ text: String, keepingSlashes: Bool = false) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "/") where keepingSlashes: result += "/"
      default: result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }
}

/// A server's no.
struct ServerRefusal: Error, CustomStringConvertible {
  let status: Int
  let message: String

  var description: String { "the server answers \(status): \(message)" }
}
