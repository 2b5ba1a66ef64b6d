import DuckDB
import Foundation
import LakeSettings
import SQLText

/// What differs between two snapshots of a lake: what one would have to do to the one to get the other. Rows that came
/// and went in between do not show, nor does compaction.
public struct LakeDiff: Sendable, Hashable, Codable {
  /// The snapshot that is compared.
  public let from: Int64
  /// The snapshot that it is compared with. It may be the older one.
  public let to: Int64
  /// What became of schemas, tables, columns, views and macros.
  public let schema: [SchemaChange]
  /// Tables whose rows differ, by name.
  public let tables: [TableDiff]

  /// The same seen from the other end.
  var reversed: LakeDiff {
    LakeDiff(from: to, to: from, schema: schema.map(\.reversed), tables: tables.map(\.reversed))
  }
}

/// How the rows of one table differ between two snapshots.
public struct TableDiff: Sendable, Hashable, Codable {
  /// The table's name at the later of the two snapshots at which it was there.
  public let schema: String
  public let table: String
  /// Rows that are there at `to` and not at `from`.
  public var inserted: Int64
  /// Rows that are there at `from` and not at `to`.
  public var deleted: Int64
  /// Rows that are there at both, with other values.
  public var updated: Int64
  /// A few rows of each kind.
  public var samples: [RowSample]

  var reversed: TableDiff {
    TableDiff(
      schema: schema, table: table, inserted: deleted, deleted: inserted, updated: updated,
      samples: samples.map { RowSample(before: $0.after, after: $0.before) })
  }
}

/// One row that differs between two snapshots.
public struct RowSample: Sendable, Hashable, Codable {
  /// Column names to values; nil for a row that was not there.
  public let before: [String: SampleValue]?
  /// Column names to values; nil for a row that is gone.
  public let after: [String: SampleValue]?
}

extension Lake {
  /// Compares two snapshots: their schema, and the rows of each table.
  ///
  /// Rows are the same when they have the same number, which a row keeps through updates and compaction. In a table that
  /// was replaced by another of its name rows have no common numbers: there equal rows are the same.
  ///
  /// - Parameters:
  ///   - first: the snapshot to start from.
  ///   - second: the snapshot to arrive at. When it is the older one, what was inserted since counts as deleted.
  ///   - table: one table, by its schema and its name at either snapshot; nil for all.
  ///   - samples: how many rows of each kind to show for each table.
  /// - Throws: ``LakeError``: `not_found` when there is no such snapshot (any more) or table.
  public func diff(
    from first: Int64, to second: Int64, table: (schema: String, name: String)? = nil, samples: Int = 0
  ) async throws -> LakeDiff {
    let from = try await existingSnapshot(first)
    let to = try await existingSnapshot(second)
    guard from <= to else {
      return try await diff(from: to, to: from, table: table, samples: samples).reversed
    }
    let older = try await catalogState(at: from)
    let newer = try await catalogState(at: to)
    let name = table.map { CatalogState.Name(schema: $0.schema, name: $0.name) }
    var pairs = TablePair.pairs(older, newer)
    if let name {
      pairs = pairs.filter { $0.isNamed(name) }
      guard !pairs.isEmpty else { throw noTable(name, at: [older, newer]) }
    }
    let touched = try await tablesTouched(after: from, through: to)
    var tables: [TableDiff] = []
    for pair in pairs where !pair.isSameTable || touched?.contains(pair.older?.id ?? -1) ?? true {
      try Task.checkCancellation()
      let diff = try await rows(of: pair, from, to, samples: samples)
      if diff.inserted + diff.deleted + diff.updated > 0 { tables.append(diff) }
    }
    return LakeDiff(
      from: from, to: to, schema: SchemaComparison.changes(from: older, to: newer, table: name),
      tables: tables)
  }

  /// The numbers of the tables whose rows snapshots changed; nil when some of these snapshots have expired, so that
  /// nobody can tell.
  func tablesTouched(after first: Int64, through last: Int64) async throws -> Set<Int64>? {
    let rows = try await readTrusted(
      """
      SELECT changes_made FROM \(metadata("ducklake_snapshot_changes"))
      WHERE snapshot_id > \(first) AND snapshot_id <= \(last)
      """
    ).rows.map { $0[0].text ?? "" }
    guard Int64(rows.count) == last - first else { return nil }
    return Set(rows.flatMap(SnapshotChange.parse).filter { !$0.isUpkeep }.compactMap(\.id))
  }

  func noTable(_ name: CatalogState.Name, at states: [CatalogState]) -> LakeError {
    let names = Set(states.flatMap(\.tables).map(\.name.shown)).sorted()
    let near = NearestName.suggestion(for: name.shown, among: names)
    let snapshots = states.map { String($0.snapshot) }
    return LakeError(
      .notFound,
      "lake '\(self.name)' has no table '\(name.shown)' at snapshot \(snapshots.joined(separator: " or "))",
      hint: near.map { "Did you mean '\($0)'?" })
  }

  /// A table as it stands behind FROM.
  func source(_ name: CatalogState.Name, at snapshot: Int64?) -> String {
    let text = [self.name.catalogAlias, name.schema, name.name].map(SQLIdentifier.quote).joined(
      separator: ".")
    return snapshot.map { "\(text) AT (VERSION => \($0))" } ?? text
  }

  // MARK: Rows

  private func rows(of pair: TablePair, _ from: Int64, _ to: Int64, samples: Int) async throws -> TableDiff {
    let sql: String
    switch (pair.older, pair.newer) {
    case (let older?, let newer?):
      let (old, new) = (source(older.name, at: from), source(newer.name, at: to))
      if pair.isSameTable, RowComparison.hasRowNumbers(older), RowComparison.hasRowNumbers(newer) {
        sql = RowComparison(older, from: old, at: from, newer, from: new).counts(samples: samples)
      } else {
        sql = Self.bagCounts(old, new, sameColumns: pair.hasSameColumns, samples: samples)
      }
    case (let older?, nil): sql = Self.all("deleted", source(older.name, at: from), samples: samples)
    case (nil, let newer?): sql = Self.all("inserted", source(newer.name, at: to), samples: samples)
    case (nil, nil): throw LakeError(.notFound, "lake '\(name)' has no such table")
    }
    var diff = TableDiff(
      schema: pair.name.schema, table: pair.name.name, inserted: 0, deleted: 0, updated: 0, samples: [])
    for row in try await readTrusted(sql).rows {
      let count = row[1].integer ?? 0
      switch row[0].text {
      case "inserted": diff.inserted += count
      case "deleted": diff.deleted += count
      default: diff.updated += count
      }
      guard let json = row[2].text else { continue }
      diff.samples += (try? JSONDecoder().decode([RowSample].self, from: Data(json.utf8))) ?? []
    }
    return diff
  }

  private static func all(_ change: String, _ source: String, samples: Int) -> String {
    let side = change == "deleted" ? ("t", "NULL") : ("NULL", "t")
    let sample = "to_json((SELECT list({'before': \(side.0), 'after': \(side.1)}) FROM shown t))::VARCHAR"
    return """
      WITH shown AS (SELECT * FROM \(source) LIMIT \(samples))
      SELECT '\(change)', count(*), \(samples == 0 ? "NULL" : sample) FROM \(source)
      """
  }

  /// Rows that only one of two tables has. Where the columns differ, no row is in both.
  private static func bagCounts(_ old: String, _ new: String, sameColumns: Bool, samples: Int) -> String {
    guard sameColumns else {
      return all("deleted", old, samples: samples).wrapped + " UNION ALL "
        + all("inserted", new, samples: samples).wrapped
    }
    return all("deleted", "(FROM \(old) EXCEPT ALL FROM \(new))", samples: samples).wrapped + " UNION ALL "
      + all("inserted", "(FROM \(new) EXCEPT ALL FROM \(old))", samples: samples).wrapped
  }
}

extension TablePair {
  /// Whether rows of both have the same form, so that they can be compared.
  fileprivate var hasSameColumns: Bool {
    older?.columns.map { [$0.name, $0.type] } == newer?.columns.map { [$0.name, $0.type] }
  }
}

extension String {
  fileprivate var wrapped: String { "SELECT * FROM (\(self))" }
}
