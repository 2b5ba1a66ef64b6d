/// A text with placeholders in braces, as in `issues/{resources.issues.number}/comments`. Doubled braces stand for
/// single ones.
public struct RESTTemplate: Sendable, Hashable, CustomStringConvertible {
  enum Part: Sendable, Hashable {
    case text(String)
    case placeholder(String)
  }

  /// The text as it was written.
  public let text: String
  let parts: [Part]

  public var description: String { text }

  /// Reads a text.
  ///
  /// - Throws: ``RESTTemplateError`` for a brace without its other.
  public init(_ text: String) throws(RESTTemplateError) {
    self.text = text
    var parts: [Part] = []
    var literal = ""
    var rest = Substring(text)
    while let character = rest.popFirst() {
      switch character {
      case "{" where rest.first == "{", "}" where rest.first == "}":
        literal.append(character)
        rest.removeFirst()
      case "}": throw RESTTemplateError(text: text, problem: "a '}' has no '{'")
      case "{":
        guard let end = rest.firstIndex(of: "}") else {
          throw RESTTemplateError(text: text, problem: "a '{' is not closed")
        }
        let name = String(rest[..<end])
        guard !name.isEmpty, !name.contains(where: { "{ !:".contains($0) }) else {
          throw RESTTemplateError(text: text, problem: "'{\(name)}' is no placeholder")
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
        literal = ""
        parts.append(.placeholder(name))
        rest = rest[rest.index(after: end)...]
      default: literal.append(character)
      }
    }
    if !literal.isEmpty { parts.append(.text(literal)) }
    self.parts = parts
  }

  /// The names of the placeholders, in their order.
  public var placeholders: [String] {
    parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
  }

  /// The name of the placeholder that is the whole text.
  var onlyPlaceholder: String? {
    if parts.count == 1, case .placeholder(let name) = parts[0] { name } else { nil }
  }

  static func placeholders(in text: String) -> [String] {
    // Texts that are no templates were refused when the declaration was read.
    (try? RESTTemplate(text))?.placeholders ?? []
  }
}

/// A text with braces that are no placeholders.
public struct RESTTemplateError: Error, Sendable, Hashable, CustomStringConvertible {
  public let text: String
  public let problem: String

  public var description: String { "'\(text)': \(problem). A brace that is meant as one is doubled: {{ }}" }
}
