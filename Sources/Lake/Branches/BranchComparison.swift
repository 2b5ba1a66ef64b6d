import LakeSettings

/// What happened to a table's rows between two snapshots.
enum RowChange: Sendable, Hashable {
  case none
  /// Rows came, and none went or changed.
  case added
  case changed
}

/// One change of a branch that a merge has to apply.
struct BranchStep: Sendable {
  enum Action: Sendable {
    case createSchema
    case dropSchema
    case createTable(TableState)
    case dropTable
    /// The branch dropped a table and made another of the same name.
    case replaceTable(TableState)
    case changeTable(from: TableState, to: TableState, rows: RowChange)
    case drop(DefinitionState)
    case define(DefinitionState, replacing: DefinitionState?)
  }

  let kind: String
  let name: ObjectName
  let action: Action
  /// What the lake did that stands against it.
  let conflict: String?

  /// The order in which steps can be applied: room is made before it is filled, and views come after tables.
  var rank: Int {
    switch action {
    case .createSchema: 0
    case .drop: 1
    case .dropTable: 2
    case .changeTable: 3
    case .replaceTable: 4
    case .createTable: 5
    case .define: 6
    case .dropSchema: 7
    }
  }
}

/// Holds what a branch changed against what its lake changed since the branch began. Pure.
///
/// The rule is one sentence: what both changed is a conflict, unless both only added rows to a table.
struct BranchComparison: Sendable {
  let base: LakeState
  let branch: LakeState
  let lake: LakeState
  /// By the numbers of tables that were there at the base.
  let branchRows: [Int64: RowChange]
  let lakeRows: [Int64: RowChange]

  /// The branch's changes in the order in which they can be applied.
  func steps() -> [BranchStep] {
    let all =
      schemaSteps() + tableSteps() + definitionSteps("view", \.views) + definitionSteps("macro", \.macros)
    return all.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(
      \.element)
  }

  // MARK: Schemas

  private func schemaSteps() -> [BranchStep] {
    let before = Set(base.schemas)
    let after = Set(branch.schemas)
    let now = Set(lake.schemas)
    func step(_ name: String, _ action: BranchStep.Action, _ conflict: String?) -> BranchStep {
      BranchStep(
        kind: "schema", name: ObjectName(schema: "main", name: name), action: action, conflict: conflict)
    }
    let created = after.subtracting(before).subtracting(now).sorted().map { step($0, .createSchema, nil) }
    let dropped = before.subtracting(after).intersection(now).sorted().map { name in
      // Tables that the branch dropped with their schema are compared as tables; here only what it never saw counts.
      let known = Set(base.tables.map(\.id))
      let hasMore = lake.tables.contains { $0.name.schema == name && !known.contains($0.id) }
      return step(name, .dropSchema, hasMore ? "the lake has made tables in it" : nil)
    }
    return created + dropped
  }

  // MARK: Tables

  private func tableSteps() -> [BranchStep] {
    let known = Set(base.tables.map(\.id))
    var made = branch.tables.filter { !known.contains($0.id) }
    var steps: [BranchStep] = []
    for old in base.tables {
      if let new = branch.table(old.id) {
        if let step = changed(old, new) { steps.append(step) }
      } else if let index = made.firstIndex(where: { $0.name.key == old.name.key }) {
        let new = made.remove(at: index)
        let conflict = lakeChange(of: old)
        steps.append(
          BranchStep(kind: "table", name: new.name, action: .replaceTable(new), conflict: conflict))
      } else if lake.table(old.id) != nil {
        steps.append(
          BranchStep(kind: "table", name: old.name, action: .dropTable, conflict: lakeChange(of: old)))
      }
    }
    return steps
      + made.map { table in
        BranchStep(
          kind: "table", name: table.name, action: .createTable(table), conflict: occupied(table.name))
      }
  }

  private func changed(_ old: TableState, _ new: TableState) -> BranchStep? {
    let rows = branchRows[old.id] ?? .none
    let isAltered = !new.isDefined(as: old)
    guard isAltered || rows != .none else { return nil }
    var conflict = lakeChange(of: old)
    if !isAltered, rows == .added, lake.table(old.id)?.isDefined(as: old) == true, lakeRows[old.id] == .added
    {
      conflict = nil
    }
    if conflict == nil, new.name.key != old.name.key { conflict = occupied(new.name) }
    return BranchStep(
      kind: "table", name: new.name, action: .changeTable(from: old, to: new, rows: rows), conflict: conflict)
  }

  /// What the lake did to a table since the base; nil for nothing.
  private func lakeChange(of old: TableState) -> String? {
    guard let now = lake.table(old.id) else {
      let again = lake.tables.contains { $0.name.key == old.name.key }
      return again ? "the lake has replaced it" : "the lake has dropped it"
    }
    guard now.isDefined(as: old) else {
      return now.name == old.name
        ? "the lake has altered it" : "the lake has renamed it to '\(now.name.text)'"
    }
    switch lakeRows[old.id] ?? .none {
    case .none: return nil
    case .added: return "the lake has added rows to it"
    case .changed: return "the lake has changed rows of it"
    }
  }

  /// Whether the lake has something of this name that the branch's changes do not take away.
  private func occupied(_ name: ObjectName) -> String? {
    let isTaken =
      lake.tables.contains { table in
        guard table.name.key == name.key else { return false }
        guard base.table(table.id) != nil else { return true }
        return branch.table(table.id).map { $0.name.key == name.key } ?? false
      }
      || lake.views.contains { view in
        view.name.key == name.key && !base.views.contains { $0.name.key == name.key }
      }
    return isTaken ? "the lake has made one of this name" : nil
  }

  // MARK: Views and macros

  private func definitionSteps(_ kind: String, _ list: KeyPath<LakeState, [DefinitionState]>) -> [BranchStep]
  {
    func byName(_ state: LakeState) -> [String: DefinitionState] {
      Dictionary(state[keyPath: list].map { ($0.name.key, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let before = byName(base)
    let after = byName(branch)
    let now = byName(lake)
    let keys = Set(before.keys).union(after.keys).sorted {
      (after[$0]?.id ?? 0, $0) < (after[$1]?.id ?? 0, $1)
    }
    return keys.compactMap { key in
      let old = before[key]
      let new = after[key]
      let current = now[key]
      guard !Self.same(old, new), !Self.same(current, new) else { return nil }
      let conflict =
        Self.same(current, old)
        ? (old == nil && kind == "view"
          && lake.tables.contains { $0.name.key == key && base.table($0.id) == nil }
          ? "the lake has made a table of this name" : nil)
        : current == nil ? "the lake has dropped it" : "the lake has another one of this name"
      if let new {
        return BranchStep(
          kind: kind, name: new.name, action: .define(new, replacing: current), conflict: conflict)
      }
      guard let old = current ?? old else { return nil }
      return BranchStep(kind: kind, name: old.name, action: .drop(old), conflict: conflict)
    }
  }

  private static func same(_ left: DefinitionState?, _ right: DefinitionState?) -> Bool {
    left?.name.key == right?.name.key && left?.kind == right?.kind && left?.body == right?.body
      && left?.comment == right?.comment
  }
}
