/// A JSON value that keeps what `Double` and a dictionary would lose: digits of numbers and the order of keys.
public indirect enum JSONValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  /// A number as it was written.
  case number(String)
  case string(String)
  case list([JSONValue])
  case object([Member])

  /// A key of an object and its value.
  public struct Member: Sendable, Hashable {
    public var key: String
    public var value: JSONValue

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// Reads JSON text.
  ///
  /// - Throws: ``RESTSourceError`` for what is no JSON.
  public init(jsonText: String) throws(RESTSourceError) {
    do { self.init(try JSONNode(document: Array(jsonText.utf8))) } catch {
      throw RESTSourceError(.declaration, "this is no JSON (byte \(error.offset + 1): \(error.message))")
    }
  }

  /// The value as JSON text.
  public var jsonText: String { String(decoding: jsonBytes, as: UTF8.self) }

  /// The members of an object; nil for other kinds.
  public var members: [Member]? { if case .object(let members) = self { members } else { nil } }

  /// The value of a key of an object.
  public subscript(key: String) -> JSONValue? { members?.first { $0.key == key }?.value }

  var jsonBytes: [UInt8] {
    switch self {
    case .null: return Array("null".utf8)
    case .boolean(let value): return Array((value ? "true" : "false").utf8)
    case .number(let text): return Array(text.utf8)
    case .string(let text): return JSONText.quoted(text)
    case .list(let elements):
      return [UInt8(ascii: "[")] + elements.map(\.jsonBytes).joined(separator: [UInt8(ascii: ",")])
        + [UInt8(ascii: "]")]
    case .object(let members):
      let pairs = members.map { JSONText.quoted($0.key) + [UInt8(ascii: ":")] + $0.value.jsonBytes }
      return [UInt8(ascii: "{")] + pairs.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
    }
  }

  /// What a URL or a form gets: nil for `null`, objects and lists.
  var plainText: String? {
    switch self {
    case .boolean(let value): value ? "true" : "false"
    case .number(let text), .string(let text): text
    case .null, .list, .object: nil
    }
  }

  init(_ node: JSONNode) {
    switch node.kind {
    case .null: self = .null
    case .boolean: self = .boolean(node.raw.first == UInt8(ascii: "t"))
    case .number: self = .number(String(decoding: node.raw, as: UTF8.self))
    case .string: self = .string(JSONText.unescaped(node.raw))
    case .list: self = .list(node.elements.map { JSONValue($0) })
    case .object:
      self = .object(node.members.map { Member(key: $0.key.text, value: JSONValue($0.value)) })
    }
  }

  /// Sets the value at a dotted path, making the objects on the way.
  mutating func set(_ value: JSONValue, at path: ArraySlice<String>) {
    guard let key = path.first else {
      self = value
      return
    }
    var members = self.members ?? []
    let index = members.firstIndex { $0.key == key } ?? members.count
    if index == members.count { members.append(Member(key: key, value: .null)) }
    members[index].value.set(value, at: path.dropFirst())
    self = .object(members)
  }
}
