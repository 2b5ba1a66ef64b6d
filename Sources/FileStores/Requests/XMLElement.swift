/// An element of a small XML document, as S3's clients send them: elements and texts. Strict: what has a document type, marked sections,
/// comments or entities of its own is no such document.
package struct XMLElement: Sendable {
  /// Without the prefix of a namespace.
  package let name: String
  package fileprivate(set) var children: [XMLElement] = []
  /// The text directly in it.
  package fileprivate(set) var text = ""

  /// - Throws: ``XMLProblem``.
  package init(parsing bytes: [UInt8]) throws(XMLProblem) {
    var reader = XMLReader(bytes)
    self = try reader.document()
  }

  fileprivate init(name: String) { self.name = name }

  /// The first child of a name.
  package subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

/// A text is no XML, or none of the small kind.
package struct XMLProblem: Error, Sendable {}

private struct XMLReader {
  private let bytes: [UInt8]
  private var position = 0

  private static let deepest = 16

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(XMLProblem) -> XMLElement {
    _ = skip("\u{FEFF}")
    skipSpace()
    if skip("<?xml") {
      while !skip("?>") { try advance() }
    }
    skipSpace()
    let root = try element(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw XMLProblem() }
    return root
  }

  private mutating func element(depth: Int) throws(XMLProblem) -> XMLElement {
    guard depth < Self.deepest, skip("<") else { throw XMLProblem() }
    let name = try name()
    var element = XMLElement(name: Self.local(name))
    while true {
      let hadSpace = skipSpace()
      if skip("/>") { return element }
      if skip(">") { break }
      guard hadSpace else { throw XMLProblem() }
      try attribute()
    }
    var text: [UInt8] = []
    while true {
      if skip("</") {
        guard try self.name() == name else { throw XMLProblem() }
        skipSpace()
        guard skip(">") else { throw XMLProblem() }
        guard let whole = String(validating: text, as: UTF8.self) else { throw XMLProblem() }
        element.text = whole
        return element
      }
      guard let byte = current else { throw XMLProblem() }
      switch byte {
      case UInt8(ascii: "<"): element.children.append(try self.element(depth: depth + 1))
      case UInt8(ascii: "&"): text += try entity()
      default:
        text.append(byte)
        position += 1
      }
    }
  }

  /// Read over: S3's clients say there whose names they use.
  private mutating func attribute() throws(XMLProblem) {
    _ = try name()
    skipSpace()
    guard skip("=") else { throw XMLProblem() }
    skipSpace()
    guard let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
      throw XMLProblem()
    }
    position += 1
    while current != quote {
      if current == UInt8(ascii: "<") { throw XMLProblem() }
      try advance()
    }
    position += 1
  }

  private mutating func entity() throws(XMLProblem) -> [UInt8] {
    guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
      throw XMLProblem()
    }
    let name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
    position = end + 1
    switch name {
    case "amp": return [UInt8(ascii: "&")]
    case "lt": return [UInt8(ascii: "<")]
    case "gt": return [UInt8(ascii: ">")]
    case "quot": return [UInt8(ascii: "\"")]
    case "apos": return [UInt8(ascii: "'")]
    default: break
    }
    let number: UInt32? =
      name.hasPrefix("#x")
      ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
    guard let scalar = number.flatMap(Unicode.Scalar.init), scalar.value != 0 else { throw XMLProblem() }
    return Array(String(scalar).utf8)
  }

  private mutating func name() throws(XMLProblem) -> String {
    let start = position
    while let byte = current, Self.isOfName(byte) { position += 1 }
    guard position > start else { throw XMLProblem() }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func local(_ name: String) -> String {
    name.split(separator: ":").last.map(String.init) ?? name
  }

  // MARK: Bytes

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func advance() throws(XMLProblem) {
    guard position < bytes.count else { throw XMLProblem() }
    position += 1
  }

  private mutating func skip(_ text: String) -> Bool {
    guard bytes[position...].starts(with: text.utf8) else { return false }
    position += text.utf8.count
    return true
  }

  @discardableResult private mutating func skipSpace() -> Bool {
    let start = position
    while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    return position > start
  }
}
