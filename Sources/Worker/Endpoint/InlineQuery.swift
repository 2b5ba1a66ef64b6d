internal import JSON
internal import Scripts
internal import Signatures

/// A query that a script sends while it runs: the body of Windmill's `run_inline/preview`.
struct InlineQuery: Sendable {
  let content: String
  let language: String
  /// A JSON object.
  let arguments: String

  static let largestBody = 16 << 20

  static func path(of workspace: String) -> String { "/api/w/\(workspace)/jobs/run_inline/preview" }

  /// Why the query cannot take its arguments, as the server tells it; nil when it can.
  var refusal: String? {
    guard let language = ScriptLanguage(named: language),
      let members = (try? JSONValue(parsing: arguments))?.object
    else { return nil }
    do { try SQLArguments.check(members, of: content, language: language) } catch { return error.description }
    return nil
  }

  /// - Returns: nil for a body that lacks something, or names variables and resources, whose values the server alone has.
  init?(_ body: [UInt8]) {
    guard let object = (try? body.withUnsafeBytes { try JSONValue(parsing: $0) })?.object,
      let content = object["content"]?.string, let language = object["language"]?.string
    else { return nil }
    switch object["args"] {
    case nil, .null: arguments = "{}"
    case .object(let members): arguments = JSONValue.object(members).text
    default: return nil
    }
    guard !arguments.contains("$var:"), !arguments.contains("$res:") else { return nil }
    self.content = content
    self.language = language
  }
}
