internal import JSON

/// PostgreSQL's way of writing arrays (its manual, 8.15.2 and 8.15.6).
enum ArrayText {
  /// A JSON array as PostgreSQL reads it.
  static func text(of value: JSONValue) -> String {
    switch value {
    case .null: "NULL"
    case .bool(let bool): bool ? "t" : "f"
    case .number(let text): text
    case .string(let text): quoted(text)
    case .array(let elements): "{" + elements.map(text).joined(separator: ",") + "}"
    case .object: quoted(value.text)
    }
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// An array that PostgreSQL has written.
  enum Element: Equatable {
    case null
    case value([UInt8])
    case array([Element])
  }

  /// - Returns: nil for a text that is none.
  static func parse(_ text: UnsafeBufferPointer<UInt8>) -> [Element]? {
    var reader = Reader(bytes: text)
    reader.skipBounds()
    guard let elements = reader.array(depth: 0), reader.isAtEnd else { return nil }
    return elements
  }

  private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    var offset = 0

    /// PostgreSQL nests six deep at most.
    private static let deepest = 6

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    private var byte: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// An array whose indexes do not begin with 1 says so: `[0:2]={…}`.
    mutating func skipBounds() {
      guard byte == UInt8(ascii: "["), let sign = bytes.firstIndex(of: UInt8(ascii: "=")) else { return }
      offset = sign + 1
    }

    mutating func array(depth: Int) -> [Element]? {
      guard depth < Self.deepest, byte == UInt8(ascii: "{") else { return nil }
      offset += 1
      var elements: [Element] = []
      if byte == UInt8(ascii: "}") {
        offset += 1
        return elements
      }
      while let element = element(depth: depth) {
        elements.append(element)
        defer { offset += 1 }
        if byte == UInt8(ascii: "}") { return elements }
        guard byte == UInt8(ascii: ",") else { return nil }
      }
      return nil
    }

    private mutating func element(depth: Int) -> Element? {
      switch byte {
      case UInt8(ascii: "{"): return array(depth: depth + 1).map(Element.array)
      case UInt8(ascii: "\""): return quoted().map(Element.value)
      default:
        let start = offset
        while let byte, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}") { offset += 1 }
        let text = Array(bytes[start..<offset])
        return text == Array("NULL".utf8) ? .null : .value(text)
      }
    }

    private mutating func quoted() -> [UInt8]? {
      offset += 1
      var text: [UInt8] = []
      while let byte {
        offset += 1
        switch byte {
        case UInt8(ascii: "\""): return text
        case UInt8(ascii: "\\"):
          guard let escaped = self.byte else { return nil }
          offset += 1
          text.append(escaped)
        default: text.append(byte)
        }
      }
      return nil
    }
  }
}
