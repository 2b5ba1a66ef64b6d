internal import Accounts
internal import HTTPServer
internal import JSON
internal import Jobs

/// A request whose sender is known.
struct APIRequest: Sendable {
  let request: HTTPRequest
  let identity: Identity
  /// The session whose cookie proves who the sender is; nil when a token does.
  let session: BrowserSession?
  let accounts: Accounts
  /// What the audit log is told of the request.
  let audit = AuditNote()

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
    case .object(let object):
      let body = APIObject(object)
      for name in ["path", "name", "id", "username"] { audit.subject(object[name]?.string) }
      return body
    case nil: return APIObject(JSONObject())
    default: throw APIError(.badRequest, "the body must be a JSON object")
    }
  }
}

extension APIRequest {
  /// Workers see all workspaces, and workspaces are made for all: both take an admin of the server's own workspace.
  func requireInstance() throws(APIError) {
    guard workspace == Accounts.instanceWorkspace else {
      throw APIError(.forbidden, "this takes a token of workspace '\(Accounts.instanceWorkspace)'")
    }
  }

  /// What the sender may do with paths.
  func pathRights() async throws -> PathRights {
    try await accounts.pathRights(of: identity.username, in: workspace)
  }

  /// - Throws: ``APIError`` with status 403, whether or not there is something at the path.
  func require(_ level: Folder.Level, _ path: String) async throws {
    guard try await pathRights().allow(level, path) else {
      let verb = level == .read ? "use" : level == .write ? "change" : "manage"
      throw APIError(
        .forbidden,
        "u/\(identity.username) may not \(verb) \(path.prefix(200)): it is another's, or in a folder of others"
      )
    }
  }

  /// A part of the path that names what lies at a path, when the sender may do with it what the level allows.
  func path(_ level: Folder.Level, _ name: String = "path") async throws -> String {
    let path = try parameter(name)
    try await require(level, path)
    return path
  }

  /// Tells the audit log what was done, where the route and its method do not tell it well.
  func note(
    _ operation: String, _ kind: AuditEntry.Kind, _ subject: String?, _ details: JSONObject = JSONObject()
  ) {
    audit.say(operation, kind, subject, details)
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
