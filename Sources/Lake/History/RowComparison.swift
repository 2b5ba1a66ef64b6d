import SQLText

/// SQL that tells which rows of a table differ between two versions of it.
///
/// A row keeps its number (`rowid`) through updates, flushing and compaction, and DuckLake knows by which snapshot each
/// stored row was written (`snapshot_id`). A row of the newer version that was written at or before the older one was
/// there then, and is the same: its columns need not be read. What is left is compared value by value, since
/// compaction may write rows anew without changing them.
struct RowComparison {
  /// A column of both versions.
  struct Pair {
    let older: String
    let newer: String
    /// The newer version's type.
    let type: String
    /// Whether values can be compared: nested types whose fields changed cannot.
    let isComparable: Bool
  }

  /// What stands behind FROM for each version.
  let older: String
  let newer: String
  let olderSnapshot: Int64
  let olderColumns: [String]
  let newerColumns: [String]
  let pairs: [Pair]
  /// Whether DuckLake's `snapshot_id` can be asked for: a column of the table's own hides it.
  private let knowsWriters: Bool

  /// Whether rows of the table have numbers that can be asked for: a column called `rowid` hides them.
  static func hasRowNumbers(_ table: CatalogState.Table) -> Bool {
    !table.columns.contains { $0.name.lowercased() == "rowid" }
  }

  /// - Parameters:
  ///   - older: the table as it was, with its text behind FROM.
  ///   - newer: the same table later, with its text behind FROM.
  init(
    _ older: CatalogState.Table, from olderSource: String, at olderSnapshot: Int64,
    _ newer: CatalogState.Table, from newerSource: String
  ) {
    self.older = olderSource
    self.newer = newerSource
    self.olderSnapshot = olderSnapshot
    knowsWriters = !(older.columns + newer.columns).contains { $0.name.lowercased() == "snapshot_id" }
    olderColumns = older.columns.map(\.name)
    newerColumns = newer.columns.map(\.name)
    pairs = newer.columns.compactMap { column in
      guard let before = older.columns.first(where: { $0.id == column.id }) else { return nil }
      let isNested = column.fieldIDs.count > 1 || before.fieldIDs.count > 1
      return Pair(
        older: before.name, newer: column.name, type: column.type,
        isComparable: before.type == column.type || !isNested)
    }
  }

  /// Rows of the newer version that may be new or changed: `r`, then `n0`, `n1`, … for its columns.
  var fresh: String {
    "SELECT rowid AS r\(Self.aliased(newerColumns, "n")) FROM \(newer)"
      + (knowsWriters ? " WHERE snapshot_id > \(olderSnapshot)" : "")
  }

  /// Rows of the older version that are gone or changed: `r`, then `o0`, `o1`, … for its columns.
  var gone: String {
    let all = "SELECT rowid AS r\(Self.aliased(olderColumns, "o")) FROM \(older)"
    guard knowsWriters else { return all }
    return """
      SELECT t.* FROM (\(all)) t
      ANTI JOIN (SELECT rowid AS r FROM \(newer) WHERE snapshot_id <= \(olderSnapshot)) kept ON t.r = kept.r
      """
  }

  /// Whether a row `f` of ``fresh`` differs from the row `g` of ``gone`` that has the same number.
  var differs: String {
    let terms = keys.map { "\($0.new) IS DISTINCT FROM \($0.old)" }
    return terms.isEmpty ? "false" : "(" + terms.joined(separator: " OR ") + ")"
  }

  /// Rows of `fresh` that have no row of the same number in `gone`, and none of the same values under another number:
  /// a row that was deleted and put back is no difference. Stands behind ``unpaired(_:_:)``.
  var inserted: String { "SELECT f.* FROM new_rows f ANTI JOIN old_rows g ON \(isSameRow)" }

  /// Rows of `gone` that have no counterpart, likewise.
  var deleted: String { "SELECT g.* FROM old_rows g ANTI JOIN new_rows f ON \(isSameRow)" }

  /// Common table expressions of rows without a counterpart of the same number. `k` counts those of equal values.
  ///
  /// - Parameters:
  ///   - fresh: what stands behind FROM for ``fresh``.
  ///   - gone: what stands behind FROM for ``gone``.
  func unpaired(_ fresh: String, _ gone: String) -> String {
    func numbered(_ letter: String, _ keys: [String], _ source: String, _ other: String) -> String {
      let partition = keys.isEmpty ? "" : "PARTITION BY \(keys.joined(separator: ", ")) "
      return "SELECT \(letter).*, row_number() OVER (\(partition)ORDER BY r) AS k "
        + "FROM (SELECT * FROM \(source) SEMI JOIN (SELECT r FROM \(source) EXCEPT SELECT r FROM \(other)) USING (r)) "
        + letter
    }
    return "new_rows AS MATERIALIZED (\(numbered("f", keys.map(\.new), fresh, gone))), "
      + "old_rows AS MATERIALIZED (\(numbered("g", keys.map(\.old), gone, fresh)))"
  }

  /// Counts of inserted, deleted and updated rows, as `change`, `n` and `samples`.
  ///
  /// - Parameter samples: rows of each kind to show, as a JSON list of `{before, after}`.
  func counts(samples: Int) -> String {
    let after = Self.object(newerColumns, "f.n")
    let before = Self.object(olderColumns, "g.o")
    let sample =
      samples == 0
      ? "NULL"
      : "to_json(arg_min({'before': b, 'after': a}, r, \(samples)))::VARCHAR"
    return """
      WITH fresh AS MATERIALIZED (\(fresh)), gone AS MATERIALIZED (\(gone)), \(unpaired("fresh", "gone")),
      changes AS (
        SELECT 'updated' AS change, g.r, \(before) AS b, \(after) AS a
        FROM fresh f JOIN gone g ON f.r = g.r WHERE \(differs)
        UNION ALL SELECT 'inserted', f.r, NULL, \(after) FROM (\(inserted)) f
        UNION ALL SELECT 'deleted', g.r, \(before), NULL FROM (\(deleted)) g
      )
      SELECT change, count(*) AS n, \(sample) AS samples FROM changes GROUP BY change
      """
  }

  /// Whether a row `f` and a row `g` have the same values, in tables with the same columns.
  private var isSameRow: String {
    guard pairs.count == olderColumns.count, pairs.count == newerColumns.count,
      pairs.allSatisfy(\.isComparable)
    else { return "false" }
    return (["f.k = g.k"] + keys.map { "\($0.new) IS NOT DISTINCT FROM \($0.old)" }).joined(
      separator: " AND ")
  }

  /// What is compared of each column.
  private var keys: [(new: String, old: String)] {
    pairs.filter(\.isComparable).map { pair in
      (
        Self.key("f.n\(newerColumns.firstIndex(of: pair.newer) ?? 0)", pair.type),
        Self.key("g.o\(olderColumns.firstIndex(of: pair.older) ?? 0)", pair.type)
      )
    }
  }

  // MARK: Pieces

  /// A value in a form in which what is equal is the same: an interval of a month equals one of 30 days.
  static func key(_ expression: String, _ type: String) -> String {
    ["VARIANT", "INTERVAL"].contains(where: type.contains) ? "\(expression)::VARCHAR" : expression
  }

  /// Count and sum of hashes of a table's rows, whatever their order: equal for equal contents.
  static func fingerprint(_ columns: [CatalogState.Column], of source: String) -> String {
    let keys = columns.map { key(SQLIdentifier.quote($0.name), $0.type) }.joined(separator: ", ")
    return "SELECT count(*), coalesce(sum(hash(\(keys))::HUGEINT), 0)::VARCHAR FROM \(source)"
  }

  private static func aliased(_ columns: [String], _ letter: String) -> String {
    columns.enumerated().map { ", \(SQLIdentifier.quote($1)) AS \(letter)\($0)" }.joined()
  }

  private static func object(_ columns: [String], _ prefix: String) -> String {
    let fields = columns.enumerated().map { "\(SQLLiteral.string($1)): \(prefix)\($0)" }
    return "{" + fields.joined(separator: ", ") + "}"
  }
}
