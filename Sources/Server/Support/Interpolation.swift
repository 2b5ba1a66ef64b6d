internal import Accounts
internal import HTTPServer
internal import JSON

/// Puts values of variables and resources into the places of a JSON value that name them: a string `$var:PATH` or
/// `$res:PATH`.
struct Interpolation {
  let accounts: Accounts
  let workspace: String
  /// Of the one for whom values are put in.
  let rights: PathRights

  /// Resources that name each other would never end.
  private static let deepest = 16

  /// - Parameter text: JSON text of the store.
  /// - Throws: ``APIError`` for a circle; `AccountError` when what is named is not there.
  func value(of text: String) async throws -> JSONValue {
    guard let value = try? JSONValue(parsing: text) else {
      throw APIError(.internalServerError, "a resource in the store cannot be read")
    }
    return try await resolved(value, depth: 0)
  }

  func resolved(_ value: JSONValue, depth: Int = 0) async throws -> JSONValue {
    guard depth < Self.deepest else {
      throw APIError(.badRequest, "resources name each other more than \(Self.deepest) deep, or in a circle")
    }
    switch value {
    case .string(let text) where text.hasPrefix("$var:"):
      return .string(try await accounts.variable(try allowed(text), of: workspace).value)
    case .string(let text) where text.hasPrefix("$res:"):
      let found = try await accounts.resource(try allowed(text), of: workspace).value
      guard let value = try? JSONValue(parsing: found) else {
        throw APIError(.internalServerError, "a resource in the store cannot be read")
      }
      return try await resolved(value, depth: depth + 1)
    case .array(let elements):
      var results: [JSONValue] = []
      for element in elements { results.append(try await resolved(element, depth: depth)) }
      return .array(results)
    case .object(let object):
      var result = JSONObject()
      for member in object.members { result[member.key] = try await resolved(member.value, depth: depth) }
      return .object(result)
    default: return value
    }
  }

  private func allowed(_ text: String) throws(APIError) -> String {
    let path = String(text.dropFirst(5))
    guard rights.allow(.read, path) else {
      throw APIError(.forbidden, "\(path.prefix(200)) is another's, or in a folder of others")
    }
    return path
  }
}
