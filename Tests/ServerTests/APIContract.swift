import JSON
import Jobs
import Testing

/// The server's own description of its API, held against what it answers.
struct APIContract: Sendable {
  private let paths: JSONObject

  init(_ document: JSONValue) throws {
    paths = try #require(document.object?["paths"]?.object)
  }

  /// Records an issue where an answer is not what the document says.
  func check(_ method: String, _ path: String, _ answer: ServerLab.Answer) {
    let plain = path.split(separator: "?").first.map(String.init) ?? path
    guard let operation = operation(method, plain) else {
      // Only paths that nobody knows are not described.
      #expect(
        [404, 405].contains(answer.status) || plain.hasPrefix("/api/workers/"),
        "\(method) \(plain) is not described")
      return
    }
    let type = answer.headers.first { $0.name.lowercased() == "content-type" }?.value ?? ""
    let responses = operation["responses"]?.object
    guard let described = responses?[String(answer.status)]?.object else {
      #expect(answer.status >= 400, "\(method) \(plain) answers \(answer.status)")
      #expect(type.hasPrefix("text/plain"), "\(method) \(plain) answers an error as \(type)")
      return
    }
    guard let content = described["content"]?.object,
      let (name, schema) = content.members.first.map({ ($0.key, $0.value) })
    else { return }
    // What a client has asked for by Accept is another form of the same.
    if OutputFormat.allCases.contains(where: { $0 != .json && $0.mediaType == type }) { return }
    #expect(type.hasPrefix(name) || name == "application/octet-stream", "\(method) \(plain) answers \(type)")
    if name == "application/json", let schema = schema.object?["schema"] {
      guard let value = answer.json else {
        Issue.record("\(method) \(plain) answers no JSON: \(answer.text.prefix(200))")
        return
      }
      for problem in Self.problems(value, schema, at: "$") {
        Issue.record("\(method) \(plain): \(problem)")
      }
    }
  }

  private func operation(_ method: String, _ path: String) -> JSONObject? {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    var best: (texts: Int, operation: JSONObject)?
    for member in paths.members {
      guard let operation = member.value.object?[method.lowercased()]?.object else { continue }
      let isRest = operation["parameters"]?.array?.contains {
        $0.object?["description"]?.string == "May hold slashes."
      }
      let pattern = member.key.split(separator: "/", omittingEmptySubsequences: false)
      guard isRest == true ? parts.count >= pattern.count : parts.count == pattern.count else { continue }
      let matches = zip(pattern, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
      let texts = pattern.count { !$0.hasPrefix("{") }
      if matches, texts > best?.texts ?? -1 { best = (texts, operation) }
    }
    return best?.operation
  }

  /// As JSON Schema has it, as far as the document uses it.
  static func problems(_ value: JSONValue, _ schema: JSONValue, at place: String) -> [String] {
    guard let schema = schema.object else { return [] }
    var types: [String] = []
    if let one = schema["type"]?.string { types = [one] }
    if let several = schema["type"]?.array { types = several.compactMap(\.string) }
    guard types.isEmpty || types.contains(where: { Self.is(value, $0) }) else {
      return ["\(place) should be \(types.joined(separator: " or ")), not \(value.text.prefix(80))"]
    }
    var found: [String] = []
    if let object = value.object {
      for name in schema["required"]?.array?.compactMap(\.string) ?? [] where object[name] == nil {
        found.append("\(place) lacks '\(name)'")
      }
      for member in schema["properties"]?.object?.members ?? [] {
        if let inner = object[member.key] {
          found += problems(inner, member.value, at: "\(place).\(member.key)")
        }
      }
    }
    if let items = schema["items"] {
      for (index, element) in (value.array ?? []).enumerated() {
        found += problems(element, items, at: "\(place)[\(index)]")
      }
    }
    return found
  }

  private static func `is`(_ value: JSONValue, _ type: String) -> Bool {
    switch (value, type) {
    case (.null, "null"), (.bool, "boolean"), (.string, "string"), (.array, "array"), (.object, "object"):
      true
    case (.number(let text), "integer"): Int(text) != nil
    default: false
    }
  }
}
