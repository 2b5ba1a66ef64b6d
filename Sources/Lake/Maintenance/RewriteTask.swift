import DuckDB
import LakeSettings

/// A file with deleted rows.
struct DeletedShare: Sendable, Hashable {
  /// The part of its rows that is deleted, above 0.
  let share: Double
  let bytes: Int64
  /// How many of its rows are deleted.
  let rows: Int64
}

/// Chooses what DuckLake rewrites in one turn. It takes a threshold, no list of files: so the files with the largest
/// share of deleted rows come first, and equal shares come together.
enum RewriteChoice {
  /// - Parameters:
  ///   - files: in any order.
  ///   - budget: how many bytes fit into a turn.
  /// - Returns: the threshold, and the files that reach it; nil when there are none.
  static func next(_ files: [DeletedShare], budget: Double) -> (threshold: Double, chosen: [DeletedShare])? {
    let ordered = files.sorted { $0.share > $1.share }
    guard var threshold = ordered.first?.share else { return nil }
    var bytes = 0.0
    var start = ordered.startIndex
    while start < ordered.endIndex {
      let equal = ordered[start...].prefix { $0.share == ordered[start].share }
      bytes += equal.reduce(0) { $0 + Double($1.bytes) }
      if start > ordered.startIndex, bytes > budget { break }
      threshold = ordered[start].share
      start = equal.endIndex
    }
    return (threshold, ordered.filter { $0.share >= threshold })
  }
}

extension Lake {
  /// The files that would be rewritten, table by table.
  func rewriteSteps(
    _ tables: [Int64: MaintainedTable], _ policy: MaintenancePolicy
  ) async throws -> [(table: MaintainedTable, step: MaintenanceStep)] {
    let shares = try await deletedShares(nil)
    var steps: [(table: MaintainedTable, step: MaintenanceStep)] = []
    for (id, files) in shares {
      guard let table = tables[id], let rule = policy.parts(schema: table.schema, table: table.name).rewrite
      else { continue }
      let due = files.filter { $0.share >= rule.deleted }
      guard !due.isEmpty else { continue }
      var step = MaintenanceStep(
        .rewrite, table: table.title, files: Int64(due.count), rows: due.reduce(0) { $0 + $1.rows },
        bytes: due.reduce(0) { $0 + $1.bytes })
      if let (_, first) = RewriteChoice.next(due, budget: 0), first.bytes > Int64(clamping: rule.atMost) {
        step.isSkipped = true
        step.note = Self.tooLarge(first.bytes, rule)
      }
      steps.append((table, step))
    }
    return steps.sorted { $0.table.title < $1.table.title }
  }

  /// Rewrites the files of a table that have many deleted rows, those with most of them first.
  func rewrite(
    _ table: MaintainedTable, _ policy: MaintenancePolicy, _ session: EngineSession
  ) async throws -> MaintenanceOutcome {
    var outcome = MaintenanceOutcome(.rewrite, table: table.title)
    guard let rule = policy.parts(schema: table.schema, table: table.name).rewrite else { return outcome }
    let before = try await liveFiles(of: table)
    var pacer = TurnPacer(
      target: policy.turn, start: 32e6, smallest: TurnPacer.fewestBytes(in: policy.turn),
      largest: Double(rule.atMost))
    var left = Int.max
    var versions: Set<Int64> = []
    try await forgetBounds(of: table, session, &outcome)
    while true {
      try Task.checkCancellation()
      let due = try await deletedShares(table.id)[table.id, default: []].filter { $0.share >= rule.deleted }
      // Should DuckLake pass a file over, the same choice would come for ever.
      guard due.count < left, let (threshold, chosen) = RewriteChoice.next(due, budget: pacer.amount) else {
        break
      }
      guard chosen.bytes <= Int64(clamping: rule.atMost) else {
        outcome.note = Self.tooLarge(chosen.bytes, rule)
        if outcome.turns == 0 { outcome.result = .skipped }
        break
      }
      left = due.count
      try await loadSchemaVersions(of: table, except: &versions)
      // DuckLake compares its own quotient: a little less is sure to be reached.
      let call = """
        CALL ducklake_rewrite_data_files(\(arguments(for: table)), delete_threshold => \(threshold * (1 - 1e-9)))
        """
      let (result, held) = try await session.maintain(self) { try await $0.query(call) }
      outcome.count(turn: held)
      outcome.filesRemoved += result.rows.reduce(0) { $0 + ($1[2].integer ?? 0) }
      outcome.filesAdded += result.rows.reduce(0) { $0 + ($1[3].integer ?? 0) }
      outcome.rows += chosen.reduce(0) { $0 + $1.rows }
      pacer.learn(did: Double(chosen.bytes), took: held)
    }
    outcome.bytesSaved = before.bytes - (try await liveFiles(of: table)).bytes
    return outcome
  }

  /// Makes the bounds of a table's columns unknown, before its files are rewritten.
  ///
  /// DuckLake 1.0 narrows them to the rows that are left, or makes them NULL, and the engine trusts them: queries of earlier
  /// snapshots then miss rows, and after the next insert queries of the present one do, too (both observed). A bound that is
  /// not there is unknown, stays so over inserts and rewrites, and costs nothing that the files' own bounds do not save.
  private func forgetBounds(
    of table: MaintainedTable, _ session: EngineSession, _ outcome: inout MaintenanceOutcome
  ) async throws {
    let statement = changeOfCatalog {
      "DELETE FROM \($0("ducklake_table_column_stats")) WHERE table_id = \(table.id)"
    }
    let (_, held) = try await session.maintain(self) { try await $0.command(statement) }
    outcome.count(turn: held)
  }

  private static func tooLarge(_ bytes: Int64, _ rule: MaintenancePolicy.Rewrite) -> String {
    """
    files of \(bytes) bytes have equal parts deleted, so DuckLake rewrites them in one go; that is more than \
    rewrite.at_most (\(rule.atMost))
    """
  }

  private func deletedShares(_ table: Int64?) async throws -> [Int64: [DeletedShare]] {
    let filter = table.map { "AND f.table_id = \($0)" } ?? ""
    let result = try await readCatalog { name in
      """
      SELECT f.table_id, f.record_count, d.delete_count, f.file_size_bytes
      FROM \(name("ducklake_data_file")) f JOIN \(name("ducklake_delete_file")) d ON d.data_file_id = f.data_file_id
      WHERE f.end_snapshot IS NULL AND d.end_snapshot IS NULL AND f.record_count > 0 AND d.delete_count > 0 \(filter)
      """
    }
    var found: [Int64: [DeletedShare]] = [:]
    for row in result.rows {
      guard let id = row[0].integer, let rows = row[1].integer, let deleted = row[2].integer else { continue }
      found[id, default: []].append(
        DeletedShare(share: Double(deleted) / Double(rows), bytes: row[3].integer ?? 0, rows: deleted))
    }
    return found
  }
}

extension [DeletedShare] {
  fileprivate var bytes: Int64 { reduce(0) { $0 + $1.bytes } }
}
