/// A path into a JSON value: the part of JSONPath that API declarations use.
///
/// `$`, names with dots (`data.items`), names in quotes (`'@odata.nextLink'`, `['a b']`), indexes (`[0]`) and all
/// elements (`[*]`, `.*`).
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
  enum Step: Sendable, Hashable {
    case name(String)
    case index(Int)
    case all
  }

  /// The path as it was written.
  public let text: String
  let steps: [Step]

  public var description: String { text }

  /// Reads a path.
  ///
  /// - Throws: ``JSONPathError`` that tells what is not understood.
  public init(_ text: String) throws(JSONPathError) {
    self.text = text
    var steps: [Step] = []
    var rest = Substring(text.filter { $0 != "\n" })
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    if rest.first == "$" { rest.removeFirst() }
    guard !text.isEmpty else {
      throw JSONPathError(path: text, problem: "a path is missing; '$' is the whole answer")
    }
    var needsDot = false
    while let first = rest.first {
      switch first {
      case ".":
        rest.removeFirst()
        guard let next = rest.first, next != "." else {
          throw JSONPathError(
            path: text, problem: rest.isEmpty ? "it ends with a dot" : "'..' is not understood here")
        }
        needsDot = false
        if next == "[" { continue }
        steps.append(try Self.name(&rest, text))
      case "[":
        steps.append(try Self.bracket(&rest, text))
      default:
        guard !needsDot else { throw JSONPathError(path: text, problem: "a dot is missing before '\(rest)'") }
        steps.append(try Self.name(&rest, text))
      }
      needsDot = true
    }
    self.steps = steps
  }

  init(names: [String]) {
    steps = names.map { .name($0) }
    text = names.isEmpty ? "$" : names.joined(separator: ".")
  }

  private static func name(_ rest: inout Substring, _ text: String) throws(JSONPathError) -> Step {
    if let quote = rest.first, quote == "'" || quote == "\"" { return .name(try quoted(&rest, text)) }
    let name = rest.prefix { !".[]'\"?()|&,: ".contains($0) }
    guard !name.isEmpty else {
      throw JSONPathError(path: text, problem: "'\(rest.prefix(1))' is not understood here")
    }
    rest = rest.dropFirst(name.count)
    return name == "*" ? .all : .name(String(name))
  }

  private static func quoted(_ rest: inout Substring, _ text: String) throws(JSONPathError) -> String {
    let quote = rest.removeFirst()
    guard let end = rest.firstIndex(of: quote) else {
      throw JSONPathError(path: text, problem: "a quote is not closed")
    }
    let name = String(rest[..<end])
    rest = rest[rest.index(after: end)...]
    return name
  }

  private static func bracket(_ rest: inout Substring, _ text: String) throws(JSONPathError) -> Step {
    rest.removeFirst()
    let step: Step
    if let quote = rest.first, quote == "'" || quote == "\"" {
      step = .name(try quoted(&rest, text))
    } else {
      let inner = rest.prefix { $0 != "]" }
      rest = rest.dropFirst(inner.count)
      if inner == "*" {
        step = .all
      } else if let index = Int(inner), index >= 0 {
        step = .index(index)
      } else {
        throw JSONPathError(path: text, problem: "'[\(inner)]' is not understood here")
      }
    }
    guard rest.first == "]" else { throw JSONPathError(path: text, problem: "']' is missing") }
    rest.removeFirst()
    return step
  }

  /// All values that the path leads to, in their order.
  func values(in root: JSONNode) -> [JSONNode] {
    var found = [root]
    for step in steps {
      found = found.flatMap { node -> [JSONNode] in
        switch step {
        case .name(let name): node.member(name).map { [$0] } ?? []
        case .index(let index): node.elements.dropFirst(index).prefix(1).map { $0 }
        case .all: node.kind == .list ? Array(node.elements) : node.members.map(\.value)
        }
      }
    }
    return found
  }

  func firstValue(in root: JSONNode) -> JSONNode? { values(in: root).first }
}

/// A path that is not understood.
public struct JSONPathError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The path as it was written.
  public let path: String
  /// What is not understood.
  public let problem: String

  public var description: String {
    "'\(path)' is no path that is read here: \(problem). "
      + "Write names with dots (data.items), [0], [*], and names with odd characters in quotes ('@odata.nextLink')"
  }
}
