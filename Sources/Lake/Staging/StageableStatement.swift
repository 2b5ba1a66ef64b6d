import SQLText

/// A statement that writes what a query gives, and whose query can run before the turn: `INSERT INTO … SELECT` and
/// `CREATE TABLE … AS SELECT`.
struct StageableStatement: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    /// - columns: those that the statement lists; nil for all.
    case insert(columns: [String]?, byName: Bool)
    case create(orReplace: Bool)
  }

  let kind: Kind
  /// The table's name as it stands in the statement: one to three names.
  let target: [String]
  /// The query's text.
  let query: String
  /// The words and names in the query, in lower case.
  let words: Set<String>

  /// Reads a statement; nil for any other.
  ///
  /// - Parameter statement: in the engine's own names.
  init?(_ statement: SQLStatement) {
    var reader = TokenReader(statement.tokens)
    if reader.skip("insert") {
      guard reader.skip("into"), let target = reader.name() else { return nil }
      var columns: [String]?
      if reader.isAt("("), !reader.opensQuery(after: 1) {
        guard let listed = reader.list() else { return nil }
        columns = listed
      }
      let byName = reader.skip("by", "name")
      if !byName { _ = reader.skip("by", "position") }
      guard !(byName && columns != nil) else { return nil }
      self.target = target
      kind = .insert(columns: columns, byName: byName)
    } else if reader.skip("create") {
      let orReplace = reader.skip("or", "replace")
      guard reader.skip("table"), !reader.isAt("if"), let target = reader.name(), reader.skip("as") else {
        return nil
      }
      self.target = target
      kind = .create(orReplace: orReplace)
    } else {
      return nil
    }
    guard reader.opensQuery(after: 0), let start = reader.next else { return nil }
    let outer = StatementPolicy.topLevelWords(reader.rest)
    guard !outer.contains("returning"), !outer.contains("conflict"), outer.suffix(2) != ["no", "data"],
      outer.suffix(2) != ["with", "data"], !outer.contains("insert"), !outer.contains("delete"),
      !outer.contains("update")
    else { return nil }
    let bytes = Array(statement.text.utf8)
    let offset = start.utf8Offset - statement.utf8Range.lowerBound
    guard bytes.indices.contains(offset) else { return nil }
    query = String(decoding: bytes[offset...], as: UTF8.self)
    words = Set(
      reader.rest.lazy.filter { $0.kind == .word || $0.kind == .quotedIdentifier }.map {
        $0.value.lowercased()
      })
  }
}

/// Steps through a statement's tokens.
private struct TokenReader {
  private(set) var rest: ArraySlice<SQLToken>

  init(_ tokens: [SQLToken]) { rest = tokens[...] }

  var next: SQLToken? { rest.first }

  func isAt(_ text: String) -> Bool { rest.first.map { $0.text == text || $0.isWord(text) } ?? false }

  /// Steps over words, all of them or none.
  mutating func skip(_ words: String...) -> Bool {
    let found = rest.prefix(words.count)
    guard found.count == words.count, zip(found, words).allSatisfy({ $0.isWord($1) }) else { return false }
    rest = rest.dropFirst(words.count)
    return true
  }

  /// Whether a query begins behind so many tokens.
  func opensQuery(after count: Int) -> Bool {
    let verbs = ["select", "from", "with"]
    guard let token = rest.dropFirst(count).first(where: { $0.text != "(" }) else { return false }
    return verbs.contains(where: token.isWord)
  }

  /// `a`, `a.b` or `a.b.c`.
  mutating func name() -> [String]? {
    var parts: [String] = []
    while let token = rest.first, token.kind == .word || token.kind == .quotedIdentifier {
      parts.append(token.value)
      rest = rest.dropFirst()
      guard isAt(".") else { break }
      rest = rest.dropFirst()
    }
    return (1...3).contains(parts.count) ? parts : nil
  }

  /// `(a, b)`.
  mutating func list() -> [String]? {
    guard let end = rest.firstIndex(where: { $0.text == ")" }) else { return nil }
    let names = rest[..<end].dropFirst().filter { $0.text != "," }
    rest = rest[(end + 1)...]
    guard names.allSatisfy({ $0.kind == .word || $0.kind == .quotedIdentifier }) else { return nil }
    return names.map(\.value)
  }
}
