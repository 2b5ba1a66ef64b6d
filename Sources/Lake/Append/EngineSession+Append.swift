import DuckDB
import SQLText

extension EngineSession {
  /// Writes batches as one transaction of a lake, with its turn.
  ///
  /// - Parameter take: the batches; asked once, when the turn is there.
  /// - Returns: a receipt for each batch, and the keys that were applied now.
  /// - Throws: ``LakeError``; nothing is written then.
  func append(
    to lake: Lake, _ take: @escaping @Sendable () async -> [AppendBatch]
  ) async throws -> (receipts: [AppendReceipt], keys: [String]) {
    do {
      let plan = AppendPlan()
      let batches = try await inOrder {
        try await alone(
          [lake], changing: [lake], definitions: false, changesRowsOnly: true,
          note: { CommitNote(keys: await plan.newKeys) }
        ) {
          let batches = await take()
          try await plan.set(batches, applied: lake.keys.applied(batches.compactMap(\.key)))
          let statements = try await AppendStatement.writing(
            await plan.newBatches, into: lake.name.catalogAlias
          ) {
            try await self.existingColumns(of: $1, schema: $0, in: lake)
          }
          for batch in batches { await self.note(written: [batch.schema, batch.table]) }
          for statement in statements {
            _ = try await self.connection().query(
              statement.text, parameters: .positional([.varchar(statement.rows)]))
          }
          return batches
        }
      }
      let applied = await plan.applied
      let keys = await plan.newKeys
      let snapshot = try await lastCommit(of: lake.name) ?? 0
      var seen: Set<String> = []
      let receipts = batches.map { batch in
        let before = batch.key.flatMap { applied[$0] }
        let isSecond = batch.key.map { !seen.insert($0).inserted } ?? false
        return AppendReceipt(
          snapshot: before ?? snapshot, rows: batch.rowCount, isRepeat: before != nil || isSecond)
      }
      return (receipts, keys)
    } catch let error as DuckDBError {
      throw engine.translate(error)
    }
  }

  private func existingColumns(of table: String, schema: String, in lake: Lake) async throws -> [TableColumn]
  {
    do { return try await columns(of: table, in: schema, lake) } catch let error as DuckDBError
      where error.kind == .catalog
    {
      throw LakeError(
        .notFound, "lake '\(lake.name)' has no table '\(schema == "main" ? table : "\(schema).\(table)")'",
        hint: error.candidates.first.map { "Did you mean '\($0)'?" } ?? "Make it with CREATE TABLE first.")
    }
  }

  /// Which batches of a group are new.
  private actor AppendPlan {
    private(set) var applied: [String: Int64] = [:]
    private(set) var newBatches: [AppendBatch] = []
    var newKeys: [String] { newBatches.compactMap(\.key) }

    func set(_ batches: [AppendBatch], applied: [String: Int64]) {
      self.applied = applied
      var keys: Set<String> = []
      newBatches = batches.filter { batch in
        guard let key = batch.key else { return true }
        return applied[key] == nil && keys.insert(key).inserted
      }
    }
  }
}
