/// A JSON value that keeps what Foundation's loses: the order of an object's members, and numbers as they were written.
public indirect enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// A number, as it was written.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

/// The members of a JSON object, in order.
public struct JSONObject: Sendable, Hashable {
  /// One member.
  public struct Member: Sendable, Hashable {
    public var key: String
    public var value: JSONValue

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The members in order.
  public private(set) var members: [Member]

  /// - Parameter members: the members; each key once.
  public init(_ members: [Member] = []) { self.members = members }

  /// - Parameter pairs: the members; each key once.
  public init(pairs: KeyValuePairs<String, JSONValue>) {
    members = pairs.map { Member(key: $0.key, value: $0.value) }
  }

  /// The keys in order.
  public var keys: [String] { members.map(\.key) }

  /// A member's value. A new one comes last; nil removes it.
  public subscript(_ key: String) -> JSONValue? {
    get { members.first { $0.key == key }?.value }
    set {
      guard let index = members.firstIndex(where: { $0.key == key }) else {
        if let newValue { members.append(Member(key: key, value: newValue)) }
        return
      }
      if let newValue { members[index].value = newValue } else { members.remove(at: index) }
    }
  }
}

extension JSONValue {
  /// The members, when it is an object.
  public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
  /// The elements, when it is an array.
  public var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }
  /// The text, when it is a string.
  public var string: String? { if case .string(let text) = self { text } else { nil } }
  /// The truth value, when it is one.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// The number, when it is a whole one.
  public var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }

  /// A whole number.
  public static func int(_ value: Int) -> JSONValue { .number(String(value)) }
}
