import DuckDB
import LakeSettings
import SQLText

/// The names by which one session calls its lakes and data tables, and where a statement uses them.
///
/// DuckDB's ATTACH holds for the whole instance, yet two scripts may give one alias to different lakes. So
/// an engine attaches each lake once, under ``LakeName/catalogAlias``, and a session's own aliases live here:
/// where a statement says `alias.table`, the alias is replaced, token by token.
struct CatalogAliases: Sendable {
  private var lakeOfAlias: [String: LakeName] = [:]
  private let ownNames: [String: LakeName]
  /// What the session calls its data tables, in lower case.
  private(set) var dataTables: [String: SessionDataTable] = [:]

  /// - Parameter lakes: the lakes that answer to their own names from the start (`main` as `dl`).
  init(lakes: [LakeName]) {
    ownNames = Dictionary(
      lakes.map { ($0.catalogAlias.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    lakeOfAlias = ownNames
  }

  mutating func attach(_ lake: LakeName, as alias: String) {
    lakeOfAlias[alias.lowercased()] = lake
    dataTables[alias.lowercased()] = nil
  }

  mutating func attach(_ table: SessionDataTable, as alias: String) {
    dataTables[alias.lowercased()] = table
    lakeOfAlias[alias.lowercased()] = nil
  }

  /// Forgets the alias of a data table; nil when it is none.
  mutating func detach(dataTable alias: String) -> SessionDataTable? {
    guard let table = dataTables.removeValue(forKey: alias.lowercased()) else { return nil }
    lakeOfAlias[alias.lowercased()] = ownNames[alias.lowercased()]
    return table
  }

  /// Forgets an alias. A lake's own name then means that lake again: it is never free for DuckDB to resolve
  /// without this session knowing which lake it uses.
  mutating func detach(_ alias: String) -> LakeName? {
    let lake = lakeOfAlias.removeValue(forKey: alias.lowercased())
    lakeOfAlias[alias.lowercased()] = ownNames[alias.lowercased()]
    return lake
  }

  func lake(_ alias: String) -> LakeName? { lakeOfAlias[alias.lowercased()] }

  func dataTable(_ alias: String) -> SessionDataTable? { dataTables[alias.lowercased()] }

  var names: [String] { (Array(lakeOfAlias.keys) + Array(dataTables.keys)).sorted() }

  /// A token that names a lake or a data table.
  struct Reference: Sendable {
    let token: SQLToken
    let lake: LakeName?
    let dataTable: SessionDataTable?
    /// Whether a schema follows.
    let hasSchema: Bool

    /// The engine's name, in the token's own form; nil when it says so already.
    var replacement: String? {
      if let dataTable {
        let catalog = SQLIdentifier.quote(dataTable.catalog)
        return hasSchema ? catalog : catalog + "." + SQLIdentifier.quote(dataTable.schema)
      }
      guard let lake, token.value.lowercased() != lake.catalogAlias.lowercased() else { return nil }
      return token.kind == .string
        ? SQLLiteral.string(lake.catalogAlias) : SQLIdentifier.quote(lake.catalogAlias)
    }
  }

  /// Where a statement names lakes: `alias.…` in the place of a table or function, columns qualified by such a
  /// table, and aliases given to functions as text (`ducklake_snapshots('dl')`).
  ///
  /// `x.y` is a lake's table only where a table can stand. Elsewhere `x` may as well be a table's name, its
  /// alias or a column with fields, and then it is left alone.
  ///
  /// - Throws: ``LakeError`` where nobody can tell which is meant.
  func references(in tokens: [SQLToken]) throws(LakeError) -> [Reference] {
    var found: [Reference] = []
    var undecided: [Reference] = []
    for index in tokens.indices {
      let token = tokens[index]
      let (lake, dataTable) = (lake(token.value), dataTable(token.value))
      guard lake != nil || dataTable != nil && token.kind != .string else { continue }
      let reference = Reference(
        token: token, lake: lake, dataTable: dataTable, hasSchema: Self.hasSchema(index, in: tokens))
      switch Place(of: index, in: tokens) {
      case .relation, .argument: found.append(reference)
      case .call: if !isName(token, usedAloneIn: tokens) { found.append(reference) }
      case .column: undecided.append(reference)
      case .none: continue
      }
    }
    for column in undecided
    where found.contains(where: { $0.token.value.lowercased() == column.token.value.lowercased() }) {
      guard column.replacement != nil, isName(column.token, usedAloneIn: tokens) else {
        found.append(column)
        continue
      }
      throw LakeError(
        .query, "\(column.token.value) is the alias of a lake and of a table or column in one statement",
        hint: "Give one of them another name.", position: StatementPolicy.position(column.token))
    }
    return found.sorted { $0.token.utf8Offset < $1.token.utf8Offset }
  }

  /// `a.b.c`, `CREATE SCHEMA a.b`, `SHOW TABLES FROM a.b`: a schema follows.
  private static func hasSchema(_ index: Int, in tokens: [SQLToken]) -> Bool {
    if index + 3 < tokens.count, tokens[index + 1].text == ".", tokens[index + 3].text == "." { return true }
    return tokens[0].isWord("show") || tokens.prefix(3).contains { $0.isWord("schema") }
  }

  /// Whether the statement also uses the name without a dot on either side: as a table, its alias or a column.
  private func isName(_ alias: SQLToken, usedAloneIn tokens: [SQLToken]) -> Bool {
    tokens.indices.contains { index in
      guard tokens[index].isIdentifier(alias.value) else { return false }
      let next = index + 1 < tokens.count ? tokens[index + 1].text : ""
      return next != "." && !(index > 0 && tokens[index - 1].text == ".")
    }
  }

  /// What can stand where a token stands.
  private enum Place {
    case relation, call, argument, column, none

    init(of index: Int, in tokens: [SQLToken]) {
      let token = tokens[index]
      let previous = index > 0 ? tokens[index - 1] : nil
      let next = index + 1 < tokens.count ? tokens[index + 1].text : ""
      switch token.kind {
      case .string:
        let function = index > 1 ? tokens[index - 2].value.lowercased() : ""
        self = previous?.text == "(" && function.hasPrefix("ducklake_") ? .argument : .none
      case .word, .quotedIdentifier:
        if next != "." {
          let isShown = previous?.isWord("from") == true && tokens[0].isWord("show")
          self = isShown ? .relation : .none
        } else if previous?.text == "." {
          self = .none
        } else if Self.isRelation(index, in: tokens) {
          self = .relation
        } else {
          self = Self.isCall(index, in: tokens) ? .call : .column
        }
      default: self = .none
      }
    }

    private static func isCall(_ index: Int, in tokens: [SQLToken]) -> Bool {
      var end = index + 1
      while end + 1 < tokens.count, tokens[end].text == "." { end += 2 }
      return end < tokens.count && tokens[end].text == "("
    }

    private static func isRelation(_ index: Int, in tokens: [SQLToken]) -> Bool {
      guard index > 0 else { return false }
      let previous = tokens[index - 1]
      if leads.contains(where: previous.isWord) { return true }
      if previous.isWord("column") { return tokens[0].isWord("comment") }
      switch previous.text {
      case "(":
        return index > 1
          && (tokens[index - 2].isWord("from") || tokens[index - 2].isWord("join")
            || tokens[index - 2].text == "(")
      case ",": return clause(before: index, in: tokens)?.isWord("from") == true
      default: return false
      }
    }

    /// The word that begins the clause around a comma, on the same level of parentheses.
    private static func clause(before index: Int, in tokens: [SQLToken]) -> SQLToken? {
      var depth = 0
      for position in stride(from: index - 1, through: 0, by: -1) {
        let token = tokens[position]
        switch token.text {
        case ")": depth += 1
        case "(":
          if depth == 0 {
            return position > 0 && tokens[position - 1].isWord("from") ? tokens[position - 1] : nil
          }
          depth -= 1
        default: if depth == 0, clauses.contains(where: token.isWord) { return token }
        }
      }
      return nil
    }

    private static let leads = [
      "from", "join", "into", "update", "table", "view", "macro", "function", "schema", "exists", "truncate",
      "describe", "desc", "summarize", "show", "using", "copy", "call", "pivot", "unpivot", "only",
    ]
    private static let clauses = [
      "from", "select", "where", "by", "having", "qualify", "values", "set", "on", "limit", "returning",
      "window",
    ]
  }
}

/// A statement's text with some of its tokens replaced.
enum StatementEdits {
  static func replacing(_ changes: [(token: SQLToken, text: String)], in statement: SQLStatement) -> String {
    guard !changes.isEmpty else { return statement.text }
    var bytes = Array(statement.text.utf8)
    for (token, text) in changes.sorted(by: { $0.token.utf8Offset > $1.token.utf8Offset }) {
      let start = token.utf8Offset - statement.utf8Range.lowerBound
      bytes.replaceSubrange(start..<start + token.text.utf8.count, with: Array(text.utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
