/// Finds the route of a path: at each segment a text wins over a parameter, a parameter over a rest.
struct RouteTree<Endpoint: Sendable>: Sendable {
  /// What lies at the end of a pattern.
  struct Entry: Sendable {
    let pattern: PathPattern
    let method: HTTPMethod
    let endpoint: Endpoint
  }

  struct Match {
    let entry: Entry
    let parameters: PathParameters
  }

  enum Outcome {
    case found(Match)
    /// The path is known, with other methods: those of all patterns that match.
    case otherMethods([HTTPMethod])
    case unknown
  }

  private struct Node: Sendable {
    var texts: [String: Int] = [:]
    var parameter: Int?
    var entries: [Entry] = []
    var restEntries: [Entry] = []
  }

  private var nodes = [Node()]

  /// Adds a route.
  ///
  /// - Returns: The pattern that is there already for the same paths and method, or nil when it was added.
  mutating func insert(_ pattern: PathPattern, _ method: HTTPMethod, _ endpoint: Endpoint) -> PathPattern? {
    var node = 0
    for part in pattern.parts {
      switch part {
      case .text(let text):
        if let next = nodes[node].texts[text] {
          node = next
        } else {
          nodes.append(Node())
          nodes[node].texts[text] = nodes.count - 1
          node = nodes.count - 1
        }
      case .parameter:
        if let next = nodes[node].parameter {
          node = next
        } else {
          nodes.append(Node())
          nodes[node].parameter = nodes.count - 1
          node = nodes.count - 1
        }
      case .rest:
        break
      }
    }
    let entry = Entry(pattern: pattern, method: method, endpoint: endpoint)
    let isRest = pattern.parts.last == .rest
    let others = isRest ? nodes[node].restEntries : nodes[node].entries
    if let same = others.first(where: { $0.method == method }) { return same.pattern }
    if isRest {
      nodes[node].restEntries.append(entry)
    } else {
      nodes[node].entries.append(entry)
    }
    return nil
  }

  /// Finds the closest pattern that has the method. A HEAD request is answered by GET where there is no HEAD.
  func find(_ method: HTTPMethod, _ segments: [String]) -> Outcome {
    var search = Search(method: method, segments: segments)
    if visit(0, 0, &search), let match = search.match { return .found(match) }
    return search.methods.isEmpty ? .unknown : .otherMethods(search.methods)
  }

  private struct Search {
    let method: HTTPMethod
    let segments: [String]
    var values: [String] = []
    var methods: [HTTPMethod] = []
    var match: Match?

    mutating func accept(_ entries: [Entry], with values: [String]) -> Bool {
      let entry =
        entries.first { $0.method == method }
        ?? (method == .head ? entries.first { $0.method == .get } : nil)
      if let entry {
        match = Match(
          entry: entry,
          parameters: PathParameters(Array(zip(entry.pattern.names, values)).map { (name: $0, value: $1) }))
        return true
      }
      for entry in entries where !methods.contains(entry.method) { methods.append(entry.method) }
      return false
    }
  }

  private func visit(_ node: Int, _ depth: Int, _ search: inout Search) -> Bool {
    let node = nodes[node]
    if depth == search.segments.count { return search.accept(node.entries, with: search.values) }
    let segment = search.segments[depth]
    if let next = node.texts[segment], visit(next, depth + 1, &search) { return true }
    guard !segment.isEmpty else { return false }
    if let next = node.parameter {
      search.values.append(segment)
      if visit(next, depth + 1, &search) { return true }
      search.values.removeLast()
    }
    guard !node.restEntries.isEmpty else { return false }
    return search.accept(
      node.restEntries, with: search.values + [search.segments[depth...].joined(separator: "/")])
  }
}
