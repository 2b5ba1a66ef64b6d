public import JSON
internal import SQLText
public import Scripts

/// What a script takes: the parameters of its `main`, of its `name="$1"` lines, or of its `-- $name (type)` lines.
///
/// It is read from the text alone; nothing of the script is run.
public struct Signature: Sendable, Hashable {
  /// One parameter.
  public struct Parameter: Sendable, Hashable {
    public let name: String
    public let type: ParameterType
    /// The value that is taken when none is given, where the text says it plainly.
    public let `default`: JSONValue?
    /// Whether it may be left out.
    public let isOptional: Bool
    /// What the script's documentation says of it.
    public let summary: String?

    init(
      _ name: String, _ type: ParameterType, default: JSONValue? = nil, isOptional: Bool? = nil,
      summary: String? = nil
    ) {
      self.name = name
      self.type = type
      self.default = `default`
      self.isOptional = isOptional ?? (`default` != nil)
      self.summary = summary
    }
  }

  /// In order.
  public let parameters: [Parameter]
  /// Whether it takes arguments of any other name: Python's `**rest`.
  public let takesOthers: Bool
  /// What the script's documentation says of it.
  public let summary: String?
  /// Whether the one parameter takes all arguments as one object: `main({ id, name })` in TypeScript.
  public let takesOneObject: Bool

  init(
    _ parameters: [Parameter], takesOthers: Bool = false, summary: String? = nil, takesOneObject: Bool = false
  ) {
    self.parameters = parameters
    self.takesOthers = takesOthers
    self.summary = summary
    self.takesOneObject = takesOneObject
  }

  /// Reads a script's text.
  ///
  /// - Parameter path: what errors call the script.
  /// - Throws: `ScriptError` where SQL cannot be read. What cannot be understood of another language takes anything.
  public init(of content: String, language: ScriptLanguage, path: String) throws(ScriptError) {
    switch language {
    case .duckdb:
      let script = try SQLScript.parse(content, path: path)
      self = Self.signature(of: script.arguments + script.undeclaredArguments)
    case .postgresql:
      let script = try PostgreSQLScript.parse(content, path: path)
      self = Self.signature(of: script.parameters.map(\.argument))
    case .python3: self = PythonSource(content).signature
    case .typescript: self = TypeScriptSource(content).signature
    case .bash: self = BashDeclarations.signature(of: content)
    }
  }

  private static func signature(of arguments: [ScriptArgument]) -> Signature {
    Signature(
      arguments.map { argument in
        Parameter(
          argument.name, type(of: argument), default: argument.default.map(JSONValue.init(_:)),
          summary: argument.summary)
      })
  }

  private static func type(of argument: ScriptArgument) -> ParameterType {
    switch argument.family {
    case .text, .interval, .uuid, .decimal, .hugeInteger, .bytes: .text
    case .boolean: .boolean
    case .integer: .integer
    case .float: .number
    case .date: .temporal("date")
    case .time: .temporal("time")
    case .timestamp: .temporal("date-time")
    case .list: .list(.any)
    case .json: .object([])
    case .any: .any
    }
  }

  /// The parameters as a JSON Schema of the arguments' object.
  public var schema: JSONObject {
    var schema = JSONObject(pairs: [
      "$schema": .string("https://json-schema.org/draft/2020-12/schema"), "type": .string("object"),
    ])
    if let summary { schema["description"] = .string(summary) }
    schema["properties"] = .object(
      JSONObject(
        parameters.map { parameter in
          var property = parameter.type.schema
          if let summary = parameter.summary { property["description"] = .string(summary) }
          if let value = parameter.default { property["default"] = value }
          return .init(key: parameter.name, value: .object(property))
        }))
    schema["required"] = .array(parameters.filter { !$0.isOptional }.map { .string($0.name) })
    schema["order"] = .array(parameters.map { .string($0.name) })
    if !takesOthers { schema["additionalProperties"] = .bool(false) }
    return schema
  }
}

extension JSONValue {
  fileprivate init(_ value: ScriptValue) {
    self =
      switch value {
      case .null: .null
      case .bool(let bool): .bool(bool)
      case .integer(let integer): .number(String(integer))
      case .double(let double): double.isFinite ? .number(String(double)) : .string(String(double))
      case .text(let text): .string(text)
      case .json(let text): (try? JSONValue(parsing: text)) ?? .string(text)
      }
  }
}
