extension JSONValue {
  /// Reads a JSON text. Where a key stands twice in an object, the last value counts.
  ///
  /// - Throws: ``JSONError`` that tells where the text goes wrong.
  public init(parsing text: String) throws {
    var text = text
    self = try text.withUTF8 { try JSONValue(parsing: UnsafeRawBufferPointer($0)) }
  }

  /// Reads a JSON text in UTF-8, likewise.
  public init(parsing bytes: UnsafeRawBufferPointer) throws {
    var parser = JSONParser(bytes)
    self = try parser.document()
  }
}

/// Reads one JSON text from bytes.
private struct JSONParser {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func document() throws -> JSONValue {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw failure("text after the value") }
    return value
  }

  private mutating func value() throws -> JSONValue {
    skipSpace()
    guard position < bytes.count else { throw failure("the text ends too early") }
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "\""): return .string(try string())
    default: return try word()
    }
  }

  private mutating func object() throws -> JSONObject {
    try enter()
    var members: [JSONObject.Member] = []
    var places: [String: Int] = [:]
    while try more(UInt8(ascii: "}"), isFirst: members.isEmpty) {
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw failure("a member has no name")
      }
      let key = try string()
      skipSpace()
      guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else {
        throw failure("a colon is missing")
      }
      position += 1
      let value = try value()
      if let place = places[key] {
        members[place].value = value
      } else {
        places[key] = members.count
        members.append(.init(key: key, value: value))
      }
    }
    return JSONObject(members)
  }

  private mutating func array() throws -> [JSONValue] {
    try enter()
    var elements: [JSONValue] = []
    while try more(UInt8(ascii: "]"), isFirst: elements.isEmpty) { elements.append(try value()) }
    return elements
  }

  private mutating func enter() throws {
    position += 1
    depth += 1
    guard depth < 1000 else { throw failure("nested too deeply") }
  }

  private mutating func more(_ end: UInt8, isFirst: Bool) throws -> Bool {
    skipSpace()
    guard position < bytes.count else { throw failure("the text ends too early") }
    if bytes[position] == end {
      position += 1
      depth -= 1
      return false
    }
    guard !isFirst else { return true }
    guard bytes[position] == UInt8(ascii: ",") else { throw failure("a comma is missing") }
    position += 1
    return true
  }

  private mutating func string() throws -> String {
    position += 1
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\")
    {
      position += 1
    }
    guard position < bytes.count else { throw failure("a text does not end") }
    var text = String(decoding: bytes[start..<position], as: UTF8.self)
    while bytes[position] != UInt8(ascii: "\"") {
      if bytes[position] == UInt8(ascii: "\\") {
        text.unicodeScalars.append(try escape())
      } else {
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""),
          bytes[position] != UInt8(ascii: "\\")
        {
          position += 1
        }
        text += String(decoding: bytes[start..<position], as: UTF8.self)
      }
      guard position < bytes.count else { throw failure("a text does not end") }
    }
    position += 1
    return text
  }

  private mutating func escape() throws -> Unicode.Scalar {
    guard position + 1 < bytes.count else { throw failure("a text does not end") }
    let letter = bytes[position + 1]
    position += 2
    switch letter {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "u"):
      let first = try hexadecimal()
      if (0xd800..<0xdc00).contains(first), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
        bytes[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let second = try hexadecimal()
        guard (0xdc00..<0xe000).contains(second) else { return "\u{fffd}" }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) ?? "\u{fffd}"
      }
      return Unicode.Scalar(first) ?? "\u{fffd}"
    default: return Unicode.Scalar(letter)
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard position + 4 <= bytes.count,
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure("\\u wants four hexadecimal digits") }
    position += 4
    return value
  }

  private mutating func word() throws -> JSONValue {
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        position += 1
        continue
      default: break
      }
      break
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    switch text {
    case "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "NaN", "Infinity", "-Infinity": return .number(text)
    default:
      guard let first = text.utf8.first, first == UInt8(ascii: "-") || (first >= 0x30 && first <= 0x39) else {
        throw failure("no value")
      }
      return .number(text)
    }
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
  }

  private func failure(_ what: String) -> JSONError {
    JSONError(description: "this is no JSON: \(what) at byte \(position + 1)")
  }
}
