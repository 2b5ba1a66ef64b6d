internal import DuckDB
public import Grants
public import Lake
internal import LakeSettings
internal import Lineage
internal import SQLText

extension EngineSession {
  /// Limits the session to what a member may do: from now on a statement that needs more is refused before any of it runs.
  /// Rights that were given once stay.
  public func limit(to rights: LakeRights) {
    guard !rights.governed.isEmpty else { return }
    use(RightsGuard(rights: rights))
  }
}

/// Holds statements against what a member may do.
///
/// What a statement reads is taken from DuckDB's own parse of it, views and macros followed; what it writes from its head. A
/// statement that cannot be followed is refused.
struct RightsGuard: StatementGuard {
  let rights: LakeRights

  func check(_ statement: SQLStatement, parameters: [String: Value], in session: EngineSession) async throws {
    let place = await session.currentPlace
    let check = StatementCheck(
      rights: rights, session: session, parameters: parameters, statement: statement,
      places: place.map { [StatementCheck.Place(lake: $0.lake, schema: $0.schema)] } ?? [])
    try await check.run()
  }
}

/// One statement held against rights.
final class StatementCheck {
  /// Where names without qualification are looked for.
  struct Place: Hashable {
    let lake: LakeName
    let schema: String
  }

  let rights: LakeRights
  let session: EngineSession
  let parameters: [String: Value]
  let statement: SQLStatement
  let places: [Place]
  /// Views and macros that were followed already.
  var followed: Set<String> = []

  init(
    rights: LakeRights, session: EngineSession, parameters: [String: Value], statement: SQLStatement,
    places: [Place]
  ) {
    self.rights = rights
    self.session = session
    self.parameters = parameters
    self.statement = statement
    self.places = places
  }

  /// Whether the member may read all there is: then nothing about it need be hidden.
  var seesAll: Bool { rights.governed.allSatisfy { rights.allows(.select, on: LakePlace(lake: $0)) } }

  func run() async throws {
    let body = try withoutExplain()
    let head = StatementHead.read(body)
    if let token = head.missedToken(in: body) { throw unreadable("a query at '\(token.text)'", token) }
    switch head.verb {
    case .select, .set, .copyTo, .call: break
    case .show: try await read(body.text, in: places)
    case .pragma: try checkPragma(body)
    case .insert, .update, .delete, .truncate, .merge, .create, .alter, .drop, .copyFrom:
      guard !head.targets.isEmpty else { throw unreadable("what it changes", body.tokens.first) }
    case .explain, .attach, .detach, .use, .transaction, .other:
      throw unreadable("what it does", body.tokens.first)
    }
    for part in head.selectParts { try await read(part.text, in: places) }
    for source in head.sources { try await readTable(source.parts, isAtVersion: false, in: places) }
    for target in head.targets { try await write(target, of: head, body) }
    for file in head.files where !file.isWritten { try checkFile(of: file.path) }
    if head.verb == .call {
      for call in head.outerCalls where call.isTable { try await callTable(call, in: places) }
    }
    try await followMacros(body.tokens, in: places)
  }

  /// EXPLAIN tells about tables as much as a query does, and EXPLAIN ANALYZE runs: both need what the statement needs.
  private func withoutExplain() throws -> SQLStatement {
    var tokens = statement.tokens[...]
    guard tokens.first?.isWord("explain") == true else { return statement }
    tokens = tokens.dropFirst()
    let queries = ["select", "from", "with", "values", "table", "pivot", "unpivot"]
    if tokens.first?.text == "(", let second = tokens.dropFirst().first, second.text != "(",
      !queries.contains(where: second.isWord)
    {
      guard let close = tokens.firstIndex(where: { $0.text == ")" }) else {
        throw unreadable("its options", second)
      }
      tokens = tokens[(close + 1)...]
    }
    while let word = tokens.first, ["analyze", "analyse", "verbose"].contains(where: word.isWord) {
      tokens = tokens.dropFirst()
    }
    guard let first = tokens.first else { throw unreadable("what it explains", statement.tokens.first) }
    let start = first.utf8Offset - statement.utf8Range.lowerBound
    let text = String(decoding: Array(statement.text.utf8).dropFirst(start), as: UTF8.self)
    guard let rest = try? SQLStatements.split(text), rest.count == 1 else {
      throw unreadable("what it explains", first)
    }
    return rest[0]
  }

  private func checkPragma(_ body: SQLStatement) throws {
    let harmless = ["version", "platform", "collations"]
    guard seesAll || harmless.contains(where: { body.tokens.dropFirst().first?.isWord($0) == true }) else {
      throw listing(body.tokens.first)
    }
  }

  // MARK: Writing

  private func write(_ target: StatementHead.Target, of head: StatementHead, _ body: SQLStatement)
    async throws
  {
    let isDefinition = target.object == .view || target.object == .macro
    if isDefinition, target.isTemporary {
      throw LakeError(
        .denied, "temporary views and macros are not for members with grants",
        hint: "Write WITH name AS (…) instead.",
        position: position(of: target.name.parts.last))
    }
    if target.isTemporary { return }
    if isDefinition, await session.isInOpenTransaction {
      throw LakeError(
        .denied, "members with grants change views and macros outside of transactions",
        hint: "COMMIT first; a view that is not committed cannot be followed.",
        position: position(of: target.name.parts.last))
    }
    if target.object == .schema {
      if await isSchemaOfDataTable(target.name.parts) { return }
      let (lake, schema) = try schemaPlace(target.name.parts)
      // A new schema is the lake's affair; an old one goes with all that is in it.
      let place =
        target.access == .drop ? LakePlace(lake: lake.text, schema: schema) : LakePlace(lake: lake.text)
      for privilege in try privileges(target.access, head, body) {
        try require(privilege, on: place, name: schema)
      }
      return
    }
    // CREATE makes its table in the lake whatever temporary table has that name; views and macros are others' names.
    let mayBeTemporary = target.object == .table && target.access != .create && target.access != .replace
    let found = try await tablePlace(target.name.parts, in: places, mayBeTemporary: mayBeTemporary)
    guard let place = found.first else { return }
    for privilege in try privileges(target.access, head, body) {
      try require(privilege, on: place, name: target.name.parts.last)
    }
  }

  private func privileges(
    _ access: StatementHead.Access, _ head: StatementHead, _ body: SQLStatement
  ) throws -> [LakePrivilege] {
    func says(_ words: String...) -> Bool {
      body.tokens.contains { token in words.contains(where: token.isWord) }
    }
    let looks: [LakePrivilege] =
      head.verb == .merge || head.verb == .update || says("returning")
        || (head.verb == .delete && says("where", "using"))
      ? [.select] : []
    switch access {
    case .insert:
      let overwrites = head.verb == .insert && says("conflict", "replace", "ignore")
      return [.insert] + (overwrites ? [.update] : []) + looks
    case .update: return [.update] + looks
    case .delete: return [.delete] + looks
    case .create: return [.create]
    case .replace, .alter: return [.create, .drop]
    case .drop: return [.drop]
    }
  }

  private func isSchemaOfDataTable(_ parts: [String]) async -> Bool {
    if parts.count == 2, case .source = session.catalog(named: parts[0]) { return true }
    guard parts.count == 1 else { return false }
    return await session.isInDataTable
  }

  private func schemaPlace(_ parts: [String]) throws -> (lake: LakeName, schema: String) {
    if parts.count == 1, let place = places.first { return (place.lake, parts[0]) }
    if parts.count == 2, case .lake(let lake) = session.catalog(named: parts[0]) { return (lake, parts[1]) }
    throw unreadable("which schema it changes", statement.tokens.first)
  }

  // MARK: Saying no

  func require(_ privilege: LakePrivilege, on place: LakePlace, name: String?) throws {
    guard !rights.allows(privilege, on: place) else { return }
    let (message, hint) = rights.denial(of: privilege, on: place)
    throw LakeError(.denied, message, hint: hint, position: position(of: name))
  }

  func unreadable(_ what: String, _ token: SQLToken?) -> LakeError {
    LakeError(
      .denied,
      "u/\(rights.member) has grants on single tables, and it cannot be told from this statement: \(what)",
      hint: "Write it more plainly, such as PIVOT with IN (…), or as several statements.",
      position: token.map { SourcePosition(line: $0.line, column: $0.column) })
  }

  func listing(_ token: SQLToken?) -> LakeError {
    LakeError(
      .denied, "u/\(rights.member) may not list what is in the lakes",
      hint: "tarn grants, and GET grants/mine of the HTTP API, tell which tables there are for a member.",
      position: token.map { SourcePosition(line: $0.line, column: $0.column) })
  }

  func position(of name: String?) -> SourcePosition? {
    guard let name else { return nil }
    let token = statement.tokens.first { $0.isIdentifier(name) || ($0.kind == .string && $0.value == name) }
    return token.map { SourcePosition(line: $0.line, column: $0.column) }
  }
}
