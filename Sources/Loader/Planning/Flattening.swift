/// Turns the shape of a source into tables: objects into columns, lists into child tables, as dlt does.
struct Flattening {
  /// How deep tables and columns are made; below it values stay JSON.
  let maxNesting: Int
  /// Whether a column is known to be JSON, so that what stands there is left in one piece.
  let isJSON: (_ table: String, _ column: String) -> Bool

  private(set) var tables: [FlatTable] = []
  /// Keys that two fields of one row would share, and what became of them.
  private(set) var collisions: [Collision] = []

  /// Two fields of one table that come to the same name.
  struct Collision: Sendable, Hashable {
    let table: String
    let field: String
    let column: String
  }

  init(maxNesting: Int?, isJSON: @escaping (String, String) -> Bool) {
    self.maxNesting = maxNesting ?? 1000
    self.isJSON = isJSON
  }

  /// Makes the tables of a source, the root first and parents before their children.
  mutating func flatten(_ shape: Shape, table: String, access: Access) {
    tables.append(FlatTable(name: table))
    addRow(shape, to: 0, path: ShapePath(), access: access, level: maxNesting)
  }

  private struct PendingList {
    let shape: Shape
    let path: ShapePath
    let access: Access
    let name: [String]
    /// Whether the row itself is the list, and not an object that has it.
    var isWholeRow = false
  }

  private mutating func addRow(_ shape: Shape, to index: Int, path: ShapePath, access: Access, level: Int) {
    var lists: [PendingList] = []
    let isRoot = tables[index].parent == nil
    if !shape.kinds.isDisjoint(with: .scalars) || shape.sourceType != nil {
      addLeaf(
        "value", SystemColumns.value, shape.only(.scalars), to: index, path, access,
        isWholeRow: true)
    }
    if !shape.kinds.isDisjoint(with: .lists) {
      // A row that is a list itself is taken for an object with one member.
      let name = isRoot ? SystemColumns.value : "list"
      let below = isRoot ? level : level - 1
      if below <= 0 || isJSON(tables[index].name, name) {
        addLeaf(name, name, shape.only(.lists), to: index, path, access, isWholeRow: true)
      } else if shape.kinds.contains(.list) {
        lists.append(PendingList(shape: shape, path: path, access: access, name: [name], isWholeRow: true))
      }
    }
    if shape.kinds.contains(.object) {
      addMembers(of: shape, to: index, path, access, level, &lists)
    }
    separateNames(of: index)
    addTables(lists, below: index, level: level)
  }

  private mutating func addMembers(
    of shape: Shape, to index: Int, _ path: ShapePath, _ access: Access, _ level: Int,
    _ lists: inout [PendingList]
  ) {
    struct Open {
      let shape: Shape
      let path: ShapePath
      let access: Access
      let level: Int
      let names: [String]
      let strangeKeys: Int
    }
    // Objects inside come after plain values, the last one first: that is the order of dlt's columns.
    var open = [Open(shape: shape, path: path, access: access, level: level, names: [], strangeKeys: 0)]
    while let current = open.popLast() {
      for member in current.shape.members {
        let name = SnakeCase.key(member.key)
        let names = current.names + [name]
        let column = SnakeCase.joined(names)
        let path = current.path.member(member.key)
        let access = current.access.member(member.key, isJSON: member.isMixed)
        let strangeKeys = current.strangeKeys + (member.key == name ? 0 : 1)
        let staysWhole = current.level <= 0 || isJSON(tables[index].name, column)
        var kinds: ValueKinds = .scalars
        if staysWhole { kinds.formUnion([.object, .emptyObject, .list, .emptyList]) }
        if !member.kinds.isDisjoint(with: kinds) || member.sourceType != nil {
          addLeaf(
            current.names.isEmpty ? member.key : column, column, member.only(kinds), to: index, path, access,
            strangeKeys: strangeKeys)
        }
        guard !staysWhole else { continue }
        if member.kinds.contains(.object) {
          open.append(
            Open(
              shape: member, path: path, access: access, level: current.level - 1, names: names,
              strangeKeys: strangeKeys))
        }
        if member.kinds.contains(.list) {
          // As with dlt, a key without a name adds nothing to a table's; but elements never get among the rows they stand in.
          let named = name == SnakeCase.empty && !current.names.isEmpty ? current.names : names
          lists.append(PendingList(shape: member, path: path, access: access, name: named))
        }
      }
    }
  }

  private mutating func addLeaf(
    _ sourceName: String, _ name: String, _ shape: Shape, to index: Int, _ path: ShapePath, _ access: Access,
    strangeKeys: Int = 0, isWholeRow: Bool = false
  ) {
    tables[index].leaves.append(
      .init(
        name: name, sourceName: sourceName, strangeKeys: strangeKeys, path: path, access: access,
        shape: shape,
        firstSight: shape.firstSight(of: shape.kinds.subtracting(.null)), isWholeRow: isWholeRow))
  }

  private mutating func addTables(_ lists: [PendingList], below index: Int, level: Int) {
    struct Child {
      var name: String
      var parts: [PendingList]
    }
    var children: [Child] = []
    for list in lists where list.shape.element != nil {
      var name = SnakeCase.joined([tables[index].name] + list.name)
      if let twin = children.firstIndex(where: { $0.name == name }) {
        // A row that is a list has no member of that name beside it.
        if list.isWholeRow != children[twin].parts[0].isWholeRow {
          children[twin].parts.append(list)
          continue
        }
        let field = name
        name = Self.free(name) { candidate in children.contains { $0.name == candidate } }
        collisions.append(Collision(table: tables[index].name, field: field, column: name))
      }
      children.append(Child(name: name, parts: [list]))
    }
    for child in children {
      let expressions = child.parts.map(\.access.list)
      tables[index].lists.append(
        expressions.count == 1 ? expressions[0] : "coalesce(\(expressions.joined(separator: ", ")))")
      var element = Shape()
      for part in child.parts { if let own = part.shape.element { element.merge(own) } }
      let number = tables.count
      tables.append(FlatTable(name: child.name, parent: index, listIndex: tables[index].lists.count - 1))
      let access = Access(sql: "e", isJSON: child.parts[0].access.isJSON || element.isMixed)
      addRow(element, to: number, path: child.parts[0].path.element, access: access, level: level - 1)
    }
  }

  // MARK: Names

  /// Sees to it that no two fields write one column: dlt keeps the last one's value and drops the others.
  private mutating func separateNames(of index: Int) {
    foldWholeRows(of: index)
    let leaves = tables[index].leaves
    // A field that is called as the column has the first right to it, then the one that came first.
    var owners: [String: Int] = [:]
    for (place, leaf) in leaves.enumerated() {
      guard let owner = owners[leaf.name], leaves[owner].strangeKeys <= leaf.strangeKeys else {
        owners[leaf.name] = place
        continue
      }
    }
    var taken = Set(owners.keys)
    for (place, leaf) in leaves.enumerated() where owners[leaf.name] != place {
      let name = Self.free(leaf.name) { candidate in
        taken.contains(candidate) || leaves.contains { $0.name == candidate }
      }
      taken.insert(name)
      tables[index].leaves[place].name = name
      collisions.append(Collision(table: tables[index].name, field: leaf.sourceName, column: name))
    }
  }

  /// A row that is a value of its own has no member beside it: both can go to one column.
  private mutating func foldWholeRows(of index: Int) {
    for whole in tables[index].leaves where whole.isWholeRow {
      guard
        let twin = tables[index].leaves.firstIndex(where: {
          !$0.isWholeRow && $0.strangeKeys == 0 && $0.name == whole.name
        })
      else { continue }
      tables[index].leaves[twin].alternatives.append(whole)
      tables[index].leaves[twin].firstSight = [tables[index].leaves[twin].firstSight, whole.firstSight]
        .compactMap(\.self).min()
      tables[index].leaves.removeAll { $0.isWholeRow && $0.name == whole.name }
    }
  }

  private static func free(_ name: String, _ isTaken: (String) -> Bool) -> String {
    var number = 2
    while isTaken("\(name)_\(number)") { number += 1 }
    return "\(name)_\(number)"
  }
}

extension Shape {
  /// The shape without values of other kinds. What stands below it is left out.
  func only(_ wanted: ValueKinds) -> Shape {
    Shape(
      key: key, kinds: kinds.intersection(wanted),
      firstSights: firstSights.filter { wanted.contains($0.key) },
      sourceType: sourceType)
  }
}
