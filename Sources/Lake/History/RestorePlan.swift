import SQLText

/// What has to be done so that a lake, or one table of it, is again as it was at an earlier snapshot.
struct RestorePlan: Sendable, Equatable {
  /// A table that becomes what it was.
  struct Table: Sendable, Equatable {
    enum Way: Sendable, Equatable {
      /// Only the rows and columns that differ are changed; the table stays the same one.
      case change
      /// A new table is filled with the rows that were there.
      case copy
    }

    let then: CatalogState.Table
    /// The table that is changed, or that the copy replaces; nil where there is none.
    let now: CatalogState.Table?
    /// What it is called afterwards.
    let name: CatalogState.Name
    let way: Way
    /// Whether its rows may differ from what they were.
    var mayHaveOtherRows = true
  }

  var tables: [Table] = []
  var droppedTables: [CatalogState.Name] = []
  var createdSchemas: [String] = []
  var droppedSchemas: [String] = []
  var droppedViews: [CatalogState.Name] = []
  var createdViews: [CatalogState.View] = []
  var droppedMacros: [CatalogState.Macro] = []
  var createdMacros: [CatalogState.Macro] = []

  var isEmpty: Bool { self == RestorePlan() }

  /// A plan for a whole lake.
  ///
  /// - Parameters:
  ///   - now: what the lake consists of.
  ///   - then: what it shall consist of.
  ///   - touched: numbers of tables whose rows changed since; nil when nobody can tell.
  ///   - copying: numbers of tables that must not be changed in place.
  init(now: CatalogState, then: CatalogState, touched: Set<Int64>?, copying: Set<Int64>) {
    for table in then.tables {
      let present = now.table(id: table.id)
      add(table, present: present, name: table.name, touched: touched, copying: copying)
    }
    let kept = Set(then.tables.map(\.id))
    droppedTables += now.tables.filter { !kept.contains($0.id) }.map(\.name)
    createdSchemas = then.schemas.filter { !now.schemas.contains($0) }
    droppedSchemas = now.schemas.filter { !then.schemas.contains($0) }
    droppedViews = now.views.filter { view in !then.views.contains { $0.isSame(as: view) } }.map(\.name)
    createdViews = ViewOrder.sorted(
      then.views.filter { view in !now.views.contains { $0.isSame(as: view) } })
    droppedMacros = now.macros.filter { macro in !then.macros.contains { $0.isSame(as: macro) } }
    createdMacros = then.macros.filter { macro in !now.macros.contains { $0.isSame(as: macro) } }
    copyWhereNamesGoRound()
  }

  /// A plan for one table: `name` becomes what it was called then. Where nothing was called so then, the table that is
  /// called so now becomes what it was, and keeps its name.
  ///
  /// - Returns: nil when there is no such table.
  init?(
    table name: CatalogState.Name, now: CatalogState, then: CatalogState, touched: Set<Int64>?,
    copying: Set<Int64>
  ) {
    let named = now.table(name)
    guard let table = then.table(name) ?? named.flatMap({ then.table(id: $0.id) }) else { return nil }
    let isSame = named?.id == table.id
    add(
      table, present: isSame ? named : nil, name: named?.name ?? table.name, touched: touched,
      copying: copying)
    if let named, !isSame { droppedTables.append(named.name) }
    let schema = table.name.schema
    if !now.schemas.contains(schema) { createdSchemas.append(schema) }
    droppedViews = now.views.map(\.name).filter(name.isSame)
  }

  private init() {}

  private mutating func add(
    _ then: CatalogState.Table, present: CatalogState.Table?, name: CatalogState.Name, touched: Set<Int64>?,
    copying: Set<Int64>
  ) {
    let isTouched = touched?.contains(then.id) ?? true
    guard let present else {
      return tables.append(Table(then: then, now: nil, name: name, way: .copy))
    }
    if present == then, present.name == name, !isTouched { return }
    let canChange = !copying.contains(then.id) && ColumnChanges.arePossible(from: present, to: then)
    tables.append(
      Table(
        then: then, now: present, name: name, way: canChange ? .change : .copy, mayHaveOtherRows: isTouched))
    if !canChange { droppedTables.append(present.name) }
  }
}

extension RestorePlan {
  /// The tables that are renamed, in an order in which each name is free when it is needed.
  ///
  /// A table is renamed once at most: DuckLake 1.0 writes a table twice into its catalog, which nobody can read any
  /// more, when a transaction alters and then renames it.
  var renamed: [Table] {
    var waiting = tables.filter(\.isRenamed)
    var order: [Table] = []
    while let index = waiting.firstIndex(where: { table in !waiting.contains { $0.holds(table.name) } }) {
      order.append(waiting.remove(at: index))
    }
    return order
  }

  /// Where tables have changed names in a circle, one of them is written anew.
  private mutating func copyWhereNamesGoRound() {
    while true {
      let ordered = Set(renamed.map(\.then.id))
      guard let index = tables.firstIndex(where: { $0.isRenamed && !ordered.contains($0.then.id) }) else {
        return
      }
      let table = tables[index]
      tables[index] = Table(then: table.then, now: table.now, name: table.name, way: .copy)
      if let now = table.now { droppedTables.append(now.name) }
    }
  }
}

extension RestorePlan.Table {
  var isRenamed: Bool { way == .change && now.map { $0.name != name } ?? false }

  fileprivate func holds(_ name: CatalogState.Name) -> Bool {
    now?.name.isSame(as: name) ?? false
  }
}

/// Column changes that need no row to be written anew.
enum ColumnChanges {
  /// Whether dropping, renaming and relaxing columns is enough. Dropped columns, narrower types and lost values cannot
  /// be brought back so.
  static func arePossible(from now: CatalogState.Table, to then: CatalogState.Table) -> Bool {
    let wanted = Set(then.columns.map(\.id))
    let kept = now.columns.filter { wanted.contains($0.id) }
    guard kept.map(\.id) == then.columns.map(\.id), now.name.schema == then.name.schema,
      RowComparison.hasRowNumbers(now), RowComparison.hasRowNumbers(then)
    else { return false }
    return zip(kept, then.columns).allSatisfy { column, before in
      column.type == before.type && column.fieldIDs == before.fieldIDs
        && (before.isNullable || !column.isNullable)
    }
  }

  /// The ALTER TABLE clauses, in the order in which they can be done.
  static func clauses(from now: CatalogState.Table, to then: CatalogState.Table) -> [String] {
    func quote(_ name: String) -> String { SQLIdentifier.quote(name) }
    var clauses: [String] = []
    // A column by which the table is partitioned or sorted cannot be dropped.
    if now.partitioning != nil, now.partitioning != then.partitioning {
      clauses.append("RESET PARTITIONED BY")
    }
    if now.sorting != nil, now.sorting != then.sorting { clauses.append("RESET SORTED BY") }
    let pairs = then.columns.compactMap { before in
      now.columns.first { $0.id == before.id }.map { (now: $0, then: before) }
    }
    for column in now.columns where !pairs.contains(where: { $0.now.id == column.id }) {
      clauses.append("DROP COLUMN \(quote(column.name))")
    }
    let renamed = pairs.filter { $0.now.name != $0.then.name }
    // Names may have changed places.
    let passing = renamed.map { "tarn_column_\($0.now.id)" }
    for (pair, name) in zip(renamed, passing) {
      clauses.append("RENAME COLUMN \(quote(pair.now.name)) TO \(quote(name))")
    }
    for (pair, name) in zip(renamed, passing) {
      clauses.append("RENAME COLUMN \(quote(name)) TO \(quote(pair.then.name))")
    }
    for pair in pairs {
      let column = "ALTER COLUMN \(quote(pair.then.name))"
      if pair.now.defaultSQL != pair.then.defaultSQL {
        clauses.append(column + (pair.then.defaultSQL.map { " SET DEFAULT \($0)" } ?? " DROP DEFAULT"))
      }
      if !pair.now.isNullable, pair.then.isNullable { clauses.append(column + " DROP NOT NULL") }
    }
    if let keys = then.partitioning, keys != now.partitioning {
      clauses.append("SET PARTITIONED BY (\(keys))")
    }
    if let keys = then.sorting, keys != now.sorting { clauses.append("SET SORTED BY (\(keys))") }
    return clauses
  }
}

extension CatalogState.View {
  fileprivate func isSame(as other: Self) -> Bool {
    (name, sql, columns, comment) == (other.name, other.sql, other.columns, other.comment)
  }
}

extension CatalogState.Macro {
  fileprivate func isSame(as other: Self) -> Bool { (name, definition) == (other.name, other.definition) }
}
