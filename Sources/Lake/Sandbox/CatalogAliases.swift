import DuckDB
import LakeSettings
import SQLText

/// The names by which one session calls its lakes, and the rewriting of statements to the engine's names.
///
/// DuckDB's ATTACH holds for the whole instance, yet two scripts may give one alias to different lakes. So
/// an engine attaches each lake once, under ``LakeName/catalogAlias``, and a session's own aliases live here:
/// where a statement says `alias.table`, the alias is replaced, token by token.
struct CatalogAliases: Sendable {
  private var lakeOfAlias: [String: LakeName] = [:]

  /// - Parameter lakes: the lakes that answer to their own names from the start (`main` as `dl`).
  init(lakes: [LakeName]) {
    for lake in lakes { lakeOfAlias[lake.catalogAlias.lowercased()] = lake }
  }

  mutating func attach(_ lake: LakeName, as alias: String) { lakeOfAlias[alias.lowercased()] = lake }

  mutating func detach(_ alias: String) -> LakeName? { lakeOfAlias.removeValue(forKey: alias.lowercased()) }

  func lake(_ alias: String) -> LakeName? { lakeOfAlias[alias.lowercased()] }

  var names: [String] { lakeOfAlias.keys.sorted() }

  /// The lakes that a statement names, by tokens: `alias.…`, and aliases given to functions as text
  /// (`ducklake_snapshots('dl')`).
  func lakes(namedIn tokens: [SQLToken]) -> Set<LakeName> {
    Set(references(in: tokens).map(\.lake))
  }

  /// The statement with the engine's names in place of the session's aliases.
  ///
  /// - Throws: ``LakeError`` where an alias is also the name of a table in the statement, so that nobody can
  ///   tell which is meant.
  func rewrite(_ statement: SQLStatement) throws(LakeError) -> String {
    let changes = references(in: statement.tokens).filter {
      $0.token.value.lowercased() != $0.lake.catalogAlias.lowercased()
    }
    guard !changes.isEmpty else { return statement.text }
    for change in changes where change.token.kind != .string {
      try refuseShadowing(change.token, in: statement.tokens)
    }
    var bytes = Array(statement.text.utf8)
    for change in changes.reversed() {
      let start = change.token.utf8Offset - statement.utf8Range.lowerBound
      let name = change.lake.catalogAlias
      let replacement =
        change.token.kind == .string ? SQLLiteral.string(name) : SQLIdentifier.quote(name)
      bytes.replaceSubrange(start..<start + change.token.text.utf8.count, with: Array(replacement.utf8))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private struct Reference {
    let token: SQLToken
    let lake: LakeName
  }

  private func references(in tokens: [SQLToken]) -> [Reference] {
    tokens.indices.compactMap { index in
      let token = tokens[index]
      let previous = index > 0 ? tokens[index - 1].text : ""
      let next = index + 1 < tokens.count ? tokens[index + 1].text : ""
      let isQualifier = token.kind != .string && next == "." && previous != "."
      let isArgument =
        token.kind == .string && previous == "(" && index > 1
        && tokens[index - 2].value.lowercased().hasPrefix("ducklake_")
      guard isQualifier || isArgument, let lake = lake(token.value) else { return nil }
      return Reference(token: token, lake: lake)
    }
  }

  private func refuseShadowing(_ alias: SQLToken, in tokens: [SQLToken]) throws(LakeError) {
    for (index, token) in tokens.enumerated() where token.kind != .string && token.isIdentifier(alias.value) {
      let next = index + 1 < tokens.count ? tokens[index + 1].text : ""
      let previous = index > 0 ? tokens[index - 1].text : ""
      guard next != ".", previous != "." else { continue }
      throw LakeError(
        .query, "\(alias.value) is the alias of a lake and of a table in one statement",
        hint: "Give one of them another name.",
        position: SourcePosition(line: token.line, column: token.column))
    }
  }
}
