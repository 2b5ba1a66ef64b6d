import DuckDB
import Grants
import Lake
import LakeSettings
import Lineage
import SQLText

// What a statement reads: tables by DuckDB's own parse, then what stands behind views and macros.
extension StatementCheck {
  /// - Parameters:
  ///   - query: one query.
  ///   - places: where its names without qualification are looked for, the nearest first.
  func read(_ query: String, in places: [Place]) async throws {
    let references: QueryReferences
    do {
      references = try QueryReferences(serialized: try await session.syntaxTree(of: query))
    } catch let error as QueryReferences.Unreadable {
      throw unreadable("what it reads (\(error.reason))", statement.tokens.first)
    }
    if references.listsTables, !seesAll { throw listing(statement.tokens.first) }
    for table in references.tables {
      try await readTable(table.parts, isAtVersion: table.isAtVersion, in: places)
    }
    for function in references.functions where function.isTable { try await callTable(function, in: places) }
  }

  func readTable(_ parts: [String], isAtVersion: Bool, in places: [Place]) async throws {
    if Self.isSystem(parts) {
      guard seesAll else { throw listing(token(of: parts.last)) }
      return
    }
    if parts.count == 1, Self.looksLikeFile(parts[0]) {
      guard let place = places.first,
        try await session.isThere(parts[0], schema: place.schema, lake: place.lake)
      else {
        return try checkFile(.text(parts[0]))
      }
    }
    // Where there is no such table DuckDB takes `"folder/file".parquet` for a file.
    if parts.count > 1, parts.contains(where: { $0.contains("/") }) {
      try checkFile(.text(parts.joined(separator: ".")))
    }
    // Inside views and macros a temporary table is no answer: which of the two is meant there is not for this session to say.
    for place in try await tablePlace(parts, in: places, mayBeTemporary: places == self.places) {
      try require(.select, on: place, name: parts.last)
      try await followView(place, isAtVersion: isAtVersion)
    }
  }

  /// What a table's name may mean. Nothing for temporary tables and for databases that `tarn.yaml` opens to all.
  ///
  /// - Parameter mayBeTemporary: whether DuckDB looks for temporary tables first.
  func tablePlace(
    _ parts: [String], in places: [Place], mayBeTemporary: Bool
  ) async throws -> [LakePlace] {
    let name = parts.last ?? ""
    switch parts.count {
    case 1:
      if mayBeTemporary, await session.hasTemporaryTable(name) { return [] }
      if places.isEmpty, await session.isInDataTable { return [] }
      return try await existing(places.map { Candidate($0.lake, $0.schema, name) }, parts)
    case 2:
      // DuckDB finds temporary tables by `main.`, too.
      if SQLIdentifier.folded(parts[0]) == "main", mayBeTemporary, await session.hasTemporaryTable(name) {
        return []
      }
      switch session.catalog(named: parts[0]) {
      case .temporary, .source: return []
      // A schema of that name in the current lake would be ambiguous, which DuckDB refuses.
      case .lake(let lake): return [Candidate(lake, "main", name).place]
      case nil where places.isEmpty:
        if await session.isInDataTable { return [] }
        return try await existing([], parts)
      case nil: return try await existing(places.map { Candidate($0.lake, parts[0], name) }, parts)
      }
    case 3:
      switch session.catalog(named: parts[0]) {
      case .temporary, .source: return []
      case .lake(let lake): return [Candidate(lake, parts[1], name).place]
      case nil: throw unreadable("what \(parts.joined(separator: ".")) is", token(of: parts[0]))
      }
    default: throw unreadable("what \(parts.joined(separator: ".")) is", token(of: parts.first))
    }
  }

  private struct Candidate: Hashable {
    let lake: LakeName
    let schema: String
    let name: String

    init(_ lake: LakeName, _ schema: String, _ name: String) {
      self.lake = lake
      self.schema = schema
      self.name = name
    }

    var place: LakePlace {
      // A branch has its lake's grants; its own name is kept to find its views.
      LakePlace(lake: lake.text, schema: schema, table: name)
    }
  }

  /// Inside a view a name means the view's schema first and the session's after it. In a transaction of the script's own the
  /// first may be gone without anybody else seeing it, so all are asked for there.
  private func existing(_ candidates: [Candidate], _ parts: [String]) async throws -> [LakePlace] {
    guard let first = candidates.first else {
      throw unreadable("what \(parts.joined(separator: ".")) is", token(of: parts.last))
    }
    guard Set(candidates).count > 1 else { return [first.place] }
    let isAlone = await !session.isInOpenTransaction
    var found: [LakePlace] = []
    for candidate in candidates
    where try await session.isThere(candidate.name, schema: candidate.schema, lake: candidate.lake) {
      found.append(candidate.place)
      if isAlone { break }
    }
    return found.isEmpty ? [first.place] : found
  }

  // MARK: Views and macros

  /// A view gives no more than what stands behind it: whoever reads it needs the tables, too.
  private func followView(_ place: LakePlace, isAtVersion: Bool) async throws {
    guard let schema = place.schema, let table = place.table else { return }
    for lake in lakes(called: place.lake) {
      for view in try await session.definitions(of: lake)
      where view.kind == .view && (view.isCurrent || isAtVersion) && Self.isSame(view.name, table)
        && Self.isSame(view.schema, schema)
      {
        guard followed.insert("view \(lake) \(view.schema) \(view.name) \(view.sql)").inserted else {
          continue
        }
        let inner = [Place(lake: lake, schema: view.schema)] + places
        try await read(view.sql, in: inner)
        try await followMacros(try tokens(of: view.sql), in: inner)
      }
    }
  }

  /// Every call of a name that a macro of a lake in reach has. Names in a macro mean what they mean where it is called.
  func followMacros(_ tokens: [SQLToken], in places: [Place]) async throws {
    let called = Set(
      tokens.indices.dropLast().lazy.filter { tokens[$0 + 1].text == "(" && tokens[$0].isNamed }
        .map { SQLIdentifier.folded(tokens[$0].value) })
    guard !called.isEmpty else { return }
    if !seesAll, let name = called.first(where: Self.tellsDefinitions.contains) {
      throw listing(token(of: name))
    }
    var lakes = Set(places.map(\.lake))
    for token in tokens where token.isNamed {
      if case .lake(let lake) = session.catalog(named: token.value) { lakes.insert(lake) }
    }
    for lake in lakes.sorted() {
      for macro in try await session.definitions(of: lake)
      where macro.kind != .view && macro.isCurrent && called.contains(SQLIdentifier.folded(macro.name)) {
        guard followed.insert("macro \(lake) \(macro.schema) \(macro.name) \(macro.sql)").inserted else {
          continue
        }
        let inner = places + [Place(lake: lake, schema: macro.schema)]
        try await read(macro.kind == .scalarMacro ? "SELECT \(macro.sql)" : macro.sql, in: inner)
        try await followMacros(try self.tokens(of: macro.sql), in: inner)
      }
    }
  }

  /// Whether a lake in reach has a table macro of that name: what it reads is followed by its text.
  func isTableMacro(_ name: String, in places: [Place]) async throws -> Bool {
    for lake in Set(places.map(\.lake)) {
      if try await session.definitions(of: lake).contains(where: {
        $0.kind == .tableMacro && $0.isCurrent && Self.isSame($0.name, name)
      }) {
        return true
      }
    }
    return false
  }

  private func tokens(of sql: String) throws -> [SQLToken] {
    do { return try SQLTokenizer.tokenize(sql).filter { !$0.isComment } } catch {
      throw unreadable("a view or macro that it uses", statement.tokens.first)
    }
  }

  /// The lake and, where the statement is on one, its branch.
  private func lakes(called name: String) -> [LakeName] {
    var found = Set(places.map(\.lake).filter { LakePlace(lake: $0.text).lake == name })
    for token in statement.tokens where token.isNamed {
      if case .lake(let lake) = session.catalog(named: token.value), LakePlace(lake: lake.text).lake == name {
        found.insert(lake)
      }
    }
    return found.isEmpty ? [name == "main" ? .main : (try? LakeName(name)) ?? .main] : found.sorted()
  }

  // MARK: Names

  func token(of name: String?) -> SQLToken? {
    name.flatMap { name in statement.tokens.first { $0.isIdentifier(name) } }
  }

  static func isSame(_ left: String, _ right: String) -> Bool {
    SQLIdentifier.folded(left) == SQLIdentifier.folded(right)
  }

  /// DuckDB's own views over all databases.
  private static func isSystem(_ parts: [String]) -> Bool {
    let folded = parts.map(SQLIdentifier.folded)
    if folded.count > 1, ["information_schema", "pg_catalog"].contains(folded[folded.count - 2]) {
      return true
    }
    if folded.count > 1, folded[0] == "system" { return true }
    guard folded.count == 1 else { return false }
    return ["duckdb_", "pragma_", "pg_", "sqlite_"].contains { folded[0].hasPrefix($0) }
  }

  /// A name that DuckDB may take for a file when no table has it.
  private static func looksLikeFile(_ name: String) -> Bool { name.contains(".") || name.contains("/") }

  private static let tellsDefinitions: Set<String> = [
    "pg_get_viewdef", "pg_get_constraintdef", "pg_get_expr",
  ]
}

extension SQLToken {
  /// Whether the token can be a name.
  var isNamed: Bool { kind == .word || kind == .quotedIdentifier }
}
