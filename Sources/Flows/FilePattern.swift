import Lineage
import Scripts

/// A pattern of file names as DuckDB's table functions take it: `*` and `?` inside one folder, `**` across
/// folders, `[abc]` and `[a-z]`.
struct FilePattern {
  private let segments: [[Character]]

  init(_ pattern: String) {
    segments = pattern.split(separator: "/", omittingEmptySubsequences: false).map(Array.init)
  }

  /// Whether reading `pattern` can read what a script writes at `path`: the file itself, or files inside the
  /// folder that a partitioned COPY makes there.
  static func pattern(_ pattern: String, readsFrom path: String) -> Bool {
    pattern == path || pattern.hasPrefix(path + "/") || FilePattern(pattern).matches(path)
  }

  func matches(_ path: String) -> Bool {
    let names = path.split(separator: "/", omittingEmptySubsequences: false).map(Array.init)
    return matches(segments[...], names[...])
  }

  private func matches(_ pattern: ArraySlice<[Character]>, _ names: ArraySlice<[Character]>) -> Bool {
    guard let first = pattern.first else { return names.isEmpty }
    if first == ["*", "*"] {
      return matches(pattern.dropFirst(), names)
        || (!names.isEmpty && matches(pattern, names.dropFirst()))
    }
    guard let name = names.first, Self.matches(first[...], name[...]) else { return false }
    return matches(pattern.dropFirst(), names.dropFirst())
  }

  private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    switch first {
    case "*":
      return matches(pattern.dropFirst(), name) || (!name.isEmpty && matches(pattern, name.dropFirst()))
    case "?":
      return !name.isEmpty && matches(pattern.dropFirst(), name.dropFirst())
    case "[":
      guard let end = pattern.dropFirst().firstIndex(of: "]"), let character = name.first,
        isMember(character, of: pattern[pattern.index(after: pattern.startIndex)..<end])
      else { return false }
      return matches(pattern[(end + 1)...], name.dropFirst())
    default:
      return name.first == first && matches(pattern.dropFirst(), name.dropFirst())
    }
  }

  private static func isMember(_ character: Character, of set: ArraySlice<Character>) -> Bool {
    var rest = set
    let isNegated = rest.first == "!" || rest.first == "^"
    if isNegated { rest = rest.dropFirst() }
    var found = false
    while let low = rest.popFirst() {
      if rest.first == "-", let high = rest.dropFirst().first {
        found = found || (low <= high && (low...high).contains(character))
        rest = rest.dropFirst(2)
      } else {
        found = found || low == character
      }
    }
    return found != isNegated
  }
}

extension Asset {
  /// Whether reading this asset reads what is written at another one.
  func reads(from written: Asset) -> Bool {
    guard isFile else { return self == written }
    return kind == written.kind && FilePattern.pattern(path, readsFrom: written.path)
  }
}
