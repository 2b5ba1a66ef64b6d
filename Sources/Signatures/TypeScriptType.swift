internal import JSON

/// Reads a type as TypeScript writes it.
enum TypeScriptType {
  static func read(_ text: MaskedText, _ whole: Range<Int>) -> ParameterType {
    var range = text.trimmed(whole)
    guard !range.isEmpty else { return .any }
    // A union may begin with its bar.
    if text.mask[range.lowerBound] == UInt8(ascii: "|") {
      range = text.trimmed((range.lowerBound + 1)..<range.upperBound)
    }
    let choices = text.split(range, at: [UInt8(ascii: "|")], angles: true).map(text.trimmed)
    if choices.count > 1 { return union(choices, text) }
    let words = text.text(range)
    if words.contains("=>") { return .any }
    if words.hasSuffix("[]") { return .list(read(text, range.lowerBound..<(range.upperBound - 2))) }
    if let value = LiteralReader.value(of: words) {
      if case .string(let choice) = value { return .choice([choice]) }
      return .any
    }
    switch text.mask[range.lowerBound] {
    case UInt8(ascii: "{"): return .object(fields(text, (range.lowerBound + 1)..<(range.upperBound - 1)))
    case UInt8(ascii: "("):
      return text.closing(range.lowerBound) == range.upperBound - 1
        ? read(text, (range.lowerBound + 1)..<(range.upperBound - 1)) : .any
    case UInt8(ascii: "["): return .list(.any)
    default: break
    }
    guard let open = text.mask[range].firstIndex(of: UInt8(ascii: "<")), words.hasSuffix(">") else {
      return plain(words)
    }
    let inner = (open + 1)..<(range.upperBound - 1)
    switch text.text(text.trimmed(range.lowerBound..<open)) {
    case "Array", "ReadonlyArray", "Set": return .list(read(text, inner))
    case "Record", "Map": return .object([])
    case "Promise", "Readonly": return read(text, inner)
    default: return .any
    }
  }

  private static func union(_ choices: [Range<Int>], _ text: MaskedText) -> ParameterType {
    let others = choices.filter { !["null", "undefined"].contains(text.text($0)) }
    let types = others.map { read(text, $0) }
    let texts = types.flatMap { type in if case .choice(let texts) = type { texts } else { [] as [String] } }
    let type: ParameterType =
      if types.count == 1 { types[0] } else if texts.count == types.count, !texts.isEmpty {
        .choice(texts)
      } else { .any }
    return others.count < choices.count ? .nullable(type) : type
  }

  private static func fields(_ text: MaskedText, _ range: Range<Int>) -> [ParameterType.Field] {
    let separators: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\n")]
    return text.split(range, at: separators, angles: true).map(text.trimmed).compactMap { piece in
      guard let colon = text.first(":", in: piece) else { return nil }
      var name = text.text(text.trimmed(piece.lowerBound..<colon))
      let isOptional = name.hasSuffix("?")
      if isOptional { name = String(name.dropLast()) }
      // A key of any name says nothing of one.
      if name.hasPrefix("[") { return nil }
      if let quoted = LiteralReader.value(of: name)?.string { name = quoted }
      return ParameterType.Field(
        name: name, type: read(text, (colon + 1)..<piece.upperBound), isOptional: isOptional)
    }
  }

  private static func plain(_ name: String) -> ParameterType {
    switch name {
    case "string": .text
    case "number": .number
    case "bigint": .integer
    case "boolean": .boolean
    case "object": .object([])
    case "Date": .temporal("date-time")
    case "wmill.Base64", "Base64": .bytes
    case "any", "unknown", "null", "undefined", "void", "never": .any
    default:
      name.contains(".") && name != "wmill.S3Object"
        ? .any : .named(name.split(separator: ".").last.map(String.init) ?? name)
    }
  }
}
