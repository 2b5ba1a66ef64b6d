internal import JSON

/// Writes JSON values as YAML that people read, so that what reads YAML gets the same values: numbers as they were written,
/// texts byte for byte, members in their order.
enum YAMLWriter {
  /// A document: the members of an object, one below the other.
  static func text(of object: JSONObject) -> String {
    var text = ""
    write(object, indent: 0, to: &text)
    return text
  }

  private static func write(_ object: JSONObject, indent: Int, to text: inout String) {
    for member in object.members {
      text += String(repeating: " ", count: indent) + scalar(member.key, isKey: true) + ":"
      write(member.value, indent: indent, to: &text)
    }
  }

  /// What follows a member's colon, to the end of the line or of the block.
  private static func write(_ value: JSONValue, indent: Int, to text: inout String) {
    switch value {
    case .object(let object) where !object.members.isEmpty:
      text += "\n"
      write(object, indent: indent + 2, to: &text)
    case .array(let elements) where !elements.isEmpty:
      text += "\n"
      for element in elements {
        text += String(repeating: " ", count: indent + 2) + "-"
        if case .object(let object) = element, !object.members.isEmpty {
          var inner = ""
          write(object, indent: indent + 4, to: &inner)
          // The first member stands beside the dash.
          text += " " + inner.dropFirst(indent + 4)
        } else {
          write(element, indent: indent + 2, to: &text)
        }
      }
    case .string(let string) where isBlock(string):
      text += string.hasSuffix("\n") ? " |\n" : " |-\n"
      let margin = String(repeating: " ", count: indent + 2)
      let lines = string.hasSuffix("\n") ? string.unicodeScalars.dropLast() : string.unicodeScalars[...]
      for line in lines.split(separator: "\n", omittingEmptySubsequences: false) {
        text += line.isEmpty ? "\n" : margin + String(line) + "\n"
      }
    default: text += " " + inline(value) + "\n"
    }
  }

  private static func inline(_ value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let number): number
    case .string(let string): scalar(string, isKey: false)
    case .array: "[]"
    case .object: "{}"
    }
  }

  /// Whether text is written as a block of lines.
  private static func isBlock(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    guard scalars.contains("\n"), let first = scalars.first, first != " ", first != "\n", first != "\t",
      !text.utf8.reversed().starts(with: "\n\n".utf8)
    else { return false }
    return scalars.allSatisfy { $0 == "\n" || isPrintable($0) }
  }

  private static func scalar(_ text: String, isKey: Bool) -> String {
    isPlain(text) ? text : quoted(text)
  }

  /// Whether text means itself without quotes, to whatever reads YAML.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 200 else { return false }
    let letters = (UInt8(ascii: "a")...UInt8(ascii: "z"))
    guard letters.contains(first | 0x20) || first == UInt8(ascii: "/") || first == UInt8(ascii: "$") else {
      return false
    }
    let isSimple = text.utf8.allSatisfy { byte in
      letters.contains(byte | 0x20) || (0x30...0x39).contains(byte) || "_-./$@+ ".utf8.contains(byte)
    }
    guard isSimple, !text.hasSuffix(" ") else {
      // `$var:f/team/password`: a colon is a letter unless a space follows.
      return text.hasPrefix("$") && !text.hasSuffix(":")
        && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"#,[]{}&*!|>'\"%`".utf8.contains($0) }
    }
    return !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(text.lowercased())
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E, 0xA1...0x200A, 0x2010...0x2027, 0x202F...0x205F, 0x2070...0xD7FF, 0xE000...0xFEFE,
      0xFF00...0xFFFD, 0x10000...0x10FFFF:
      scalar.properties.generalCategory != .unassigned
    default: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let (letter, width) = scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
        result += "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
      }
    }
    return result + "\""
  }
}
