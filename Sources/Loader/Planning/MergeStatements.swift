import SQLText

/// The statements that bring the rows of a load together with those that are there.
///
/// Before the turn, the load's rows are put into temporary tables with the lake's columns, each key once, or are only
/// looked at so where each key is there once anyway (``prepare``). In the turn, what they take the place of is deleted, and they are inserted (``write``).
struct MergeStatements: Sendable {
  /// A table of the chain: how SQL names it, the columns in order, and what the rows are selected from.
  struct Target: Sendable {
    let name: String
    let schema: TableSchema
    let columns: [(name: String, type: String)]
    /// A query for the load's rows; nil when the load has none for this table.
    let rows: String?
    /// Whether the table is in the lake already.
    let isPresent: Bool
  }

  let strategy: MergeStrategy
  let primaryKey: [String]
  let mergeKey: [String]
  /// The root and the tables below it.
  let root: Target
  let children: [Target]
  /// The time at which versions of rows end and begin, as an SQL literal.
  let boundary: String
  /// Which load of its package this is.
  let part: Int
  /// What rows of one partition have in common, where the load's rows take the place of their partitions'.
  var partitions: [String] = []
  /// Whether the load has each key once, so that its rows can stay where they are.
  var isDistinct = false

  /// Where the tables stand that are made before the turn.
  var place = WorkingTables.ofSession

  /// Made in the turn, so it is always the session's.
  private static let gone = "temp.main.tarn_gone"

  func newRows(_ index: Int) -> String { place.table(newName(index)) }
  private func newName(_ index: Int) -> String {
    "\(isDistinct ? "tarn_seen" : "tarn_new")_\(part)_\(index)"
  }

  /// A query for how many rows have a key that another row has; nil when it does not matter.
  var duplicates: String? {
    guard let rows = root.rows, !distinctBy.isEmpty else { return nil }
    return "SELECT count(*) - count(DISTINCT \(Self.row(distinctBy))) FROM (\(rows))"
  }

  // MARK: Before the turn

  /// Puts the rows into temporary tables.
  var prepare: [String] {
    guard let rows = root.rows else { return [] }
    guard !isDistinct || options.sourceFilter != nil else {
      return ([root] + children).enumerated().compactMap { index, target in
        target.rows.map { "\(place.makingView(newName(index))) AS \($0)" }
      }
    }
    var query = "SELECT * FROM (\(rows))"
    if let filter = options.sourceFilter { query += " WHERE \(filter)" }
    let keys = isDistinct ? [] : distinctBy
    if !keys.isEmpty {
      query +=
        " QUALIFY row_number() OVER (PARTITION BY \(Self.list(keys)) ORDER BY \(dedupOrder)) = 1"
    }
    var statements = ["\(place.making(newName(0))) AS \(query)"]
    for (index, child) in children.enumerated() {
      guard let rows = child.rows else { continue }
      let filter =
        child.columns.contains { $0.name == SystemColumns.rootID }
          && !(keys.isEmpty && options.sourceFilter == nil)
        ? " WHERE \(SystemColumns.rootID) IN (SELECT \(SystemColumns.id) FROM \(newRows(0)))" : ""
      statements.append(
        "\(place.making(newName(index + 1))) AS SELECT * FROM (\(rows))\(filter)")
    }
    return statements
  }

  private var options: MergeOptions {
    switch strategy {
    case .deleteInsert(let options), .upsert(let options), .cdc(let options): options
    case .insertOnly, .scd2: MergeOptions()
    }
  }

  /// What each row of the load has once.
  private var distinctBy: [String] {
    if case .scd2(let changing) = strategy {
      return [changing.rowVersion.map(SnakeCase.key) ?? SystemColumns.id]
    }
    return options.isDeduplicated ? [] : primaryKey
  }

  /// Which of several rows with one key counts: the one that `dedup_sort` puts first, else the first of the source.
  private var dedupOrder: String {
    guard let column = root.schema.columns.first(where: { $0.has("dedup_sort") }) else { return "tarn_order" }
    let direction = column.json["dedup_sort"]?.string == "asc" ? "ASC" : "DESC"
    return "\(SQLIdentifier.quote(column.name)) \(direction) NULLS LAST, tarn_order"
  }

  // MARK: In the turn

  /// Brings the rows into the tables.
  var write: [(table: String, sql: String)] {
    guard root.rows != nil else { return [] }
    guard partitions.isEmpty else { return partitionReplacement + insertAll }
    switch strategy {
    case .deleteInsert: return deleteInsert
    case .upsert(let options) where options.skipsUnchangedRows: return changes
    case .upsert: return removal(matching: [primaryKey]) + insertAll
    case .insertOnly: return insertOnly
    case .cdc(let options) where options.skipsUnchangedRows: return removalOfAbsent(options) + changes
    case .cdc(let options): return removalOfAbsent(options) + removal(matching: [primaryKey]) + insertAll
    case .scd2(let changing): return versions(changing)
    }
  }

  /// Deletes the rows of the partitions that the load has rows of, those without a value among them.
  private var partitionReplacement: [(table: String, sql: String)] {
    guard root.isPresent else { return [] }
    let fields = partitions.enumerated().map { "\($1) AS tarn_p\($0)" }.joined(separator: ", ")
    let equal = partitions.enumerated().map { "tarn_p.tarn_p\($0) IS NOT DISTINCT FROM \($1)" }
    return removal(
      where:
        "EXISTS (SELECT 1 FROM (SELECT DISTINCT \(fields) FROM \(newRows(0))) AS tarn_p WHERE \(equal.joined(separator: " AND ")))"
    )
  }

  private var deleteInsert: [(table: String, sql: String)] {
    let keys = [primaryKey, mergeKey].filter { !$0.isEmpty }
    return (keys.isEmpty ? [] : removal(matching: keys)) + insertAll
  }

  /// Deletes the rows with one of the load's keys, and what belongs to them.
  private func removal(matching keys: [[String]]) -> [(table: String, sql: String)] {
    guard root.isPresent else { return [] }
    let conditions = keys.map { "\(Self.row($0)) IN (SELECT \(Self.row($0)) FROM \(newRows(0)))" }
    return removal(where: conditions.joined(separator: " OR "))
  }

  private func removal(where condition: String) -> [(table: String, sql: String)] {
    let dependents = children.filter { $0.isPresent && $0.schema.column(SystemColumns.rootID) != nil }
    var statements: [(table: String, sql: String)] = []
    if !dependents.isEmpty {
      statements.append(
        (
          root.schema.name,
          "CREATE OR REPLACE TEMP TABLE \(Self.bare(Self.gone)) AS SELECT \(SystemColumns.id) FROM \(root.name) WHERE \(condition)"
        ))
      statements += dependents.map {
        (
          $0.schema.name,
          "DELETE FROM \($0.name) WHERE \(SystemColumns.rootID) IN (SELECT \(SystemColumns.id) FROM \(Self.gone))"
        )
      }
    }
    statements.append((root.schema.name, "DELETE FROM \(root.name) WHERE \(condition)"))
    return statements
  }

  /// Deletes the rows whose keys the load does not have.
  private func removalOfAbsent(_ options: MergeOptions) -> [(table: String, sql: String)] {
    guard root.isPresent else { return [] }
    var conditions = ["\(Self.row(primaryKey)) NOT IN (SELECT \(Self.row(primaryKey)) FROM \(newRows(0)))"]
    if !mergeKey.isEmpty {
      conditions.append("\(Self.row(mergeKey)) IN (SELECT \(Self.row(mergeKey)) FROM \(newRows(0)))")
    }
    if let scope = options.destinationScope { conditions.append("(\(scope))") }
    return removal(where: conditions.joined(separator: " AND "))
  }

  private var insertAll: [(table: String, sql: String)] { inserts(roots: isKept) }

  /// Holds for rows that are not marked as deleted; nil when none can be.
  var isKept: String? {
    root.schema.columns.first { $0.has("hard_delete") }.map { column in
      let name = SQLIdentifier.quote(column.name)
      // Of a truth value only true deletes, of other types any value.
      return column.dataType == .bool ? "\(name) IS NOT TRUE" : "\(name) IS NULL"
    }
  }

  private func inserts(roots condition: String?) -> [(table: String, sql: String)] {
    var statements = [insert(root, from: newRows(0), where: condition)]
    for (index, child) in children.enumerated() where child.rows != nil {
      let filter = condition.map {
        "\(SystemColumns.rootID) IN (SELECT \(SystemColumns.id) FROM \(newRows(0)) WHERE \($0))"
      }
      statements.append(insert(child, from: newRows(index + 1), where: filter))
    }
    return statements
  }

  func insert(_ target: Target, from rows: String, where condition: String?) -> (
    table: String, sql: String
  ) {
    let columns = Self.list(target.columns.map(\.name))
    return (
      target.schema.name,
      "INSERT INTO \(target.name) (\(columns)) SELECT \(columns) FROM \(rows)\(condition.map { " WHERE \($0)" } ?? "")"
    )
  }

  /// As with dlt, each table for itself: elements that a known row has got since are added, too.
  private var insertOnly: [(table: String, sql: String)] {
    func newRows(_ target: Target, _ index: Int, key: [String]) -> (table: String, sql: String) {
      let row = Self.row(key)
      return insert(
        target, from: self.newRows(index),
        where: target.isPresent ? "\(row) NOT IN (SELECT \(row) FROM \(target.name))" : nil)
    }
    return [newRows(root, 0, key: primaryKey)]
      + children.enumerated().compactMap { index, child in
        child.rows.map { _ in newRows(child, index + 1, key: [SystemColumns.id]) }
      }
  }

  private func versions(_ changing: SlowlyChanging) -> [(table: String, sql: String)] {
    let validTo = SQLIdentifier.quote(SnakeCase.key(changing.validTo))
    let active = changing.activeTimestamp.map { "\(validTo) = \(SQLLiteral.string($0))::TIMESTAMPTZ" }
    let isActive = active ?? "\(validTo) IS NULL"
    // dlt's hash of the row, or what the rows themselves say.
    let version = changing.rowVersion.map { SQLIdentifier.quote(SnakeCase.key($0)) } ?? SystemColumns.id
    var statements: [(table: String, sql: String)] = []
    if root.isPresent {
      var condition = "\(isActive) AND \(version) NOT IN (SELECT \(version) FROM \(newRows(0)))"
      if !mergeKey.isEmpty {
        condition += " AND \(Self.row(mergeKey)) IN (SELECT \(Self.row(mergeKey)) FROM \(newRows(0)))"
      }
      statements.append(
        (root.schema.name, "UPDATE \(root.name) SET \(validTo) = \(boundary) WHERE \(condition)"))
    }
    let isNew =
      root.isPresent
      ? "\(version) NOT IN (SELECT \(version) FROM \(root.name) WHERE \(isActive))" : nil
    statements.append(insert(root, from: newRows(0), where: isNew))
    guard changing.rowVersion == nil else { return statements + childrenOfWritten }
    for (index, child) in children.enumerated() where child.rows != nil {
      statements.append(
        insert(
          child, from: newRows(index + 1),
          where: child.isPresent
            ? "\(SystemColumns.id) NOT IN (SELECT \(SystemColumns.id) FROM \(child.name))" : nil))
    }
    return statements
  }

  // MARK: Text

  static func list(_ names: [String]) -> String {
    names.map(SQLIdentifier.quote).joined(separator: ", ")
  }

  static func row(_ names: [String]) -> String {
    names.count == 1 ? SQLIdentifier.quote(names[0]) : "(\(list(names)))"
  }

  static func bare(_ name: String) -> String { String(name.dropFirst("temp.main.".count)) }
}
