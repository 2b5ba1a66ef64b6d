import DuckDB
import Foundation
import SQLText

/// Which idempotency keys have been applied to a lake, and with which snapshot.
///
/// A key stands with its snapshot, in `commit_extra_info`: it is there exactly when the commit happened. When snapshots
/// expire, maintenance moves their keys to a table of Tarn's own, where they live for 30 days. To be asked by whoever
/// holds the lake's turn: only then does no other commit come between the question and the write.
actor KeyIndex {
  private let lake: Lake
  private var snapshots: [String: Int64] = [:]
  /// The newest snapshot that has been read.
  private var seen: Int64?
  /// The ownership of the catalog under which it was read: while it lasts, only this process commits.
  private var ownership: UInt64?

  init(lake: Lake) { self.lake = lake }

  /// The snapshots of those keys that have been applied.
  func applied(_ keys: [String]) async throws -> [String: Int64] {
    guard !keys.isEmpty else { return [:] }
    try await refresh()
    return snapshots.filter { keys.contains($0.key) }
  }

  /// Remembers a commit of this process.
  func note(_ keys: [String], snapshot: Int64) {
    guard seen != nil else { return }
    for key in keys where snapshots[key] == nil { snapshots[key] = snapshot }
  }

  private func refresh() async throws {
    let current = await lake.gate.ownership
    if lake.gate.knowsAllCommits, ownership == current { return }
    if seen == nil {
      let moved = try await lake.readOwn(.keys) { "SELECT key, snapshot_id FROM \($0)" }
      for row in moved?.rows.map(\.self) ?? [] { snapshots[row[0].text ?? ""] = row[1].integer }
    }
    let notes = try await lake.readTrusted(
      """
      SELECT snapshot_id, commit_extra_info FROM \(lake.metadata("ducklake_snapshot_changes"))
      WHERE snapshot_id > \(seen ?? -1) AND commit_extra_info LIKE '%"keys"%'
      """, looksAround: true)
    for row in notes.rows {
      guard let snapshot = row[0].integer else { continue }
      for key in CommitNote.keys(in: row[1].text) { snapshots[key] = snapshot }
      seen = max(seen ?? -1, snapshot)
    }
    seen = seen ?? -1
    ownership = current
  }
}

extension OwnTable {
  /// Keys of expired snapshots.
  static let keys = OwnTable(
    name: "tarn_keys",
    columns: "key VARCHAR NOT NULL, snapshot_id BIGINT NOT NULL, committed_us BIGINT NOT NULL")
}

extension CommitNote {
  /// The keys in a snapshot's `commit_extra_info`.
  static func keys(in extraInfo: String?) -> [String] { object(in: extraInfo)?["keys"] as? [String] ?? [] }

  /// The commit's name in a snapshot's `commit_extra_info`.
  static func id(in extraInfo: String?) -> String? { object(in: extraInfo)?["commit"] as? String }

  /// A snapshot's `commit_extra_info`; nil when it is no JSON object, as other programs may write it.
  static func object(in extraInfo: String?) -> [String: Any]? {
    extraInfo.flatMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
  }
}

extension Lake {
  /// The snapshot that a key, or the name of a commit, was applied with.
  ///
  /// To be asked when the outcome of a write is not known: nil means that it has not happened, and will not happen by
  /// itself any more.
  ///
  /// - Parameter key: what was given with the write, or the name that an error of code `uncertain` told.
  /// - Returns: nil when no write with this key has been committed, or more than 30 days have passed since its
  ///   snapshot expired.
  /// - Throws: ``LakeError``.
  public func snapshot(ofKey key: String) async throws -> Int64? {
    let text = SQLLiteral.string(CommitNote.jsonString(key))
    let found = try await readSettled(
      """
      SELECT snapshot_id, commit_extra_info FROM \(metadata("ducklake_snapshot_changes"))
      WHERE contains(commit_extra_info, \(text))
      """)
    for row in found.rows
    where CommitNote.keys(in: row[1].text).contains(key) || CommitNote.id(in: row[1].text) == key {
      return row[0].integer
    }
    let moved = try await readOwn(.keys) {
      "SELECT max(snapshot_id) FROM \($0) WHERE key = \(SQLLiteral.string(key))"
    }
    return moved?.scalar()?.integer
  }
}
