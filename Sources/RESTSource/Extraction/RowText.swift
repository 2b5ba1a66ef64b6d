/// Writes rows as lines, byte for byte but for what a line cannot hold.
enum RowText {
  /// A field that a row gets from its parent: the key with quotes, the value as the API wrote it.
  struct Field: Sendable, Hashable {
    let name: String
    let value: [UInt8]
  }

  /// Appends a row and the end of its line. What is no object becomes one with the field `value`, as dlt has it.
  static func append(_ row: JSONNode, adding fields: [Field], to text: inout [UInt8]) {
    if row.kind != .object {
      text += Array("{\"value\":".utf8)
      append(row.raw, to: &text)
      for field in fields { append(field, isFirst: false, to: &text) }
      text.append(UInt8(ascii: "}"))
    } else if fields.isEmpty {
      append(row.raw, to: &text)
    } else {
      appendObject(row, fields, to: &text)
    }
    text.append(0x0A)
  }

  /// A field that the row has too gets the parent's value, at its place.
  private static func appendObject(_ row: JSONNode, _ fields: [Field], to text: inout [UInt8]) {
    var position = row.range.lowerBound
    var missing = fields
    for (key, value) in row.members {
      guard let field = fields.first(where: { key.matches($0.name) }) else { continue }
      append(row.bytes[position..<value.range.lowerBound], to: &text)
      append(field.value[...], to: &text)
      position = value.range.upperBound
      missing.removeAll { $0 == field }
    }
    append(row.bytes[position..<(row.range.upperBound - 1)], to: &text)
    var isFirst = row.members.makeIterator().isEmpty
    for field in missing {
      append(field, isFirst: isFirst, to: &text)
      isFirst = false
    }
    text.append(UInt8(ascii: "}"))
  }

  private static func append(_ field: Field, isFirst: Bool, to text: inout [UInt8]) {
    if !isFirst { text.append(UInt8(ascii: ",")) }
    text += JSONText.quoted(field.name)
    text.append(UInt8(ascii: ":"))
    append(field.value[...], to: &text)
  }

  /// Ends of lines stand only between tokens, where they mean nothing.
  private static func append(_ bytes: ArraySlice<UInt8>, to text: inout [UInt8]) {
    if bytes.contains(0x0A) || bytes.contains(0x0D) {
      text.append(contentsOf: bytes.lazy.filter { $0 != 0x0A && $0 != 0x0D })
    } else {
      text.append(contentsOf: bytes)
    }
  }
}

extension JSONNode.Members {
  fileprivate var isEmpty: Bool {
    var copy = self
    return copy.next() == nil
  }
}
