/// What is wrong with a JSON text, and at which byte.
struct JSONProblem: Error, Hashable {
  let message: String
  let offset: Int
}

/// Walks over JSON in UTF-8 without building values, so that rows can be copied as they came: big integers, long
/// decimals, escapes and the order of keys stay what the API wrote.
///
/// It accepts what Python's `json` accepts, `NaN` and `Infinity` included, but for nesting of more than
/// ``maximumDepth`` and for text that is no UTF-8.
struct JSONScanner {
  static let maximumDepth = 512

  let bytes: [UInt8]
  let end: Int
  var position: Int

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    position = range.lowerBound
    end = range.upperBound
  }

  /// Checks that the text is one value and nothing else.
  ///
  /// - Returns: where the value stands.
  static func document(_ bytes: [UInt8]) throws(JSONProblem) -> Range<Int> {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var scanner = JSONScanner(bytes, in: (bytes.starts(with: byteOrderMark) ? 3 : 0)..<bytes.count)
    scanner.skipSpace()
    let range = try scanner.skipValue()
    scanner.skipSpace()
    guard scanner.position == scanner.end else {
      throw JSONProblem(message: "there is more text after the JSON value", offset: scanner.position)
    }
    return range
  }

  mutating func skipSpace() {
    while position < end {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// The next byte that is no white space; nil at the end.
  mutating func peek() -> UInt8? {
    skipSpace()
    return position < end ? bytes[position] : nil
  }

  /// Passes over one value, checking it.
  mutating func skipValue() throws(JSONProblem) -> Range<Int> {
    guard let first = peek() else { throw problem("a value is missing") }
    let start = position
    switch first {
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer()
    default: try skipScalar(first)
    }
    return start..<position
  }

  /// Passes over an object or a list with a stack of its own: deep nesting must not use up the thread's.
  private mutating func skipContainer() throws(JSONProblem) {
    var closings: [UInt8] = []
    while true {
      guard let byte = peek() else { throw problem("the text ends within a value") }
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        guard closings.count < Self.maximumDepth else {
          throw problem("values are nested more than \(Self.maximumDepth) deep")
        }
        position += 1
        let closing = byte == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
        if peek() == closing {
          position += 1
        } else {
          closings.append(closing)
          if closing == UInt8(ascii: "}") { try skipKey() }
          continue
        }
      } else {
        try skipScalar(byte)
      }
      while let closing = closings.last {
        guard let next = peek() else { throw problem("the text ends within a value") }
        position += 1
        if next == UInt8(ascii: ",") {
          if closing == UInt8(ascii: "}") { try skipKey() }
          break
        }
        guard next == closing else {
          position -= 1
          throw problem("'\(Character(UnicodeScalar(closing)))' or ',' is missing")
        }
        closings.removeLast()
      }
      if closings.isEmpty { return }
    }
  }

  /// Passes over `"key":`.
  ///
  /// - Returns: where the key stands, with its quotes.
  @discardableResult
  mutating func skipKey() throws(JSONProblem) -> Range<Int> {
    guard peek() == UInt8(ascii: "\"") else { throw problem("a key in double quotes is missing") }
    let start = position
    try skipString()
    let key = start..<position
    guard peek() == UInt8(ascii: ":") else { throw problem("':' is missing after a key") }
    position += 1
    return key
  }

  private mutating func skipScalar(_ first: UInt8) throws(JSONProblem) {
    switch first {
    case UInt8(ascii: "\""): try skipString()
    case UInt8(ascii: "t"): try skip("true")
    case UInt8(ascii: "f"): try skip("false")
    case UInt8(ascii: "n"): try skip("null")
    case UInt8(ascii: "N"): try skip("NaN")
    case UInt8(ascii: "I"): try skip("Infinity")
    case UInt8(ascii: "-") where position + 1 < end && bytes[position + 1] == UInt8(ascii: "I"):
      try skip("-Infinity")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try skipNumber()
    default: throw problem("a value is missing")
    }
  }

  private mutating func skip(_ word: StaticString) throws(JSONProblem) {
    let start = position
    for expected in "\(word)".utf8 {
      guard position < end, bytes[position] == expected else {
        position = start
        throw problem("a value is missing")
      }
      position += 1
    }
  }

  private mutating func skipNumber() throws(JSONProblem) {
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let whole = position
    try skipDigits()
    if bytes[whole] == UInt8(ascii: "0"), position > whole + 1 {
      position = whole
      throw problem("a number may not begin with 0")
    }
    if position < end, bytes[position] == UInt8(ascii: ".") {
      position += 1
      try skipDigits()
    }
    if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < end, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
        position += 1
      }
      try skipDigits()
    }
  }

  private mutating func skipDigits() throws(JSONProblem) {
    let start = position
    while position < end, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
    guard position > start else { throw problem("a digit is missing") }
  }

  private mutating func skipString() throws(JSONProblem) {
    position += 1
    while position < end {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"): try skipEscape()
      case 0..<0x20: throw problem("a text holds a control character that is not escaped")
      case 0x20..<0x80: position += 1
      default: try skipWideCharacter(byte)
      }
    }
    throw problem("the text ends within a string")
  }

  private mutating func skipEscape() throws(JSONProblem) {
    guard position + 1 < end else { throw problem("the text ends within a string") }
    switch bytes[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      guard position + 6 <= end, (2..<6).allSatisfy({ Self.isHexadecimal(bytes[position + $0]) }) else {
        throw problem("\\u needs four hexadecimal digits")
      }
      position += 6
    default: throw problem("a text holds an unknown escape")
    }
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 6
  }

  /// One character of more than one byte: the shortest form, no surrogates, nothing above U+10FFFF.
  private mutating func skipWideCharacter(_ first: UInt8) throws(JSONProblem) {
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    let second = position + 1 < end ? bytes[position + 1] : 0
    let allowedSecond: ClosedRange<UInt8>? =
      switch first {
      case 0xC2...0xDF, 0xE1...0xEC, 0xEE...0xEF, 0xF1...0xF3: 0x80...0xBF
      case 0xE0: 0xA0...0xBF
      case 0xED: 0x80...0x9F
      case 0xF0: 0x90...0xBF
      case 0xF4: 0x80...0x8F
      default: nil
      }
    guard let allowedSecond, allowedSecond.contains(second), position + length <= end,
      (2..<length).allSatisfy({ bytes[position + $0] & 0xC0 == 0x80 })
    else { throw problem("a text is no UTF-8") }
    position += length
  }

  private func problem(_ message: String) -> JSONProblem { JSONProblem(message: message, offset: position) }
}
