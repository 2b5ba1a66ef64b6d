public import JSON

/// What values a parameter takes.
public indirect enum ParameterType: Sendable, Hashable {
  /// Anything.
  case any
  case text
  case integer
  case number
  case boolean
  /// A moment, a day or a time of a day, as ISO text; the name is JSON Schema's: `date-time`, `date`, `time`.
  case temporal(String)
  /// Bytes, as base64 text.
  case bytes
  /// One of these texts.
  case choice([String])
  case list(ParameterType)
  /// An object with these members, and maybe others.
  case object([Field])
  /// A type that the language does not have itself: most often that of a resource.
  case named(String)
  /// What becomes text: a text, a number, true or false; lists and objects as JSON.
  case word
  /// The type, or null.
  case nullable(ParameterType)

  /// A member of an object.
  public struct Field: Sendable, Hashable {
    public let name: String
    public let type: ParameterType
    public let isOptional: Bool
  }

  /// The type as a JSON Schema.
  public var schema: JSONObject {
    switch self {
    case .any: JSONObject()
    case .text, .word: Self.schema("string")
    case .integer: Self.schema("integer")
    case .number: Self.schema("number")
    case .boolean: Self.schema("boolean")
    case .temporal(let format): Self.schema("string", ("format", .string(format)))
    case .bytes: Self.schema("string", ("contentEncoding", .string("base64")))
    case .choice(let texts): Self.schema("string", ("enum", .array(texts.map(JSONValue.string))))
    case .list(let element):
      element == .any
        ? Self.schema("array") : Self.schema("array", ("items", .object(element.schema)))
    case .object(let fields):
      fields.isEmpty
        ? Self.schema("object")
        : Self.schema(
          "object",
          (
            "properties",
            .object(JSONObject(fields.map { .init(key: $0.name, value: .object($0.type.schema)) }))
          ),
          ("required", .array(fields.filter { !$0.isOptional }.map { .string($0.name) })))
    case .named(let name): Self.schema("object", ("format", .string("resource-" + Self.snakeCase(name))))
    case .nullable(let type):
      {
        var schema = type.schema
        schema["nullable"] = .bool(true)
        return schema
      }()
    }
  }

  private static func schema(_ type: String, _ more: (String, JSONValue)...) -> JSONObject {
    JSONObject(
      [.init(key: "type", value: .string(type))] + more.map { .init(key: $0.0, value: $0.1) })
  }

  private static func snakeCase(_ name: String) -> String {
    var text = ""
    var afterLower = false
    for letter in name {
      if letter.isUppercase, afterLower { text += "_" }
      afterLower = letter.isLowercase || letter.isNumber
      text += letter.lowercased()
    }
    return text
  }

  /// Whether its texts are moments.
  public var isMoment: Bool {
    switch self {
    case .temporal("date-time"): true
    case .nullable(let type): type.isMoment
    default: false
    }
  }

  /// What the type is called in a message.
  var phrase: String {
    switch self {
    case .any, .named: "a value"
    case .text: "text"
    case .word: "text or a number"
    case .integer: "a whole number"
    case .number: "a number"
    case .boolean: "true or false"
    case .temporal("date"): "a day as text, such as 2024-02-29"
    case .temporal("time"): "a time as text, such as 08:30:00"
    case .temporal: "a moment as text, such as 2024-02-29T08:30:00Z"
    case .bytes: "bytes as base64 text"
    case .choice(let texts): "one of " + texts.map { "'\($0)'" }.joined(separator: ", ")
    case .list(.any): "a list"
    case .list(let element): "a list of which each is \(element.phrase)"
    case .object: "an object"
    case .nullable(let type): type.phrase + ", or null"
    }
  }

  /// Where a value does not fit, from the value itself: nil when it fits, "" for the value, ".name" or "[2]" for a part of it.
  func misfit(_ value: JSONValue) -> (place: String, type: ParameterType, value: JSONValue)? {
    let fits: Bool
    switch (self, value) {
    case (.any, _), (.named, _): fits = true
    case (.nullable(let type), _): return value == .null ? nil : type.misfit(value)
    case (.text, .string), (.temporal, .string), (.bytes, .string), (.boolean, .bool), (.number, .number):
      fits = true
    case (.word, .null): fits = false
    case (.word, _): fits = true
    case (.integer, .number(let text)): fits = Self.isWhole(text)
    case (.choice(let texts), .string(let text)): fits = texts.contains(text)
    case (.list(let element), .array(let values)):
      for (index, value) in values.enumerated() {
        if let found = element.misfit(value) { return ("[\(index)]" + found.place, found.type, found.value) }
      }
      fits = true
    case (.object(let fields), .object(let object)):
      for field in fields {
        guard let value = object[field.name] else {
          if field.isOptional { continue }
          return ("." + field.name, field.type, .null)
        }
        if field.isOptional, value == .null { continue }
        if let found = field.type.misfit(value) {
          return (".\(field.name)" + found.place, found.type, found.value)
        }
      }
      fits = true
    default: fits = false
    }
    return fits ? nil : ("", self, value)
  }

  private static func isWhole(_ text: String) -> Bool {
    if text.allSatisfy({ $0.isNumber || $0 == "-" }) { return true }
    guard let number = Double(text) else { return false }
    return number == number.rounded() && number.isFinite
  }
}
