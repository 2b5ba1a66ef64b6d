/// Reads the text of a TOML document, byte by byte.
struct TOMLParser {
  private let bytes: [UInt8]
  private var index = 0
  private var line = 1

  /// Values may not lie deeper than this: the parser calls itself.
  private static let depthLimit = 200

  init(_ text: String) { bytes = Array(text.replacing("\r\n", with: "\n").utf8) }

  // MARK: Document

  mutating func document() throws(TOMLError) -> TOMLTable {
    let root = TOMLNode(.header)
    var current = root
    var section = 0
    while true {
      skipBlanks()
      switch peek {
      case nil: return root.table
      case UInt8(ascii: "\n")?:
        advance()
        continue
      case UInt8(ascii: "#")?: break
      case UInt8(ascii: "[")?:
        section += 1
        current = try header(root)
      default:
        let line = line
        let path = try keyPath()
        try expect("=")
        try current.add(path, try entry(depth: 0), section: section, line: line)
      }
      try endOfLine()
    }
  }

  private mutating func header(_ root: TOMLNode) throws(TOMLError) -> TOMLNode {
    let line = line
    let isArray = bytes[index...].starts(with: "[[".utf8)
    index += isArray ? 2 : 1
    let path = try keyPath()
    guard take(isArray ? "]]" : "]") else { throw error("a header is not closed") }
    return isArray ? try root.append(path, line: line) : try root.open(path, line: line)
  }

  private mutating func endOfLine() throws(TOMLError) {
    skipBlanks()
    try skipComment()
    guard peek == nil || take("\n") else { throw error("something stands behind a value") }
  }

  // MARK: Keys

  private mutating func keyPath() throws(TOMLError) -> [String] {
    var path: [String] = []
    repeat {
      skipBlanks()
      path.append(try key())
      skipBlanks()
    } while take(".")
    return path
  }

  private mutating func key() throws(TOMLError) -> String {
    switch peek {
    case UInt8(ascii: "\"")?:
      index += 1
      return try basicString(isMultiline: false)
    case UInt8(ascii: "'")?:
      index += 1
      return try literalString(isMultiline: false)
    default:
      let start = index
      while let byte = peek, byte.isBareKey { index += 1 }
      guard index > start else { throw error("a key is missing") }
      return String(decoding: bytes[start..<index], as: UTF8.self)
    }
  }

  // MARK: Values

  /// A value; a table in braces stays one that keys can meet.
  private mutating func entry(depth: Int) throws(TOMLError) -> TOMLNode.Entry {
    skipBlanks()
    guard depth < Self.depthLimit else { throw error("values lie too deep in one another") }
    guard peek == UInt8(ascii: "{") else { return .value(try value(depth: depth)) }
    return .table(try inlineTable(depth: depth))
  }

  private mutating func value(depth: Int) throws(TOMLError) -> TOMLValue {
    if take("\"\"\"") { return .string(try basicString(isMultiline: true)) }
    if take("\"") { return .string(try basicString(isMultiline: false)) }
    if take("'''") { return .string(try literalString(isMultiline: true)) }
    if take("'") { return .string(try literalString(isMultiline: false)) }
    if take("[") { return .array(try array(depth: depth)) }
    if take("true") { return .boolean(true) }
    if take("false") { return .boolean(false) }
    let start = index
    while let byte = peek, byte.isOfScalar { index += 1 }
    var text = String(decoding: bytes[start..<index], as: UTF8.self)
    // A blank may stand between a date and a time.
    if TOMLScalar.isDate(text), peek == UInt8(ascii: " "), index + 1 < bytes.count, bytes[index + 1].isDigit {
      let blank = index
      index += 1
      while let byte = peek, byte.isOfScalar { index += 1 }
      text = String(decoding: bytes[start..<index], as: UTF8.self)
      if TOMLScalar.value(text) == nil {
        index = blank
        text = String(decoding: bytes[start..<index], as: UTF8.self)
      }
    }
    guard let value = TOMLScalar.value(text) else {
      throw error(text.isEmpty ? "a value is missing" : "this is no value")
    }
    return value
  }

  private mutating func array(depth: Int) throws(TOMLError) -> [TOMLValue] {
    var values: [TOMLValue] = []
    while true {
      try skipBlanksAndLines()
      if take("]") { return values }
      switch try entry(depth: depth + 1) {
      case .value(let value): values.append(value)
      case .table(let node): values.append(.table(node.table))
      case .tables: break
      }
      try skipBlanksAndLines()
      if take("]") { return values }
      guard take(",") else { throw error("an array is not closed") }
    }
  }

  private mutating func inlineTable(depth: Int) throws(TOMLError) -> TOMLNode {
    index += 1
    let node = TOMLNode(.inline)
    skipBlanks()
    if take("}") { return node }
    while true {
      let path = try keyPath()
      try expect("=")
      try node.add(path, try entry(depth: depth + 1), section: 0, line: line)
      skipBlanks()
      if take("}") {
        node.seal()
        return node
      }
      guard take(",") else { throw error("a table in braces is not closed") }
    }
  }

  // MARK: Strings

  private mutating func literalString(isMultiline: Bool) throws(TOMLError) -> String {
    if isMultiline { _ = take("\n") }
    let start = index
    while true {
      guard let byte = peek else { throw error("a string is not closed") }
      if byte == UInt8(ascii: "'") {
        if !isMultiline {
          index += 1
          return String(decoding: bytes[start..<(index - 1)], as: UTF8.self)
        }
        if take("'''") {
          let text = String(decoding: bytes[start..<(index - 3)], as: UTF8.self)
          return text + extraQuotes("'")
        }
        index += 1
        continue
      }
      try checkCharacter(byte, isMultiline: isMultiline)
      advance()
    }
  }

  private mutating func basicString(isMultiline: Bool) throws(TOMLError) -> String {
    if isMultiline { _ = take("\n") }
    var text: [UInt8] = []
    while true {
      guard let byte = peek else { throw error("a string is not closed") }
      switch byte {
      case UInt8(ascii: "\""):
        if !isMultiline {
          index += 1
          return String(decoding: text, as: UTF8.self)
        }
        if take("\"\"\"") { return String(decoding: text, as: UTF8.self) + extraQuotes("\"") }
        text.append(byte)
        index += 1
      case UInt8(ascii: "\\"):
        index += 1
        text += Array(try escape(isMultiline: isMultiline).utf8)
      default:
        try checkCharacter(byte, isMultiline: isMultiline)
        text.append(byte)
        advance()
      }
    }
  }

  /// Up to two quotes may stand right before the three that close.
  private mutating func extraQuotes(_ quote: String) -> String {
    guard take(quote) else { return "" }
    return take(quote) ? quote + quote : quote
  }

  private mutating func escape(isMultiline: Bool) throws(TOMLError) -> String {
    guard let byte = peek else { throw error("a string is not closed") }
    if isMultiline, [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n")].contains(byte) {
      skipBlanks()
      guard take("\n") else { throw error("nothing may stand behind a backslash that joins lines") }
      while let next = peek,
        next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") || next == UInt8(ascii: "\n")
      {
        advance()
      }
      return ""
    }
    index += 1
    switch byte {
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "u"): return try unicode(digits: 4)
    case UInt8(ascii: "U"): return try unicode(digits: 8)
    default: throw error("there is no such escape in a string")
    }
  }

  private mutating func unicode(digits: Int) throws(TOMLError) -> String {
    let hex = bytes[index..<min(index + digits, bytes.count)]
    guard hex.count == digits, hex.allSatisfy(\.isHexDigit),
      let number = UInt32(String(decoding: hex, as: UTF8.self), radix: 16),
      let scalar = Unicode.Scalar(number)
    else { throw error("an escape names no character") }
    index += digits
    return String(Character(scalar))
  }

  private func checkCharacter(_ byte: UInt8, isMultiline: Bool) throws(TOMLError) {
    guard byte < 0x20 || byte == 0x7F else { return }
    guard byte == UInt8(ascii: "\t") || (isMultiline && byte == UInt8(ascii: "\n")) else {
      throw error(
        byte == UInt8(ascii: "\n") ? "a string is not closed" : "a control character stands in the text")
    }
  }

  // MARK: Bytes

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func advance() {
    if bytes[index] == UInt8(ascii: "\n") { line += 1 }
    index += 1
  }

  /// Goes past a text if it comes next.
  private mutating func take(_ text: String) -> Bool {
    guard bytes[index...].starts(with: text.utf8) else { return false }
    for _ in text.utf8 { advance() }
    return true
  }

  private mutating func expect(_ text: String) throws(TOMLError) {
    skipBlanks()
    guard take(text) else { throw error("'\(text)' is missing") }
  }

  private mutating func skipBlanks() {
    while let byte = peek, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { index += 1 }
  }

  private mutating func skipComment() throws(TOMLError) {
    guard peek == UInt8(ascii: "#") else { return }
    while let byte = peek, byte != UInt8(ascii: "\n") {
      try checkCharacter(byte, isMultiline: false)
      index += 1
    }
  }

  private mutating func skipBlanksAndLines() throws(TOMLError) {
    while true {
      skipBlanks()
      try skipComment()
      guard take("\n") else { return }
    }
  }

  private func error(_ message: String) -> TOMLError { TOMLError(message: message, line: line) }
}

extension TOMLNode {
  /// Closes a table in braces with all that dotted keys made in it.
  fileprivate func seal() {
    origin = .inline
    for (key, _) in order { if case .table(let node)? = self[key] { node.seal() } }
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var isHexDigit: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
      || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self)
  }
  fileprivate var isLetter: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
  }
  fileprivate var isBareKey: Bool {
    isDigit || isLetter || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
  }
  /// Whether numbers, dates and times may have it.
  fileprivate var isOfScalar: Bool {
    isBareKey || self == UInt8(ascii: "+") || self == UInt8(ascii: ".") || self == UInt8(ascii: ":")
  }
}
