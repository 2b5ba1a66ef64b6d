internal import JSON

/// Reads a type as Python writes it.
enum PythonType {
  static func read(_ text: String) -> ParameterType {
    let masked = MaskedText(python: text)
    return read(masked, 0..<masked.bytes.count)
  }

  private static func read(_ text: MaskedText, _ whole: Range<Int>) -> ParameterType {
    let range = text.trimmed(whole)
    guard !range.isEmpty else { return .any }
    let choices = text.split(range, at: [UInt8(ascii: "|")])
    if choices.count > 1 { return union(choices.map { ($0, text.text(text.trimmed($0))) }, text) }
    // A type that is written as text, for it is defined further down.
    if let quoted = LiteralReader.value(of: text.text(range))?.string { return read(quoted) }
    guard let open = text.first("[", in: range), text.mask[range.upperBound - 1] == UInt8(ascii: "]") else {
      return plain(text.text(range))
    }
    let name = lastWord(of: text.text(text.trimmed(range.lowerBound..<open)))
    let inner = text.split((open + 1)..<(range.upperBound - 1), at: [UInt8(ascii: ",")]).map(text.trimmed)
    switch name {
    case "Optional": return .nullable(inner.first.map { read(text, $0) } ?? .any)
    case "Union": return union(inner.map { ($0, text.text($0)) }, text)
    case "Annotated": return inner.first.map { read(text, $0) } ?? .any
    case "Literal":
      let values = inner.compactMap { LiteralReader.value(of: text.text($0)) }
      let texts = values.compactMap(\.string)
      return texts.count == inner.count && !texts.isEmpty ? .choice(texts) : .any
    case "list", "List", "Sequence", "Iterable", "set", "Set", "frozenset":
      return .list(inner.first.map { read(text, $0) } ?? .any)
    case "tuple", "Tuple": return .list(.any)
    case "dict", "Dict", "Mapping": return .object([])
    default: return .any
    }
  }

  private static func union(_ choices: [(range: Range<Int>, text: String)], _ text: MaskedText)
    -> ParameterType
  {
    let others = choices.filter { $0.text != "None" }
    let type = others.count == 1 ? read(text, others[0].range) : ParameterType.any
    return others.count < choices.count ? .nullable(type) : type
  }

  private static func lastWord(of name: String) -> String {
    String(name.split(separator: ".").last ?? "")
  }

  private static func plain(_ name: String) -> ParameterType {
    switch lastWord(of: name) {
    case "str": .text
    case "int": .integer
    case "float": .number
    case "bool": .boolean
    case "bytes": .bytes
    case "dict", "Dict", "Mapping": .object([])
    case "list", "List", "tuple", "Tuple", "set", "Set", "Sequence": .list(.any)
    case "datetime": .temporal("date-time")
    case "date": .temporal("date")
    case "time": .temporal("time")
    case "Any", "object", "Decimal", "None", "UUID": .any
    // One of a module is not one of a resource.
    case let word: name.contains(".") && name != "wmill.S3Object" ? .any : .named(word)
    }
  }
}
