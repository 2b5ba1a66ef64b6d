import Foundation
import HTTPClient

/// The request of a page before it is put together.
struct PageRequest: Sendable {
  var url: String
  var method: RESTEndpoint.Method
  var headers: [(name: String, value: String)]
  var parameters: [(name: String, value: String)]
  var json: JSONValue?
  var data: JSONValue?

  mutating func set(_ value: JSONValue, at target: RESTRequestTarget) {
    switch target {
    case .parameter(let name):
      parameters.removeAll { $0.name == name }
      parameters.append((name, value.plainText ?? value.jsonText))
    case .body(let path):
      var body = json ?? .object([])
      body.set(value, at: path.split(separator: ".").map(String.init)[...])
      json = body
    }
  }

  /// The request as it is sent.
  func message(client headers: [(name: String, value: String)]) throws(RESTSourceError) -> ClientRequest {
    let text = URLText.adding(parameters, to: url)
    guard let url = URLText.url(text), Origin(url) != nil else {
      throw RESTSourceError(
        .declaration, "'\(text)' is no http: or https: URL", hint: "Check base_url and path")
    }
    var request = ClientRequest(url: url, method: method.rawValue)
    request.headers = [("Accept", "*/*"), ("User-Agent", "tarn")]
    if let json {
      request.body = json.jsonBytes
      request.setHeader("Content-Type", "application/json")
    } else if let data {
      if let members = data.members {
        request.body = URLText.form(members.flatMap { Self.fields($0) })
        request.setHeader("Content-Type", "application/x-www-form-urlencoded")
      } else {
        request.body = Array((data.plainText ?? data.jsonText).utf8)
      }
    }
    for header in headers + self.headers { request.setHeader(header.name, header.value) }
    return request
  }

  /// A parameter as often as it has values; `null` is none.
  static func fields(_ member: JSONValue.Member) -> [(name: String, value: String)] {
    if case .list(let elements) = member.value {
      return elements.compactMap { element in element.plainText.map { (member.key, $0) } }
    }
    return member.value.plainText.map { [(member.key, $0)] } ?? []
  }
}

/// The values that a request's placeholders stand for.
struct PlaceholderValues: Sendable {
  var values: [String: JSONValue] = [:]
  var range: IncrementalRange?

  func value(_ name: String) -> JSONValue? { values[name] ?? range?.value(of: name) }

  /// A text with its placeholders filled in; nil when it is nothing but one without a value.
  func text(_ template: String, escaping: (String) -> String = { $0 }) throws(RESTSourceError) -> String? {
    let parsed: RESTTemplate
    do { parsed = try RESTTemplate(template) } catch { throw RESTSourceError(.declaration, "\(error)") }
    return try text(parsed, escaping: escaping)
  }

  func text(_ template: RESTTemplate, escaping: (String) -> String = { $0 }) throws(RESTSourceError)
    -> String?
  {
    if let name = template.onlyPlaceholder, isMissing(name) { return nil }
    var text = ""
    for part in template.parts {
      switch part {
      case .text(let literal): text += literal
      case .placeholder(let name): text += escaping(try plain(name))
      }
    }
    return text
  }

  /// A JSON value with its placeholders filled in; a text that is nothing but one becomes the value itself.
  func filled(_ value: JSONValue) throws(RESTSourceError) -> JSONValue {
    switch value {
    case .string(let text):
      if let name = (try? RESTTemplate(text))?.onlyPlaceholder { return self.value(name) ?? .null }
      return .string(try self.text(text) ?? "")
    case .list(let elements):
      var filled: [JSONValue] = []
      for element in elements { filled.append(try self.filled(element)) }
      return .list(filled)
    case .object(let members):
      var filled: [JSONValue.Member] = []
      for member in members {
        filled.append(.init(key: try text(member.key) ?? "", value: try self.filled(member.value)))
      }
      return .object(filled)
    case .null, .boolean, .number: return value
    }
  }

  private func isMissing(_ name: String) -> Bool {
    guard let value = value(name) else { return true }
    return value == .null
  }

  private func plain(_ name: String) throws(RESTSourceError) -> String {
    guard let value = value(name), value != .null else {
      throw RESTSourceError(
        .declaration, "{\(name)} has no value",
        hint: name.hasPrefix("incremental.") ? "Give the incremental an initial_value" : nil)
    }
    guard let text = value.plainText else {
      throw RESTSourceError(
        .answer, "{\(name)} is neither a text nor a number: \(value.jsonText.prefix(60))",
        hint: "Name a field within it")
    }
    return text
  }
}
