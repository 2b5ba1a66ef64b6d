public import JSON
public import Scripts

extension ScriptValue {
  /// Arguments by name.
  public static func values(of object: JSONObject) -> [String: ScriptValue] {
    var values: [String: ScriptValue] = [:]
    for member in object.members { values[member.key] = ScriptValue(member.value) }
    return values
  }

  private init(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .bool(let bool): self = .bool(bool)
    case .string(let text): self = .text(text)
    case .array, .object: self = .json(json.text)
    case .number(let text):
      if let integer = Int64(text) {
        self = .integer(integer)
      } else if text.allSatisfy({ $0.isNumber || $0 == "-" }) {
        // Wider than 64 bits: the database reads it.
        self = .text(text)
      } else {
        self = Double(text).map(ScriptValue.double) ?? .text(text)
      }
    }
  }
}
