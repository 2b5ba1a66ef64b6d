/// One value within a checked JSON text. Nothing is decoded before it is asked for.
struct JSONNode {
  enum Kind { case object, list, string, number, boolean, null }

  let bytes: [UInt8]
  let range: Range<Int>

  /// Checks a whole text.
  init(document bytes: [UInt8]) throws(JSONProblem) {
    range = try JSONScanner.document(bytes)
    self.bytes = bytes
  }

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    self.range = range
  }

  var kind: Kind {
    switch bytes[range.lowerBound] {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .list
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
    case UInt8(ascii: "n"): .null
    default: .number
    }
  }

  /// The value as it stands in the text.
  var raw: ArraySlice<UInt8> { bytes[range] }

  /// A text without its quotes and escapes; nil for every other kind.
  var string: String? { kind == .string ? JSONText.unescaped(raw) : nil }

  /// What a placeholder or a URL gets: a text bare, a number or a boolean as it was written; nil for `null`, objects
  /// and lists.
  var plainText: String? {
    switch kind {
    case .string: string
    case .number, .boolean: String(decoding: raw, as: UTF8.self)
    case .object, .list, .null: nil
    }
  }

  /// The first member of that name.
  func member(_ name: String) -> JSONNode? {
    for (key, value) in members where key.matches(name) { return value }
    return nil
  }

  /// Keys and values of an object, in their order; nothing for other kinds.
  var members: Members { Members(self) }
  /// Elements of a list, in their order; nothing for other kinds.
  var elements: Elements { Elements(self) }

  /// A key as it stands in the text.
  struct Key {
    fileprivate let raw: ArraySlice<UInt8>
    var text: String { JSONText.unescaped(raw) }

    func matches(_ name: String) -> Bool {
      let inner = raw.dropFirst().dropLast()
      // An escaped key is rare, and decoding each key of each row would be dear.
      return inner.contains(UInt8(ascii: "\\")) ? text == name : inner.elementsEqual(name.utf8)
    }
  }

  struct Members: Sequence, IteratorProtocol {
    private var scanner: JSONScanner
    private let isObject: Bool

    fileprivate init(_ node: JSONNode) {
      isObject = node.kind == .object
      scanner = JSONScanner(node.bytes, in: (node.range.lowerBound + 1)..<node.range.upperBound)
    }

    mutating func next() -> (key: Key, value: JSONNode)? {
      guard isObject else { return nil }
      if scanner.peek() == UInt8(ascii: ",") { scanner.position += 1 }
      guard scanner.peek() == UInt8(ascii: "\"") else { return nil }
      // The text was checked when the document was opened.
      guard let key = try? scanner.skipKey(), let value = try? scanner.skipValue() else { return nil }
      return (Key(raw: scanner.bytes[key]), JSONNode(scanner.bytes, value))
    }
  }

  struct Elements: Sequence, IteratorProtocol {
    private var scanner: JSONScanner
    private let isList: Bool

    fileprivate init(_ node: JSONNode) {
      isList = node.kind == .list
      scanner = JSONScanner(node.bytes, in: (node.range.lowerBound + 1)..<node.range.upperBound)
    }

    mutating func next() -> JSONNode? {
      guard isList else { return nil }
      if scanner.peek() == UInt8(ascii: ",") { scanner.position += 1 }
      guard scanner.peek() != UInt8(ascii: "]"), let value = try? scanner.skipValue() else { return nil }
      return JSONNode(scanner.bytes, value)
    }
  }
}
