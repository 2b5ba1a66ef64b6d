import DuckDB
import Foundation
import LakeSettings
import SQLText

extension Lake {
  /// The snapshots that would expire, the oldest first.
  func expirable(
    _ policy: MaintenancePolicy, now: Date
  ) async throws -> (ids: [Int64], step: MaintenanceStep?) {
    guard let rule = policy.expire else { return ([], nil) }
    // The order matters: a transaction that begins after the snapshots are listed sees all of them, so it needs none to
    // stay; one that began before is found afterwards.
    let entries = try await readCatalog(selecting: "snapshot_id, epoch_us(snapshot_time::TIMESTAMPTZ)") {
      "SELECT snapshot_id, snapshot_time FROM \($0("ducklake_snapshot"))"
    }.rows.compactMap { row -> ExpiryRule.Entry? in
      guard let id = row[0].integer, let time = row[1].integer else { return nil }
      return ExpiryRule.Entry(id: id, time: Date(timeIntervalSince1970: Double(time) / 1e6))
    }
    let clients = try await otherClients()
    let choice = ExpiryRule(
      age: rule.age.inSeconds, last: rule.last, protected: try await protectedSnapshots(entries.map(\.id)),
      firstNeeded: clients.hidden > 0 ? 0 : clients.firstNeeded
    ).expired(entries, now: now)
    guard !choice.ids.isEmpty || choice.heldBack > 0 else { return ([], nil) }
    var step = MaintenanceStep(.expire, snapshots: Int64(choice.ids.count))
    if choice.heldBack > 0 {
      step.note =
        clients.hidden > 0
        ? "nothing expires while transactions are open that this role may not look at: GRANT pg_read_all_stats to it"
        : "\(choice.heldBack) snapshots are kept for open transactions (tarn lake transactions shows them)"
      step.isSkipped = choice.ids.isEmpty
    }
    return (choice.ids, step)
  }

  /// Expires snapshots, a few in each turn, and keeps their idempotency keys.
  func expire(
    _ ids: [Int64], _ step: MaintenanceStep, _ policy: MaintenancePolicy, _ session: EngineSession
  ) async throws -> MaintenanceOutcome {
    var outcome = MaintenanceOutcome(.expire, note: step.note)
    var pacer = TurnPacer(target: policy.turn, start: 50, smallest: 10, largest: 10_000)
    var rest = ids[...]
    while !rest.isEmpty {
      try Task.checkCancellation()
      let batch = Array(rest.prefix(Int(pacer.amount)))
      rest = rest.dropFirst(batch.count)
      try await keepKeys(before: batch)
      let versions = batch.map(String.init).joined(separator: ", ")
      let call = "CALL ducklake_expire_snapshots(\(catalogLiteral), versions => [\(versions)])"
      let (result, held) = try await session.maintain(self) { try await $0.query(call) }
      outcome.count(turn: held)
      outcome.snapshots += Int64(result.rowCount)
      pacer.learn(did: Double(batch.count), took: held)
    }
    return outcome
  }

  /// Those of some snapshots that have a tag, are protected, or that branches need.
  private func protectedSnapshots(_ all: [Int64]) async throws -> Set<Int64> {
    let rows = try await readOwn(.tags) { "SELECT snapshot_id FROM \($0)" }
    let branches = try await snapshotsNeededByBranches()
    return Set(rows?.rows.compactMap { $0[0].integer } ?? []).union(all.filter(branches.contains))
  }
}
