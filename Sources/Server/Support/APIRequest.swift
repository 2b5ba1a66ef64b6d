internal import Accounts
internal import HTTPServer
internal import JSON
internal import Jobs

/// A request whose sender is known.
struct APIRequest: Sendable {
  let request: HTTPRequest
  let identity: Identity

  /// Bodies of control requests: arguments and values, not files.
  static let largestBody = 16 << 20

  var workspace: String { identity.workspace }

  /// A part of the path that the route names.
  func parameter(_ name: String) throws(APIError) -> String {
    guard let value = request.parameters[name], !value.isEmpty else {
      throw APIError(.badRequest, "the path lacks '\(name)'")
    }
    return value
  }

  func jobID(_ name: String = "id") throws(APIError) -> JobID {
    let text = try parameter(name)
    guard let id = JobID(text) else { throw APIError(.badRequest, "'\(text.prefix(80))' is no id of a job") }
    return id
  }

  /// The body as JSON; nil when there is none.
  func json() async throws -> JSONValue? {
    let bytes = try await request.body.collect(upTo: Self.largestBody)
    guard !bytes.isEmpty else { return nil }
    do { return try bytes.withUnsafeBytes { try JSONValue(parsing: $0) } } catch {
      throw APIError(.badRequest, "the body is no JSON: \(error)")
    }
  }

  /// The body as a JSON object.
  func object() async throws -> APIObject {
    switch try await json() {
    case .object(let object): return APIObject(object)
    case nil: return APIObject(JSONObject())
    default: throw APIError(.badRequest, "the body must be a JSON object")
    }
  }
}

/// The members of a request's body.
struct APIObject {
  let members: JSONObject

  init(_ members: JSONObject) { self.members = members }

  /// A member; nil when it is missing or null.
  func value(_ name: String) -> JSONValue? {
    if case .null = members[name] { return nil }
    return members[name]
  }

  func string(_ name: String) throws(APIError) -> String {
    guard let string = try optionalString(name) else {
      throw APIError(.badRequest, "the body lacks '\(name)'")
    }
    return string
  }

  func optionalString(_ name: String) throws(APIError) -> String? {
    guard let value = value(name) else { return nil }
    guard let string = value.string else { throw APIError(.badRequest, "'\(name)' must be a string") }
    return string
  }

  func bool(_ name: String) throws(APIError) -> Bool? {
    guard let value = value(name) else { return nil }
    guard let bool = value.bool else { throw APIError(.badRequest, "'\(name)' must be true or false") }
    return bool
  }

  func int(_ name: String) throws(APIError) -> Int? {
    guard let value = value(name) else { return nil }
    guard let int = value.int else { throw APIError(.badRequest, "'\(name)' must be a whole number") }
    return int
  }

  /// A member that is an object, as JSON text; `{}` when it is missing.
  func objectText(_ name: String) throws(APIError) -> String {
    guard let value = value(name) else { return "{}" }
    guard value.object != nil else { throw APIError(.badRequest, "'\(name)' must be an object") }
    return value.text
  }
}

extension HTTPResponse {
  static func json(_ value: JSONValue, status: HTTPStatus = .ok) -> HTTPResponse {
    .json([UInt8](value.text.utf8), status: status)
  }

  /// - Parameter json: JSON text.
  static func json(text json: String, status: HTTPStatus = .ok) -> HTTPResponse {
    .json([UInt8](json.utf8), status: status)
  }
}

extension JSONValue {
  static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
}
