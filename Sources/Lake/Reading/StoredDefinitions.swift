import DuckDB
import LakeSettings
import SQLText
import Synchronization

/// A view or macro of a lake, as it is stored. One that was changed stands here once for each of its texts.
package struct StoredDefinition: Sendable {
  package enum Kind: String, Sendable {
    case view
    /// Its text is an expression.
    case scalarMacro = "scalar"
    case tableMacro = "table"
  }

  package let kind: Kind
  package let schema: String
  package let name: String
  package let sql: String
  /// Whether it holds now; else only earlier snapshots have it.
  package let isCurrent: Bool
}

/// What a lake's stored views and macros do that a statement's own text does not show.
package struct StoredDefinitions: Sendable {
  /// As they are stored.
  package let all: [StoredDefinition]
  /// All views and macros.
  let names: Set<String>
  /// Views and macros that call functions which are not for scripts; other programs may have stored them.
  let refused: Set<String>
  /// Views and macros that ask for the present time.
  let clocks: Set<String>
  /// Views and macros that say which random numbers come next.
  let seeds: Set<String>

  init(_ all: [StoredDefinition]) {
    self.all = all
    let parsed = all.map { text in
      (name: text.name.lowercased(), tokens: (try? SQLTokenizer.tokenize(text.sql))?.filter { !$0.isComment })
    }
    names = Set(parsed.map(\.name))
    // What cannot be read is not trusted.
    refused = Self.closure(of: parsed) { $0.map(FunctionPolicy.refuses) ?? true }
    clocks = Self.closure(of: parsed) { $0.map(ClockWords.isAsked) ?? true }
    seeds = Self.closure(of: parsed) { $0?.contains { $0.value.lowercased() == "setseed" } ?? true }
  }

  /// Whether a statement says which random numbers come next, itself or by a view or macro.
  func seed(_ statement: CheckedStatement) -> Bool {
    statement.words.contains("setseed") || !seeds.isDisjoint(with: statement.words)
  }

  /// The names whose text fits, and those whose text names one of them.
  private static func closure(
    of texts: [(name: String, tokens: [SQLToken]?)], _ fits: ([SQLToken]?) -> Bool
  ) -> Set<String> {
    var names = Set(texts.filter { fits($0.tokens) }.map(\.name))
    var grows = !names.isEmpty
    while grows {
      let more = texts.filter { text in
        !names.contains(text.name) && (text.tokens ?? []).contains { names.contains($0.value.lowercased()) }
      }
      names.formUnion(more.map(\.name))
      grows = !more.isEmpty
    }
    return names
  }

  /// Refuses a statement that uses a view or macro which is not for scripts.
  ///
  /// - Throws: ``LakeError`` with code `refused` that names it.
  func check(_ statement: CheckedStatement, lake: Lake) throws(LakeError) {
    guard let name = refused.intersection(statement.words).min() else { return }
    throw LakeError(
      .refused, "'\(name)' of lake '\(lake.name)' calls functions that are not for scripts",
      hint: "Another program stored it there; look at its text with the program that made it.")
  }
}

extension Lake {
  /// What the lake's stored views and macros do, read again after each change of them.
  ///
  /// - Throws: ``LakeError``.
  func definitions() async throws -> StoredDefinitions {
    let epoch = await gate.definitionsEpoch
    if let known = knownDefinitions.withLock({ $0 }), known.isFresh(at: epoch, owned: gate.knowsAllCommits) {
      return known.definitions
    }
    let now = ContinuousClock.now
    let result = try await readTrusted(
      """
      SELECT s.schema_name, v.view_name, v.sql, 'view', v.end_snapshot IS NULL FROM \(metadata("ducklake_view")) v
      LEFT JOIN \(metadata("ducklake_schema")) s ON s.schema_id = v.schema_id
      UNION ALL
      SELECT s.schema_name, m.macro_name, i.sql, i.type, m.end_snapshot IS NULL FROM \(metadata("ducklake_macro")) m
      JOIN \(metadata("ducklake_macro_impl")) i ON i.macro_id = m.macro_id
      LEFT JOIN \(metadata("ducklake_schema")) s ON s.schema_id = m.schema_id
      """)
    let definitions = StoredDefinitions(
      result.rows.map { row in
        StoredDefinition(
          kind: .init(rawValue: row[3].text ?? "") ?? .scalarMacro, schema: row[0].text ?? "",
          name: row[1].text ?? "",
          sql: row[2].text ?? "", isCurrent: row[4].boolean ?? true)
      })
    knownDefinitions.withLock { $0 = KnownDefinitions(definitions: definitions, epoch: epoch, time: now) }
    return definitions
  }

  /// The hidden database through which DuckDB reaches the catalog's own tables.
  var metadataDatabase: String { "__ducklake_metadata_" + name.catalogAlias }

  /// A table of the catalog, as the engine names it.
  func metadata(_ table: String) -> String {
    var names = [metadataDatabase, table]
    if case .postgresql(let catalog) = configuration.catalog {
      names.insert(catalog.schema ?? "public", at: 1)
    }
    return names.map(SQLIdentifier.quote).joined(separator: ".")
  }
}

/// Definitions, and when they were read.
struct KnownDefinitions: Sendable {
  let definitions: StoredDefinitions
  let epoch: UInt64
  let time: ContinuousClock.Instant

  /// On a catalog that others may change at any time, what was read holds for a second.
  func isFresh(at epoch: UInt64, owned: Bool) -> Bool {
    epoch == self.epoch && (owned || ContinuousClock.now - time < .seconds(1))
  }
}
