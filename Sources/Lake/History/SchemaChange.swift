/// A change of a lake's schemas, tables, columns, views or macros between two snapshots.
public struct SchemaChange: Sendable, Hashable, Codable {
  /// What happened, such as `column renamed`. Open: new kinds may come.
  public struct Kind: Sendable, Hashable, Codable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    public init(from decoder: any Decoder) throws {
      description = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(description)
    }

    /// The kind seen from the other end: what was made was dropped.
    var reversed: Kind {
      for (made, dropped) in [("created", "dropped"), ("added", "dropped")] {
        if description.hasSuffix(made) { return Kind(description.dropLast(made.count) + dropped) }
      }
      guard description.hasSuffix("dropped") else { return self }
      let made = description.hasPrefix("column") || description.hasPrefix("field") ? "added" : "created"
      return Kind(description.dropLast("dropped".count) + made)
    }
  }

  public let kind: Kind
  /// What changed: a schema, `schema.table` or `schema.table.column`, as it is called after the change, or before
  /// it was dropped.
  public let object: String
  /// The name, type or text before; nil where there was none.
  public let before: String?
  /// The name, type or text after; nil where there is none.
  public let after: String?

  init(_ kind: String, _ object: String, _ before: String? = nil, _ after: String? = nil) {
    self.init(kind: Kind(kind), object: object, before: before, after: after)
  }

  private init(kind: Kind, object: String, before: String?, after: String?) {
    self.kind = kind
    self.object = object
    self.before = before
    self.after = after
  }

  /// The same change seen from the other end.
  var reversed: SchemaChange {
    SchemaChange(kind: kind.reversed, object: object, before: after, after: before)
  }
}

/// Compares what a lake consisted of at two snapshots.
enum SchemaComparison {
  /// - Parameter table: one table's name at either snapshot; nil for all.
  static func changes(from older: CatalogState, to newer: CatalogState, table: CatalogState.Name? = nil)
    -> [SchemaChange]
  {
    var changes: [SchemaChange] = []
    if table == nil {
      changes += difference(older.schemas, newer.schemas).dropped.map { SchemaChange("schema dropped", $0) }
      changes += difference(older.schemas, newer.schemas).made.map { SchemaChange("schema created", $0) }
    }
    for pair in TablePair.pairs(older, newer) where table.map(pair.isNamed) ?? true {
      changes += tableChanges(pair)
    }
    if table == nil {
      changes += viewChanges(older, newer)
      changes += macroChanges(older, newer)
    }
    return changes
  }

  // MARK: Tables

  private static func tableChanges(_ pair: TablePair) -> [SchemaChange] {
    guard let before = pair.older else {
      return pair.newer.map { [SchemaChange("table created", $0.name.description)] } ?? []
    }
    guard let after = pair.newer else { return [SchemaChange("table dropped", before.name.description)] }
    let name = after.name.description
    var changes: [SchemaChange] = []
    if before.name != after.name {
      changes.append(SchemaChange("table renamed", name, before.name.description, name))
    }
    if before.id != after.id { changes.append(SchemaChange("table replaced", name)) }
    changes += columnChanges(pair, name)
    for (kind, old, new) in [
      ("partitioning changed", before.partitioning, after.partitioning),
      ("sorting changed", before.sorting, after.sorting), ("comment changed", before.comment, after.comment),
    ] where old != new {
      changes.append(SchemaChange(kind, name, old, new))
    }
    return changes
  }

  private static func columnChanges(_ pair: TablePair, _ table: String) -> [SchemaChange] {
    guard let older = pair.older, let newer = pair.newer else { return [] }
    var changes: [SchemaChange] = []
    for column in older.columns where pair.after(column) == nil {
      changes.append(SchemaChange("column dropped", "\(table).\(column.name)", column.type))
    }
    for column in newer.columns {
      let name = "\(table).\(column.name)"
      guard let before = older.columns.first(where: { pair.after($0)?.id == column.id }) else {
        changes.append(SchemaChange("column added", name, nil, column.type))
        continue
      }
      let aspects: [(String, String?, String?)] = [
        ("column renamed", before.name, column.name), ("column retyped", before.type, column.type),
        ("column default changed", before.defaultSQL, column.defaultSQL),
        (
          "column nullability changed", before.isNullable ? "NULL" : "NOT NULL",
          column.isNullable ? "NULL" : "NOT NULL"
        ),
        ("column comment changed", before.comment, column.comment),
      ]
      changes += aspects.filter { $0.1 != $0.2 }.map { SchemaChange($0.0, name, $0.1, $0.2) }
    }
    return changes
  }

  // MARK: Views and macros

  private static func viewChanges(_ older: CatalogState, _ newer: CatalogState) -> [SchemaChange] {
    let names = difference(older.views.map(\.name.description), newer.views.map(\.name.description))
    var changes = names.dropped.map { SchemaChange("view dropped", $0) }
    changes += names.made.map { SchemaChange("view created", $0) }
    for view in newer.views {
      guard let before = older.views.first(where: { $0.name == view.name }) else { continue }
      let name = view.name.description
      if (before.sql, before.columns) != (view.sql, view.columns) {
        changes.append(SchemaChange("view changed", name, before.sql, view.sql))
      }
      if before.comment != view.comment {
        changes.append(SchemaChange("comment changed", name, before.comment, view.comment))
      }
    }
    return changes
  }

  private static func macroChanges(_ older: CatalogState, _ newer: CatalogState) -> [SchemaChange] {
    let names = difference(older.macros.map(\.name.description), newer.macros.map(\.name.description))
    var changes = names.dropped.map { SchemaChange("macro dropped", $0) }
    changes += names.made.map { SchemaChange("macro created", $0) }
    for macro in newer.macros {
      guard let before = older.macros.first(where: { $0.name == macro.name }),
        before.definition != macro.definition
      else { continue }
      changes.append(
        SchemaChange("macro changed", macro.name.description, before.definition, macro.definition))
    }
    return changes
  }

  private static func difference(_ older: [String], _ newer: [String]) -> (made: [String], dropped: [String])
  {
    (Set(newer).subtracting(older).sorted(), Set(older).subtracting(newer).sorted())
  }
}

/// A table at two snapshots: the same one by its number, or two that had the same name one after the other.
struct TablePair: Sendable {
  let older: CatalogState.Table?
  let newer: CatalogState.Table?

  /// All tables of both snapshots, each once, by name.
  static func pairs(_ older: CatalogState, _ newer: CatalogState) -> [TablePair] {
    var pairs: [TablePair] = []
    var taken: Set<Int64> = []
    for table in newer.tables {
      // A table that has this name now and another number was replaced, unless the old one lives on elsewhere.
      let sameName = older.table(table.name).flatMap { newer.table(id: $0.id) == nil ? $0 : nil }
      let before = older.table(id: table.id) ?? sameName
      if let before { taken.insert(before.id) }
      pairs.append(TablePair(older: before, newer: table))
    }
    pairs += older.tables.filter { !taken.contains($0.id) }.map { TablePair(older: $0, newer: nil) }
    return pairs.sorted { $0.name < $1.name }
  }

  var name: CatalogState.Name { (newer ?? older)?.name ?? .init(schema: "", name: "") }
  /// Whether it is the same table at both, whatever its names are.
  var isSameTable: Bool { older != nil && older?.id == newer?.id }

  func isNamed(_ name: CatalogState.Name) -> Bool {
    (older?.name.isSame(as: name) ?? false) || (newer?.name.isSame(as: name) ?? false)
  }

  /// What became of a column: by its number in the same table, by its name in one that replaced it.
  func after(_ column: CatalogState.Column) -> CatalogState.Column? {
    newer?.columns.first {
      isSameTable ? $0.id == column.id : $0.name.lowercased() == column.name.lowercased()
    }
  }
}
