import DuckDB
import Foundation
import LakeSettings
import SQLText

/// What a search for orphans found.
struct OrphanFindings: Sendable {
  var paths: [String] = []
  var bytes: Int64 = 0
  /// Why nothing may be removed; nil when it may.
  var obstacle: String?
}

extension Lake {
  func orphanStep(_ policy: MaintenancePolicy, now: Date) async throws -> MaintenanceStep? {
    guard let rule = policy.orphans else { return nil }
    let found = try await findOrphans(rule, now: now)
    guard !found.paths.isEmpty else { return nil }
    return MaintenanceStep(
      .orphans, files: Int64(found.paths.count), bytes: found.bytes, note: found.obstacle,
      isSkipped: found.obstacle != nil)
  }

  /// Removes files that the catalog does not name. Takes no turn.
  func removeOrphans(_ policy: MaintenancePolicy, now: Date) async throws -> MaintenanceOutcome {
    var outcome = MaintenanceOutcome(.orphans)
    guard let rule = policy.orphans else { return outcome }
    let found = try await findOrphans(rule, now: now)
    if let obstacle = found.obstacle {
      outcome.result = .skipped
      outcome.note = obstacle
      return outcome
    }
    let remover = FileRemover(lake: self)
    for start in stride(from: 0, to: found.paths.count, by: Self.orphanBatch) {
      try Task.checkCancellation()
      let batch = Array(found.paths[start..<min(start + Self.orphanBatch, found.paths.count)])
      // Once more, and freshly: what has come to be named since must stay.
      let inUse = try await namesInUse(batch.map(\.fileName), listedToo: true)
      let removing = batch.filter { !inUse.contains($0.fileName) }
      try await remover.remove(removing)
      outcome.filesRemoved += Int64(removing.count)
    }
    outcome.bytesSaved = found.bytes
    return outcome
  }

  private static let orphanBatch = 500

  /// First all files are listed, then the catalog is read: so whatever is committed in between is seen.
  private func findOrphans(_ rule: MaintenancePolicy.Orphans, now: Date) async throws -> OrphanFindings {
    let storage = configuration.storage.dataPath
    let choice = OrphanRule(storage: storage, others: try await placesOfOthers(in: storage))
    // The names are compared by DuckDB, which keeps a long list out of this process's memory.
    let files = try await readTrusted(
      """
      WITH files AS MATERIALIZED (
        SELECT file, split_part(file, '/', -1) AS name FROM glob(\(SQLLiteral.string(storage + "**")))
        WHERE regexp_full_match(split_part(file, '/', -1), \(SQLLiteral.string(OrphanRule.pattern)))
      ), named AS MATERIALIZED (\(namedFiles))
      SELECT file, false FROM files WHERE NOT EXISTS (FROM named WHERE named.name = files.name)
      UNION ALL
      (SELECT file, true FROM files WHERE EXISTS (FROM named WHERE named.name = files.name) LIMIT 1)
      """, looksAround: true)
    let candidates = files.rows.compactMap { row -> String? in
      guard row[1].boolean == false, let path = row[0].text, choice.mayBeOwn(path) else { return nil }
      return path
    }
    guard !candidates.isEmpty else { return OrphanFindings() }
    var findings = try await oldOnes(among: candidates, rule, now: now)
    guard !findings.paths.isEmpty else { return findings }
    // Another lake's files look just the same: a storage in which none of this lake's own files lies is not its own.
    if !files.rows.contains(where: { $0[1].boolean == true }) {
      findings.obstacle =
        "none of the lake's own files is in \(storage), so those found there may be another lake's"
    }
    return findings
  }

  private func oldOnes(
    among candidates: [String], _ rule: MaintenancePolicy.Orphans, now: Date
  ) async throws -> OrphanFindings {
    var before = now.addingTimeInterval(-rule.age.inSeconds)
    for since in [try await otherClients().oldest, gate.transactions.open.first?.since] {
      if let since { before = min(before, since) }
    }
    let limit = Int64(before.timeIntervalSince1970 * 1e6)
    var findings = OrphanFindings()
    for start in stride(from: 0, to: candidates.count, by: Self.orphanBatch) {
      let batch = Array(candidates[start..<min(start + Self.orphanBatch, candidates.count)])
      let inUse = try await namesInUse(batch.map(\.fileName), listedToo: true)
      let known = try await FileRemover(lake: self).look(at: batch.filter { !inUse.contains($0.fileName) })
      for (path, file) in known where file.changed < limit {
        findings.paths.append(path)
        findings.bytes += file.bytes
      }
    }
    findings.paths.sort()
    return findings
  }

  private var namedFiles: String {
    let tables = ["ducklake_data_file", "ducklake_delete_file", "ducklake_files_scheduled_for_deletion"]
    return tables.map { "SELECT split_part(path, '/', -1) AS name FROM \(metadata($0))" }
      .joined(separator: " UNION ")
  }

  /// Storage of other lakes of this engine and of branches that lies within this lake's.
  private func placesOfOthers(in storage: String) async throws -> [String] {
    var places = engine.configurations.filter { $0.name != name }.map(\.storage.dataPath)
    let branches = try await readOwn(.branches) { "SELECT place FROM \($0)" }
    places += branches?.rows.compactMap { $0[0].text } ?? []
    return places.filter { $0.hasPrefix(storage) }
  }
}
