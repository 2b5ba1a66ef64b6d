internal import JSON

/// What can be read from a script in TypeScript without running it.
public struct TypeScriptSource: Sendable {
  private let content: String
  private let masked: MaskedText

  public init(_ content: String) {
    self.content = content
    masked = MaskedText(typeScript: content)
  }

  /// The hosts that the script says it talks to: `// network: api.example.com, example.org:8443`, or `// network: all`.
  public var network: [String] {
    for line in content.split(whereSeparator: \.isNewline) {
      guard let match = try? #/^\/\/ *network: *(.+?) *$/#.wholeMatch(in: line) else { continue }
      return match.1.split { $0 == "," || $0.isWhitespace }.map(String.init)
    }
    return []
  }

  var signature: Signature {
    for (_, code) in masked.lineStarts {
      guard var open = opening(code), open < masked.mask.count else { continue }
      // Type parameters.
      if masked.mask[open] == UInt8(ascii: "<") {
        guard let next = masked.first("(", in: open..<masked.mask.count, angles: true) else { continue }
        open = next
      }
      guard masked.mask[open] == UInt8(ascii: "("), let close = masked.closing(open) else { continue }
      return signature((open + 1)..<close, before: code)
    }
    return Signature([])
  }

  private func opening(_ code: Int) -> Int? {
    let forms = [
      ["export?", "default?", "async?", "function", "main"],
      ["export", "const", "main", "=", "async?", "function?"],
      ["export", "let", "main", "=", "async?", "function?"],
    ]
    return forms.lazy.compactMap { masked.match($0, at: code) }.first
  }

  private func signature(_ range: Range<Int>, before code: Int) -> Signature {
    let documentation = documentation(before: code)
    var parameters: [Signature.Parameter] = []
    var takesOneObject = false
    for piece in masked.split(range, at: [UInt8(ascii: ",")], angles: true).map(masked.trimmed)
    where !piece.isEmpty {
      if masked.mask[piece.lowerBound] == UInt8(ascii: ".") { continue }
      let isPattern = [UInt8(ascii: "{"), UInt8(ascii: "[")].contains(masked.mask[piece.lowerBound])
      let equals = self.equals(in: piece)
      let colon = masked.first(":", in: piece.lowerBound..<(equals ?? piece.upperBound), angles: true)
      var name = masked.text(masked.trimmed(piece.lowerBound..<(colon ?? equals ?? piece.upperBound)))
      let isOptional = name.hasSuffix("?")
      if isOptional { name = String(name.dropLast()) }
      if isPattern {
        takesOneObject = parameters.isEmpty
        name = "arguments"
      }
      let value = equals.map { masked.text(masked.trimmed(($0 + 1)..<piece.upperBound)) }
      let fallback = value.flatMap(LiteralReader.value)
      let type =
        colon.map { TypeScriptType.read(masked, ($0 + 1)..<(equals ?? piece.upperBound)) }
        ?? fallback.map(Self.type) ?? .any
      parameters.append(
        Signature.Parameter(
          name, type, default: fallback, isOptional: isOptional || equals != nil,
          summary: documentation.parameters[name]))
    }
    return Signature(
      parameters, summary: documentation.summary, takesOneObject: takesOneObject && parameters.count == 1)
  }

  /// The `=` of a default, which is no `=>` of a type.
  private func equals(in piece: Range<Int>) -> Int? {
    var start = piece.lowerBound
    while let place = masked.first("=", in: start..<piece.upperBound, angles: true) {
      if place + 1 < piece.upperBound, masked.mask[place + 1] == UInt8(ascii: ">") {
        start = place + 2
        continue
      }
      return place
    }
    return nil
  }

  private static func type(of value: JSONValue) -> ParameterType {
    switch value {
    case .null: .any
    case .bool: .boolean
    case .number: .number
    case .string: .text
    case .array: .list(.any)
    case .object: .object([])
    }
  }

  /// What a `/** … */` right before says, with its lines `@param name …`.
  private func documentation(before code: Int) -> (summary: String?, parameters: [String: String]) {
    var end = code
    while end > 0, MaskedText.isBlank(masked.bytes[end - 1]) { end -= 1 }
    let text = masked.text(0..<end)
    guard text.hasSuffix("*/"), let start = text.ranges(of: "/**").last?.upperBound else { return (nil, [:]) }
    var summary: [String] = []
    var parameters: [String: String] = [:]
    var isInSummary = true
    for line in text[start...].dropLast(2).split(separator: "\n") {
      let line = line.drop { $0.isWhitespace || $0 == "*" }
      if let match = line.firstMatch(of: #/^@param +(?:\{[^}]*\} +)?(\w+)(?: +-)? +(.+?)\s*$/#) {
        parameters[String(match.1)] = String(match.2)
      }
      if line.hasPrefix("@") || (line.isEmpty && !summary.isEmpty) { isInSummary = false }
      if isInSummary, !line.isEmpty {
        summary.append(String(line.reversed().drop(while: \.isWhitespace).reversed()))
      }
    }
    return (summary.isEmpty ? nil : summary.joined(separator: " "), parameters)
  }
}
