internal import SQLText

/// The tables that a statement names, and what it calls them.
struct StatementScope {
  /// A table in the statement.
  struct Reference: Hashable {
    /// The name as parts: table, schema and table, or lake, schema and table.
    var name: [String]

    /// What the statement calls it.
    var alias: String?
  }

  private(set) var references: [Reference] = []

  /// Names that the statement's own WITH gives.
  private(set) var commonTables: [String] = []

  init(_ tokens: [SQLToken]) {
    for index in tokens.indices {
      let token = tokens[index]
      if SQLWords.introducesTable(tokens, at: index) {
        addReferences(tokens, after: index)
      }
      if index + 2 < tokens.count, token.isName, tokens[index + 1].isWord("as"),
        tokens[index + 2].isSymbol("("),
        index > 0,
        tokens[index - 1].isWord("with") || tokens[index - 1].isWord("recursive")
          || tokens[index - 1].isSymbol(",")
      {
        commonTables.append(token.value)
      }
    }
  }

  /// The columns of a reference.
  static func columns(of reference: Reference, in names: CatalogNames) -> [String] {
    guard let table = reference.name.last else { return [] }
    return names.tables(qualifiedBy: Array(reference.name.dropLast()))
      .filter { $0.name.isSame(table) }.flatMap(\.columns)
  }

  private mutating func addReferences(_ tokens: [SQLToken], after introducer: Int) {
    var index = introducer + 1
    while index < tokens.count, tokens[index].isName, !SQLWords.isClauseWord(tokens[index]) {
      var name = [tokens[index].value]
      index += 1
      while index + 1 < tokens.count, tokens[index].isSymbol("."), tokens[index + 1].isName {
        name.append(tokens[index + 1].value)
        index += 2
      }
      // A table function has no columns that are known; INSERT INTO t (…) is none.
      if index < tokens.count, tokens[index].isSymbol("("), !tokens[introducer].isWord("into") { return }
      if index < tokens.count, tokens[index].isWord("as") { index += 1 }
      var alias: String?
      if index < tokens.count, tokens[index].isName, !SQLWords.isClauseWord(tokens[index]) {
        alias = tokens[index].value
        index += 1
      }
      references.append(Reference(name: name, alias: alias))
      guard tokens[introducer].isWord("from"), index < tokens.count, tokens[index].isSymbol(",") else {
        return
      }
      index += 1
    }
  }
}

extension SQLToken {
  var isName: Bool { kind == .word || kind == .quotedIdentifier }

  func isWord(in words: Set<String>) -> Bool { kind == .word && words.contains(text.lowercased()) }
}
