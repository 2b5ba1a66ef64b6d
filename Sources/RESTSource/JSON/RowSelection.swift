/// Finds the rows of an answer.
enum RowSelection {
  /// The names under which APIs put their rows.
  private static let rowKeys: Set<String> = [
    "data", "items", "results", "entries", "records", "rows", "entities", "payload", "content", "objects",
    "values",
  ]
  /// How many objects deep a list is looked for.
  private static let searchDepth = 3

  /// The rows that a selector picks: one value that is a list stands for its elements, `null` for none.
  static func rows(_ selector: JSONPath, in root: JSONNode) -> any Sequence<JSONNode> {
    let values = selector.values(in: root)
    guard values.count == 1, let value = values.first else { return values }
    switch value.kind {
    case .list: return value.elements
    case .null: return []
    default: return [value]
    }
  }

  /// Where the rows seem to stand: the first list with a name that APIs use for rows, else the first list, else the
  /// whole answer is one row.
  static func detectedSelector(in root: JSONNode) -> JSONPath {
    guard root.kind == .object else { return JSONPath(names: []) }
    var lists: [[String]] = []
    collectLists(in: root, path: [], into: &lists)
    let best = lists.first { rowKeys.contains($0.last ?? "") } ?? lists.first
    return JSONPath(names: best ?? [])
  }

  private static func collectLists(in node: JSONNode, path: [String], into lists: inout [[String]]) {
    guard path.count < searchDepth else { return }
    for (key, value) in node.members {
      switch value.kind {
      case .list: lists.append(path + [key.text])
      case .object: collectLists(in: value, path: path + [key.text], into: &lists)
      default: break
      }
    }
  }
}
