/// The path of a route: `/api/w/{workspace}/variables/get_value/{path...}`.
struct PathPattern: Sendable, Hashable, CustomStringConvertible {
  /// What a segment of the path has to be.
  enum Part: Sendable, Hashable {
    /// This text.
    case text(String)
    /// Any text that is not empty.
    case parameter
    /// One or more segments up to the end; the first is not empty.
    case rest
  }

  let parts: [Part]
  /// The names of parameters and rest, in order.
  let names: [String]
  let description: String

  /// Reads a pattern. Nil for one without a slash in front, with an empty name, the same name twice, braces inside a segment, or a
  /// rest before the end.
  init?(_ text: String) {
    guard text.hasPrefix("/") else { return nil }
    var parts: [Part] = []
    var names: [String] = []
    for segment in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      if parts.last == .rest { return nil }
      guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
        guard !segment.contains(where: { $0 == "{" || $0 == "}" }) else { return nil }
        parts.append(.text(String(segment)))
        continue
      }
      var name = segment.dropFirst().dropLast()
      let isRest = name.hasSuffix("...")
      if isRest { name = name.dropLast(3) }
      guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }),
        !names.contains(String(name))
      else { return nil }
      parts.append(isRest ? .rest : .parameter)
      names.append(String(name))
    }
    self.parts = parts
    self.names = names
    description = text
  }
}

/// What a router found in a path, decoded.
public struct PathParameters: Sendable, Hashable {
  private var values: [(name: String, value: String)] = []

  public init() {}

  init(_ values: [(name: String, value: String)]) {
    self.values = values
  }

  /// The value of `{name}` or `{name...}`. Nil when the route has no such name.
  public subscript(_ name: String) -> String? {
    values.first { $0.name == name }?.value
  }

  public static func == (left: PathParameters, right: PathParameters) -> Bool {
    left.values.elementsEqual(right.values, by: ==)
  }

  public func hash(into hasher: inout Hasher) {
    for (name, value) in values {
      hasher.combine(name)
      hasher.combine(value)
    }
  }
}
