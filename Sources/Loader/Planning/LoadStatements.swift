import SQLText

/// The statements of a load, as text: rows into temporary tables, and from there, or straight from the source, into the
/// lake's tables.
struct LoadStatements: Sendable {
  let tables: [ResolvedTable]
  let relation: RowRelation
  let loadID: String
  /// How rows of the root get their ids.
  let rootID: RootID
  /// Whether child tables name the root's row.
  let hasRootID: Bool
  /// Which rows of the root are new; nil for all.
  var cursor: CursorFilter?
  /// Which load of its package this is: their temporary tables stand side by side.
  var part = 0
  /// Where these stand.
  var place = WorkingTables.ofSession

  /// How rows of the root get their ids.
  enum RootID: Sendable, Hashable {
    case random
    /// From the columns of the primary key.
    case key([String])
    /// From the whole row, which is read as JSON.
    case row
  }

  /// The temporary table of a table's rows.
  func rows(_ index: Int) -> String { place.table(name(index)) }

  // MARK: Temporary tables

  /// Whether the root's rows can go to the lake without a temporary table: it has no children, and nothing is to be
  /// found out from its rows.
  var isDirect: Bool {
    let live = tables.filter { !$0.isLeftOut }
    guard live.count == 1, let root = live.first, cursor == nil else { return false }
    return root.rejecting.isEmpty && root.discarding.isEmpty && root.forbidden.isEmpty
      && root.columns.allSatisfy { !$0.isProvisional }
  }

  /// Whether rows may be set aside, so that each has to be found in the source again.
  var setsAside: Bool { tables.contains { !$0.rejecting.isEmpty } }

  /// Whether rows of tables below the root may be set aside, and their documents with them.
  var setsDocumentsAside: Bool { tables.contains { !$0.isRoot && !$0.isLeftOut && !$0.rejecting.isEmpty } }

  /// Makes the temporary table of a table's rows.
  func makeRows(_ index: Int) -> String {
    let table = tables[index]
    var fields: [String]
    let source: String
    if let parent = table.flat.parent {
      fields = childFields(table)
      let list = "p.l\(table.flat.listIndex)"
      let root = hasRootID ? "p.\(SystemColumns.rootID) AS root, " : ""
      let number =
        setsAside ? "p.\(tables[parent].isRoot ? "rowid" : "root_row") AS root_row, " : ""
      source =
        "(SELECT \(number)p.\(SystemColumns.id) AS parent, \(root)generate_subscripts(\(list), 1) - 1 AS idx, unnest(\(list)) AS e FROM \(rows(parent)) AS p)"
    } else {
      let id = "\(rootIDExpression(table)) AS \(SystemColumns.id)"
      fields = [id]
      source = relation.sql
    }
    fields += table.columns.enumerated().map { "\($1.sql) AS c\($0)" }
    fields += table.flat.lists.enumerated().map { "\($1) AS l\($0)" }
    if setsAside, !table.isRoot { fields.append("root_row") }
    if !table.rejecting.isEmpty {
      let cases = table.rejecting.map { "WHEN \($0.condition) THEN \($0.reason)" }
      fields.append("CASE \(cases.joined(separator: " ")) END AS reason")
    }
    if table.isRoot, setsDocumentsAside {
      fields.append("\(relation.document) AS content")
    } else if table.isRoot, !table.rejecting.isEmpty {
      let any = table.rejecting.map { "(\($0.condition))" }.joined(separator: " OR ")
      fields.append("CASE WHEN \(any) THEN \(relation.document) END AS content")
    }
    fields += table.forbidden.enumerated().map { "(\($1.sql)) IS NOT NULL AS f\($0)" }
    var conditions = table.discarding.map { "(\($0)) IS NULL" }
    if table.isRoot, let cursor {
      fields += cursor.fields
      conditions.append(cursor.condition)
    }
    let filter = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
    let select = "SELECT \(fields.joined(separator: ", ")) FROM \(source)\(filter)"
    guard table.isRoot, hasRootID else {
      return "\(place.making(name(index))) AS \(select)"
    }
    return
      "\(place.making(name(index))) AS SELECT *, \(SystemColumns.id) AS \(SystemColumns.rootID) FROM (\(select))"
  }

  private func name(_ index: Int) -> String { "tarn_rows_\(part)_\(index)" }

  private func childFields(_ table: ResolvedTable) -> [String] {
    let made = IdentityFunctions.hashCall("parent || \(SQLLiteral.string("_\(table.name)_")) || idx")
    var fields = [
      "\(Self.id(own: table.ownID, made)) AS \(SystemColumns.id)", "parent AS \(SystemColumns.parentID)",
      "idx AS \(SystemColumns.listIndex)",
    ]
    if hasRootID { fields.append("root AS \(SystemColumns.rootID)") }
    return fields
  }

  private func rootIDExpression(_ table: ResolvedTable) -> String {
    let made: String
    switch rootID {
    case .random: made = IdentityFunctions.randomCall
    case .row: made = IdentityFunctions.rowHashCall("CAST(\(RowRelation.alias).json AS VARCHAR)")
    case .key(let names):
      let members = names.sorted().map { name -> String in
        let key = SQLLiteral.string(JSONValue.string(name).text + ":")
        let value = table.columns.first { $0.name == name }?.sourceJSON ?? "'null'"
        return "\(key) || \(value)"
      }
      made = IdentityFunctions.hashCall("'{' || \(members.joined(separator: " || ',' || ")) || '}'")
    }
    return Self.id(own: table.ownID, made)
  }

  private static func id(own: String?, _ made: String) -> String {
    own.map { "coalesce(nullif(CAST(\($0) AS VARCHAR), ''), \(made))" } ?? made
  }

  /// What has to be found out from the rows of a table: how many there are, which provisional columns have values, and
  /// whether the contract is kept. Nil when nothing has.
  func findings(_ index: Int) -> String {
    let table = tables[index]
    var fields = ["count(*)"]
    // Their order among other new columns follows from where each has its first value.
    let isOpen = table.columns.contains { $0.isProvisional }
    for (place, column) in table.columns.enumerated() where isOpen && column.isNew {
      fields.append("count(c\(place)) AS c\(place), min(rowid) FILTER (c\(place) IS NOT NULL) AS r\(place)")
      if column.isProvisional, column.mayBeTimestamp {
        fields.append("bool_and(\(TimestampText.call("c\(place)"))) AS t\(place)")
      }
    }
    for place in table.forbidden.indices { fields.append("count(*) FILTER (f\(place)) AS f\(place)") }
    return "SELECT \(fields.joined(separator: ", ")) FROM \(rows(index))"
  }

  // MARK: Rows of the lake's tables

  /// A query that gives the rows of a table from its temporary table.
  ///
  /// - Parameters:
  ///   - columns: the lake's columns and their types, in order.
  ///   - overrides: values of columns that do not come from the rows.
  ///   - numbered: whether rows tell their place in the source, as `tarn_order`.
  func select(
    _ index: Int, _ columns: [(name: String, type: String)], overrides: [String: String] = [:],
    numbered: Bool = false
  ) -> String {
    let table = tables[index]
    var fields = columns.map { column -> String in
      let value: String
      if let override = overrides[column.name] {
        value = override
      } else if let system = systemValue(column.name, of: table) {
        value = system
      } else if let place = table.columns.lastIndex(where: { $0.name == column.name }) {
        value = "c\(place)"
      } else {
        value = "NULL"
      }
      return "CAST(\(value) AS \(column.type)) AS \(SQLIdentifier.quote(column.name))"
    }
    if numbered { fields.append("rowid AS tarn_order") }
    return "SELECT \(fields.joined(separator: ", ")) FROM \(rows(index))"
  }

  /// A query that gives the root's rows straight from the source.
  func directSelect(_ columns: [(name: String, type: String)]) -> String {
    let table = tables[0]
    let fields = columns.map { column -> String in
      let value: String
      switch column.name {
      case SystemColumns.id: value = rootIDExpression(table)
      case SystemColumns.loadID: value = SQLLiteral.string(loadID)
      default: value = table.columns.last { $0.name == column.name }?.sql ?? "NULL"
      }
      return "CAST(\(value) AS \(column.type)) AS \(SQLIdentifier.quote(column.name))"
    }
    return "SELECT \(fields.joined(separator: ", ")) FROM \(relation.sql)"
  }

  private func systemValue(_ name: String, of table: ResolvedTable) -> String? {
    switch name {
    case SystemColumns.id: SystemColumns.id
    case SystemColumns.loadID: table.isRoot ? SQLLiteral.string(loadID) : nil
    case SystemColumns.parentID, SystemColumns.listIndex: table.isRoot ? nil : name
    case SystemColumns.rootID: !table.isRoot && hasRootID ? name : nil
    default: nil
    }
  }
}
