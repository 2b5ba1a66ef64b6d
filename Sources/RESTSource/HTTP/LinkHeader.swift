/// Reads the header `Link` of RFC 8288.
enum LinkHeader {
  /// The target of the first link with that relation.
  static func target(relation: String, in header: String) -> String? {
    var rest = Substring(header)
    while let start = rest.firstIndex(of: "<") {
      rest = rest[rest.index(after: start)...]
      guard let end = rest.firstIndex(of: ">") else { return nil }
      let target = rest[..<end]
      rest = rest[rest.index(after: end)...]
      if relations(&rest).contains(relation.lowercased()) {
        return target.trimmingPrefix { $0 == " " }.description
      }
    }
    return nil
  }

  /// The words of `rel` among the attributes up to the next link.
  private static func relations(_ rest: inout Substring) -> [String] {
    var words: [String] = []
    while true {
      skipSpace(&rest)
      guard rest.first == ";" else { return words }
      rest.removeFirst()
      skipSpace(&rest)
      let name = rest.prefix { !"=;, ".contains($0) }
      rest = rest.dropFirst(name.count)
      skipSpace(&rest)
      guard rest.first == "=" else { continue }
      rest.removeFirst()
      skipSpace(&rest)
      let value = self.value(&rest)
      // RFC 8288 3.3: only the first counts.
      if words.isEmpty, name.lowercased() == "rel" {
        words = value.lowercased().split(separator: " ").map(String.init)
      }
    }
  }

  private static func value(_ rest: inout Substring) -> String {
    guard rest.first == "\"" else {
      let value = rest.prefix { !";, ".contains($0) }
      rest = rest.dropFirst(value.count)
      return String(value)
    }
    rest.removeFirst()
    var value = ""
    while let character = rest.popFirst(), character != "\"" {
      if character == "\\", let next = rest.popFirst() { value.append(next) } else { value.append(character) }
    }
    return value
  }

  private static func skipSpace(_ rest: inout Substring) {
    while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
  }
}
