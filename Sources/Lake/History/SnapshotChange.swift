/// One entry of what the catalog says that a snapshot changed, such as `inserted_into_table:3` or
/// `created_table:"main"."orders"`.
struct SnapshotChange: Sendable, Hashable {
  let kind: String
  /// The number of the table or view; nil where the entry has a name.
  let id: Int64?
  /// The quoted names, outermost first; empty where the entry has a number.
  let names: [String]

  /// Changes files and not rows: compaction, and rows that move from the catalog into files.
  var isUpkeep: Bool { Self.isUpkeep(kind) }
  static func isUpkeep(_ kind: String) -> Bool { upkeep.contains(kind) }
  var isDrop: Bool { kind.hasPrefix("dropped_") }

  private static let upkeep: Set<String> = [
    "inline_flush", "flushed_inlined", "merge_adjacent", "rewrite_delete", "compacted_table",
  ]

  /// Reads the catalog's text. What cannot be read is left out: newer versions of DuckLake may know more.
  static func parse(_ text: String) -> [SnapshotChange] {
    var parser = Parser(rest: Substring(text))
    return parser.entries()
  }

  private struct Parser {
    var rest: Substring

    mutating func entries() -> [SnapshotChange] {
      var entries: [SnapshotChange] = []
      while !rest.isEmpty {
        let kind = String(rest.prefix { $0 != ":" && $0 != "," })
        rest = rest.dropFirst(kind.count)
        if rest.first == ":" {
          rest.removeFirst()
          entries.append(value(of: kind))
        }
        rest = rest.drop { $0 != "," }.dropFirst()
      }
      return entries
    }

    private mutating func value(of kind: String) -> SnapshotChange {
      guard rest.first == "\"" else {
        let digits = rest.prefix { $0 != "," }
        rest = rest.dropFirst(digits.count)
        return SnapshotChange(kind: kind, id: Int64(digits), names: [])
      }
      var names: [String] = []
      while rest.first == "\"" {
        names.append(quoted())
        if rest.first == "." { rest.removeFirst() }
      }
      return SnapshotChange(kind: kind, id: nil, names: names)
    }

    private mutating func quoted() -> String {
      var name = ""
      rest.removeFirst()
      while let character = rest.popFirst() {
        if character == "\"" {
          guard rest.first == "\"" else { break }
          rest.removeFirst()
        }
        name.append(character)
      }
      return name
    }
  }
}
