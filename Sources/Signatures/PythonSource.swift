internal import JSON

/// What can be read from a script in Python without running it.
public struct PythonSource: Sendable {
  private let content: String
  private let masked: MaskedText

  public init(_ content: String) {
    self.content = content
    masked = MaskedText(python: content)
  }

  // MARK: main

  var signature: Signature {
    for (line, code) in masked.lineStarts where line == code {
      guard let open = masked.match(["async?", "def", "main"], at: code), open < masked.mask.count,
        masked.mask[open] == UInt8(ascii: "("), let close = masked.closing(open)
      else { continue }
      return signature((open + 1)..<close, documentation: documentation(after: close))
    }
    // Without a `main` all of the script runs, and takes nothing.
    return Signature([])
  }

  private func signature(_ range: Range<Int>, documentation: Documentation) -> Signature {
    var parameters: [Signature.Parameter] = []
    var takesOthers = false
    for piece in masked.split(range, at: [UInt8(ascii: ",")]).map(masked.trimmed) where !piece.isEmpty {
      let equals = masked.first("=", in: piece)
      let colon = masked.first(":", in: piece.lowerBound..<(equals ?? piece.upperBound))
      let name = masked.text(
        masked.trimmed(piece.lowerBound..<(colon ?? equals ?? piece.upperBound)))
      if name.hasPrefix("**") { takesOthers = true }
      guard !name.hasPrefix("*"), name != "/" else { continue }
      let end = equals ?? piece.upperBound
      let annotation = colon.map { masked.trimmed(($0 + 1)..<end) }
      let value = equals.map { masked.text(masked.trimmed(($0 + 1)..<piece.upperBound)) }
      let fallback = value.flatMap(LiteralReader.value)
      let type = annotation.map { PythonType.read(masked.text($0)) } ?? fallback.map(Self.type) ?? .any
      parameters.append(
        Signature.Parameter(
          name, type, default: fallback, isOptional: equals != nil, summary: documentation.parameters[name]))
    }
    return Signature(parameters, takesOthers: takesOthers, summary: documentation.summary)
  }

  /// The type of a parameter that has a default alone.
  private static func type(of value: JSONValue) -> ParameterType {
    switch value {
    case .null: .any
    case .bool: .boolean
    case .number(let text): text.contains(".") ? .number : .integer
    case .string: .text
    case .array: .list(.any)
    case .object: .object([])
    }
  }

  // MARK: Documentation

  private struct Documentation {
    var summary: String?
    var parameters: [String: String] = [:]
  }

  private func documentation(after close: Int) -> Documentation {
    guard let colon = masked.first(":", in: (close + 1)..<masked.mask.count) else { return Documentation() }
    var index = colon + 1
    while index < masked.mask.count, MaskedText.isBlank(masked.mask[index]) { index += 1 }
    guard let quote = index < masked.mask.count ? masked.mask[index] : nil,
      quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
    else { return Documentation() }
    var end = index
    while end < masked.mask.count, masked.mask[end] == quote || masked.mask[end] == 0 { end += 1 }
    guard let value = LiteralReader.value(of: masked.text(index..<end)), let text = value.string else {
      return Documentation()
    }
    return Self.documentation(text)
  }

  /// The first paragraph, and the lines `name: …` below `Args:` or `:param name: …`.
  private static func documentation(_ text: String) -> Documentation {
    var found = Documentation()
    var summary: [String] = []
    var isInSummary = true
    var isInArguments = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(trimmed) {
      if line.isEmpty {
        isInSummary = isInSummary && summary.isEmpty
        continue
      }
      if ["args:", "arguments:", "parameters:"].contains(line.lowercased()) {
        (isInArguments, isInSummary) = (true, false)
      } else if let match = line.firstMatch(of: #/^:param +(?:[^:]* )?\*{0,2}(\w+): *(.+)$/#) {
        isInSummary = false
        found.parameters[String(match.1)] = String(match.2)
      } else if isInArguments {
        if ["returns:", "raises:", "yields:", "example:", "examples:"].contains(line.lowercased()) {
          isInArguments = false
        } else if let match = line.firstMatch(of: #/^(\w+)(?: *\([^)]*\))?: *(.+)$/#) {
          found.parameters[String(match.1)] = String(match.2)
        }
      } else if isInSummary {
        summary.append(line)
      }
    }
    if !summary.isEmpty { found.summary = summary.joined(separator: " ") }
    return found
  }

  private static func trimmed(_ line: Substring) -> String {
    String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  // MARK: What it needs

  /// The packages that modules are imported from: `os` of `import os.path`. Those that the script defines itself are not known.
  public var imports: [String] {
    var names: [String] = []
    func add(_ name: String) { if !name.isEmpty, !names.contains(name) { names.append(name) } }
    for statement in statements {
      if let place = masked.match(["from"], at: statement.lowerBound), place < statement.upperBound,
        place > statement.lowerBound + 4
      {
        let end = masked.mask[place..<statement.upperBound].firstIndex { !MaskedText.isLetter($0) }
        add(masked.text(place..<(end ?? statement.upperBound)))
      } else if let place = masked.match(["import"], at: statement.lowerBound), place < statement.upperBound,
        place > statement.lowerBound + 6
      {
        for piece in masked.split(place..<statement.upperBound, at: [UInt8(ascii: ",")]).map(masked.trimmed) {
          let end = masked.mask[piece].firstIndex { !MaskedText.isLetter($0) }
          add(masked.text(piece.lowerBound..<(end ?? piece.upperBound)))
        }
      }
    }
    return names
  }

  /// Lines, and what stands between semicolons on them, from their first letter.
  private var statements: [Range<Int>] {
    masked.lineStarts.flatMap { _, code -> [Range<Int>] in
      let end = masked.mask[code...].firstIndex(of: UInt8(ascii: "\n")) ?? masked.mask.count
      return masked.split(code..<end, at: [UInt8(ascii: ";")]).map(masked.trimmed)
    }.filter { !$0.isEmpty }
  }

  /// The script's header with its dependencies (PEP 723), as it stands there; nil without one.
  public var header: String? {
    let lines = content.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.hasSuffix("\r") ? $0.dropLast() : $0
    }
    guard let start = lines.firstIndex(of: "# /// script") else { return nil }
    var kept = [lines[start]]
    for line in lines[(start + 1)...] {
      guard line == "#" || line.hasPrefix("# ") else { return nil }
      kept.append(line)
      if line == "# ///" { return kept.joined(separator: "\n") + "\n" }
    }
    return nil
  }
}
