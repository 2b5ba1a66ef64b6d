/// Lists, structs, maps and unions as DuckDB prints them: what is in them is put in quotes only where it
/// could be misread.
enum NestedText {
  static func write(_ value: Value, to buffer: inout ByteBuffer) {
    switch value {
    case .array(let values):
      // Unlike all others, DuckDB never puts an array's elements in quotes.
      buffer.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { buffer.append(", ") }
        ValueText.write(value, to: &buffer)
      }
      buffer.append(UInt8(ascii: "]"))
    case .list(let values):
      buffer.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { buffer.append(", ") }
        // A list of JSON is cast as JSON, whose elements stand as they are.
        if case .json(let text) = value { buffer.append(text) } else { writeElement(value, to: &buffer) }
      }
      buffer.append(UInt8(ascii: "]"))
    case .structure(let fields): write(fields, to: &buffer)
    case .map(let entries):
      buffer.append(UInt8(ascii: "{"))
      for (index, entry) in entries.enumerated() {
        if index > 0 { buffer.append(", ") }
        writeElement(entry.key, to: &buffer)
        buffer.append(UInt8(ascii: "="))
        writeElement(entry.value, to: &buffer)
      }
      buffer.append(UInt8(ascii: "}"))
    case .union(_, let value): ValueText.write(value, to: &buffer)
    default: break
    }
  }

  private static func write(_ fields: [Value.Field], to buffer: inout ByteBuffer) {
    let isUnnamed = !fields.isEmpty && fields.allSatisfy(\.name.isEmpty)
    buffer.append(UInt8(ascii: isUnnamed ? "(" : "{"))
    for (index, field) in fields.enumerated() {
      if index > 0 { buffer.append(", ") }
      if !isUnnamed {
        var name = field.name
        name.withUTF8 { writeQuoted(UnsafeRawBufferPointer($0), to: &buffer) }
        buffer.append(": ")
      }
      writeElement(field.value, to: &buffer)
    }
    buffer.append(UInt8(ascii: isUnnamed ? ")" : "}"))
  }

  private static func writeElement(_ value: Value, to buffer: inout ByteBuffer) {
    switch value {
    case .null: buffer.append("NULL")
    case .list, .array, .structure, .map, .union: ValueText.write(value, to: &buffer)
    default:
      var text = ByteBuffer()
      ValueText.write(value, to: &text)
      let bytes = UnsafeRawBufferPointer(text.bytes)
      if needsQuotes(bytes) { writeQuoted(bytes, to: &buffer) } else { buffer.append(bytes) }
    }
  }

  private static func needsQuotes(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first, let last = text.last else { return true }
    if isSpace(first) || isSpace(last) { return true }
    if text.count == 4, text.elementsEqual("null".utf8, by: { $0 | 0x20 == $1 }) { return true }
    return text.contains { byte in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","),
        UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
        UInt8(ascii: "}"):
        true
      default: false
      }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private static func writeQuoted(_ text: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "'"))
    for byte in text {
      if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\\") { buffer.append(UInt8(ascii: "\\")) }
      buffer.append(byte)
    }
    buffer.append(UInt8(ascii: "'"))
  }
}
