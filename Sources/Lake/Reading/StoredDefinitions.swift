import DuckDB
import LakeSettings
import SQLText
import Synchronization

/// What a lake's stored views and macros do that a statement's own text does not show.
struct StoredDefinitions: Sendable {
  /// All views and macros.
  let names: Set<String>
  /// Views and macros that call functions which are not for scripts; other programs may have stored them.
  let refused: Set<String>
  /// Views and macros that ask for the present time.
  let clocks: Set<String>

  /// - Parameter texts: name and SQL of each view and macro.
  init(_ texts: [(name: String, sql: String)]) {
    let parsed = texts.map { text in
      (name: text.name.lowercased(), tokens: (try? SQLTokenizer.tokenize(text.sql))?.filter { !$0.isComment })
    }
    names = Set(parsed.map(\.name))
    // What cannot be read is not trusted.
    refused = Self.closure(of: parsed) { $0.map(FunctionPolicy.refuses) ?? true }
    clocks = Self.closure(of: parsed) { $0.map(ClockWords.isAsked) ?? true }
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
      SELECT view_name, sql FROM \(metadata("ducklake_view"))
      UNION ALL
      SELECT m.macro_name, i.sql FROM \(metadata("ducklake_macro")) m
      JOIN \(metadata("ducklake_macro_impl")) i ON i.macro_id = m.macro_id
      """)
    let definitions = StoredDefinitions(result.rows.map { ($0[0].text ?? "", $0[1].text ?? "") })
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
