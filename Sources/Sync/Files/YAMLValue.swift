internal import JSON
internal import YAMLText
internal import Yams

/// Reads YAML as JSON values: plain words are null, truth values, numbers as JSON writes them, or text.
enum YAMLValue {
  /// The members of a document.
  ///
  /// - Throws: ``SyncError`` with the file and the line.
  static func object(of text: String, file: String) throws(SyncError) -> JSONObject {
    let root: Node
    let marks = MarkedText(text)
    do { root = try YAMLDocument.root(of: marks.text) } catch {
      if error.kind == .empty { return JSONObject() }
      throw SyncError("\(file)\(error.line.map { ":\($0)" } ?? ""): \(error)")
    }
    var budget = 100_000
    guard case .object(let object) = try value(root, file, marks, depth: 0, &budget) else {
      throw SyncError("\(file): this must be a list of `key: value` lines")
    }
    return object
  }

  /// - Parameter budget: how many values there may be yet: a name (`&a`) may stand for many.
  private static func value(
    _ node: Node, _ file: String, _ marks: MarkedText, depth: Int, _ budget: inout Int
  ) throws(SyncError) -> JSONValue {
    func problem(_ text: String, at place: Node) -> SyncError {
      SyncError("\(file)\(place.mark.map { ":\($0.line)" } ?? ""): \(text)")
    }
    budget -= 1
    guard budget > 0, depth < 100 else { throw problem("this is too much for one file", at: node) }
    switch node {
    case .scalar(let scalar):
      let text = marks.restored(scalar)
      return scalar.style == .plain || scalar.style == .any ? plain(text) : .string(text)
    case .sequence(let sequence):
      var elements: [JSONValue] = []
      for element in sequence { elements.append(try value(element, file, marks, depth: depth + 1, &budget)) }
      return .array(elements)
    case .mapping(let mapping):
      var object = JSONObject()
      for (key, member) in mapping {
        guard case .scalar(let scalar) = key else { throw problem("a key must be a plain word", at: key) }
        let name = marks.restored(scalar)
        guard object[name] == nil else { throw problem("'\(name)' stands twice", at: key) }
        object[name] = try value(member, file, marks, depth: depth + 1, &budget)
      }
      return .object(object)
    }
  }

  private static func plain(_ text: String) -> JSONValue {
    switch text {
    case "", "~", "null": .null
    case "true": .bool(true)
    case "false": .bool(false)
    default: isNumber(text) ? .number(text) : .string(text)
    }
  }

  /// As JSON has numbers.
  private static func isNumber(_ text: String) -> Bool {
    guard let first = text.utf8.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
      return false
    }
    guard let value = try? JSONValue(parsing: text), case .number(let number) = value else { return false }
    return number == text
  }
}

/// A text in which other characters stand for byte order marks: the reader loses those that a value begins with.
private struct MarkedText {
  let text: String
  private let stand: Unicode.Scalar?
  private static let escape = "\\uFEFF"

  init(_ text: String) {
    let parts = Self.parts(of: text)
    let used = Set(text.unicodeScalars)
    let free = (0xE000...0xF8FF).lazy.compactMap { Unicode.Scalar($0 as UInt32) }.first { !used.contains($0) }
    guard parts.count > 1, let free else {
      (self.text, stand) = (text, nil)
      return
    }
    self.text = parts.joined(separator: String(free))
    stand = free
  }

  /// What the reader should have given: where there are no escapes, theirs were plain letters.
  func restored(_ scalar: Node.Scalar) -> String {
    guard let stand, scalar.string.unicodeScalars.contains(stand) else { return scalar.string }
    let original = scalar.style == .doubleQuoted ? "\u{FEFF}" : Self.escape
    return scalar.string.unicodeScalars.split(separator: stand, omittingEmptySubsequences: false)
      .map { String($0) }.joined(separator: original)
  }

  /// What stands between the escapes for byte order marks. A backslash before which another stands begins none.
  private static func parts(of text: String) -> [String] {
    let bytes = Array(text.utf8)
    let mark = Array(escape.utf8)
    var parts: [String] = []
    var (start, index) = (0, 0)
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "\\") else {
        index += 1
        continue
      }
      guard bytes[index...].starts(with: mark) else {
        index += 2
        continue
      }
      parts.append(String(decoding: bytes[start..<index], as: UTF8.self))
      index += mark.count
      start = index
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }
}
