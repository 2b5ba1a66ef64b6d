internal import HTTPServer
internal import JSON

/// A form of JSON values, as JSON Schema 2020-12 says it, which OpenAPI 3.1 takes over.
indirect enum APISchema: Sendable {
  case any
  case string
  case integer
  case boolean
  case null
  case array(APISchema)
  /// Members by name; those whose names end in `?` may be missing or null.
  case object(KeyValuePairs<String, APISchema>)
  /// An object with members of any names.
  case dictionary

  var json: JSONValue {
    switch self {
    case .any: .object(JSONObject())
    case .string: Self.type("string")
    case .integer: Self.type("integer")
    case .boolean: Self.type("boolean")
    case .null: Self.type("null")
    case .array(let element):
      .object(JSONObject(pairs: ["type": .string("array"), "items": element.json]))
    case .dictionary: Self.type("object")
    case .object(let members): Self.object(members)
    }
  }

  private static func type(_ name: String) -> JSONValue {
    .object(JSONObject(pairs: ["type": .string(name)]))
  }

  private static func object(_ members: KeyValuePairs<String, APISchema>) -> JSONValue {
    var properties = JSONObject()
    var required: [JSONValue] = []
    for (name, schema) in members {
      if name.hasSuffix("?") {
        let inner = schema.json
        if let type = inner.object?["type"], var object = inner.object {
          object["type"] = .array([type, .string("null")])
          properties[String(name.dropLast())] = .object(object)
        } else {
          properties[String(name.dropLast())] = inner
        }
      } else {
        properties[name] = schema.json
        required.append(.string(name))
      }
    }
    var object = JSONObject(pairs: ["type": .string("object"), "properties": .object(properties)])
    if !required.isEmpty { object["required"] = .array(required) }
    return .object(object)
  }
}

/// What a request's body or an answer is.
enum APIContent: Sendable {
  case none
  case json(APISchema)
  case text
  case events
  case bytes
  case xml

  /// Its media type and schema; nil for none.
  var entry: (type: String, schema: JSONValue)? {
    switch self {
    case .none: nil
    case .json(let schema): ("application/json", schema.json)
    case .text: ("text/plain", APISchema.string.json)
    case .events: ("text/event-stream", APISchema.string.json)
    case .xml: ("application/xml", APISchema.string.json)
    case .bytes: ("application/octet-stream", .object(JSONObject()))
    }
  }
}

/// One route as people read it.
struct APIOperation: Sendable {
  let method: HTTPMethod
  /// As the router has it.
  let pattern: String
  let summary: String
  let tag: String
  var query: KeyValuePairs<String, String> = [:]
  var body = APIContent.none
  let status: Int
  let answer: APIContent

  /// - Parameters:
  ///   - path: below `/api/w/{workspace}/`, or from the root when it begins with a slash.
  ///   - query: names and what they are for.
  init(
    _ method: HTTPMethod, _ path: String, _ summary: String, tag: String,
    query: KeyValuePairs<String, String> = [:],
    body: APIContent = .none, status: Int = 200, answer: APIContent
  ) {
    self.method = method
    pattern = path.hasPrefix("/") ? path : "/api/w/{workspace}/" + path
    self.summary = summary
    self.tag = tag
    self.query = query
    self.body = body
    self.status = status
    self.answer = answer
  }
}
