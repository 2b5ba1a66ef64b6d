import DuckDB
import LakeSettings
import SQLText

/// One comparison or merge of a branch, inside a transaction on its lake.
struct BranchMergeWork: Sendable {
  let lake: Lake
  let branch: Lake
  let session: EngineSession
  /// The snapshot that the branch began from; both catalogs have it.
  let base: Int64

  /// The branch's newest snapshot, as the transaction sees it.
  func branchHead() async throws -> Int64 { try await current(branch) }

  /// As the transaction sees it.
  private func state(of lake: Lake, at snapshot: Int64) async throws -> LakeState {
    try await LakeStateReader(lake: lake, snapshot: snapshot) { [session] in try await session.runTrusted($0)
    }
    .read()
  }

  /// The branch's changes, in the order in which they can be applied.
  func steps() async throws -> [BranchStep] {
    let lakeHead = try await current(lake)
    let branchHead = try await current(branch)
    // The base is the same in both catalogs, and the branch's keeps nothing else of it.
    let old = try await state(of: branch, at: base)
    let mine = try await state(of: branch, at: branchHead)
    let theirs = try await state(of: lake, at: lakeHead)
    let branchRows = try await RowChangeReader(lake: branch, session: session, base: base, head: branchHead)
      .changes(from: old, to: mine)
    let lakeRows =
      lakeHead == base
      ? [:]
      : try await RowChangeReader(lake: lake, session: session, base: base, head: lakeHead)
        .changes(from: old, to: theirs)
    return BranchComparison(
      base: old, branch: mine, lake: theirs, branchRows: branchRows, lakeRows: lakeRows
    ).steps()
  }

  private func current(_ lake: Lake) async throws -> Int64 {
    // As an ordinary statement, so that the transaction comes to the lake by the usual way.
    let text = "SELECT id::BIGINT FROM ducklake_current_snapshot(\(lake.catalogLiteral))"
    return Int64(try await session.runOrdinary(text).scalar()?.intValue ?? 0)
  }

  // MARK: Telling

  /// The changes with the numbers of their rows.
  func changes(of steps: [BranchStep]) async throws -> [BranchChange] {
    var changes: [BranchChange] = []
    for step in steps {
      switch step.action {
      case .createTable(let table), .replaceTable(let table):
        let rows = try await session.count("FROM \(table.name.sql(in: branch.name))")
        changes.append(change(step, added: rows, removed: nil))
      case .changeTable(let old, let new, let rows) where rows != .none:
        let delta = RowDelta(lake: branch.name, base: base, old: old, new: new, change: rows)
        var gone: Int64 = 0
        if let query = delta.gone { gone = try await session.count(query) }
        changes.append(change(step, added: try await session.count(delta.fresh), removed: gone))
      default: changes.append(change(step, added: nil, removed: nil))
      }
    }
    return changes
  }

  private func change(_ step: BranchStep, added: Int64?, removed: Int64?) -> BranchChange {
    let what =
      switch step.action {
      case .createSchema, .createTable, .define(_, replacing: nil): "created"
      case .dropSchema, .dropTable, .drop: "dropped"
      case .replaceTable, .define: "replaced"
      case .changeTable(let old, let new, let rows):
        [new.isDefined(as: old) ? nil : "altered", rows == .none ? nil : "rows"].compactMap { $0 }
          .joined(separator: ", ")
      }
    return BranchChange(
      kind: step.kind, name: step.kind == "schema" ? step.name.name : step.name.text, change: what,
      added: added,
      removed: removed, conflict: step.conflict)
  }

  // MARK: Applying

  /// Applies steps to the lake, in the transaction that is open.
  func apply(_ steps: [BranchStep]) async throws -> [BranchChange] {
    var changes: [BranchChange] = []
    for step in steps {
      let rows = try await apply(step)
      changes.append(change(step, added: rows.added, removed: rows.removed))
    }
    return changes
  }

  private func apply(_ step: BranchStep) async throws -> (added: Int64?, removed: Int64?) {
    let name = step.name.sql(in: lake.name)
    let schema = SQLIdentifier.quote(lake.name.catalogAlias) + "." + SQLIdentifier.quote(step.name.name)
    switch step.action {
    case .createSchema: try await session.runOrdinary("CREATE SCHEMA \(schema)")
    case .dropSchema: try await session.runOrdinary("DROP SCHEMA \(schema)")
    case .dropTable: try await session.runOrdinary("DROP TABLE \(name)")
    case .createTable(let table): return (try await make(table), nil)
    case .replaceTable(let table):
      try await session.runOrdinary("DROP TABLE \(name)")
      return (try await make(table), nil)
    case .changeTable(let old, let new, let rows): return try await change(old, new, rows)
    case .drop(let definition): try await session.runOrdinary("DROP \(definition.kind) \(name)")
    case .define(let new, let old):
      if let old { try await session.runOrdinary("DROP \(old.kind) \(name)") }
      let place = SQLIdentifier.quote(lake.name.catalogAlias)
      let body = new.body.split(separator: DefinitionState.catalogPlace, omittingEmptySubsequences: false)
        .joined(separator: place)
      let kind = new.kind == "VIEW" ? "VIEW" : "MACRO"
      try await session.runOrdinary("CREATE \(kind) \(name) \(body)")
      if let comment = new.comment {
        try await session.runOrdinary("COMMENT ON VIEW \(name) IS \(SQLLiteral.string(comment))")
      }
    }
    return (nil, nil)
  }

  /// Makes a table as the branch has it, with all its rows.
  private func make(_ table: TableState) async throws -> Int64 {
    let columns = try await described(table.name, in: branch.name).map { column in
      var text = "\(SQLIdentifier.quote(column[0])) \(column[1])"
      if !column[3].isEmpty { text += " DEFAULT \(column[3])" }
      if column[2] == "NO" { text += " NOT NULL" }
      return text
    }
    try await session.runOrdinary(
      "CREATE TABLE \(table.name.sql(in: lake.name)) (\(columns.joined(separator: ", ")))")
    for statement in TableAlteration.arrangement(from: nil, to: table, in: lake.name) {
      try await session.runOrdinary(statement)
    }
    return try await insert("SELECT * FROM \(table.name.sql(in: branch.name))", into: table)
  }

  private func change(_ old: TableState, _ new: TableState, _ rows: RowChange) async throws -> (
    Int64?, Int64?
  ) {
    if !new.isDefined(as: old) {
      guard let statements = TableAlteration.statements(from: old, to: new, in: lake.name) else {
        try await session.runOrdinary("DROP TABLE \(old.name.sql(in: lake.name))")
        return (try await make(new), nil)
      }
      for statement in statements { try await session.runOrdinary(statement) }
      let wanted = try await described(new.name, in: branch.name)
      guard try await described(new.name, in: lake.name) == wanted else {
        throw LakeError(
          .catalog, "table '\(new.name.text)' does not come out as the branch has it; nothing was applied",
          hint: "Alter the lake's table by hand as the branch's was, and make the branch anew.")
      }
    }
    guard rows != .none else { return (nil, nil) }
    let delta = RowDelta(lake: branch.name, base: base, old: old, new: new, change: rows)
    var removed: Int64 = 0
    if let gone = delta.gone { removed = try await remove(gone, from: new) }
    return (try await insert(delta.fresh, into: new), removed)
  }

  /// Removes rows by their numbers, which a branch and its lake have in common.
  private func remove(_ gone: String, from table: TableState) async throws -> Int64 {
    try await session.runOrdinary("CREATE OR REPLACE TEMP TABLE tarn_branch_gone AS \(gone)")
    let wanted = try await session.count("FROM tarn_branch_gone")
    let delete =
      "DELETE FROM \(table.name.sql(in: lake.name)) WHERE rowid IN (SELECT tarn_row FROM tarn_branch_gone)"
    let removed = Int64(try await session.runOrdinary(delete).changedRows)
    try await session.runOrdinary("DROP TABLE tarn_branch_gone")
    guard removed == wanted else {
      throw LakeError(
        .conflict,
        "table '\(table.name.text)': the lake has \(removed) of the \(wanted) rows that the branch removed; nothing was applied",
        hint: "Merge again; another commit may have come between.")
    }
    return removed
  }

  private func insert(_ query: String, into table: TableState) async throws -> Int64 {
    let columns = table.topColumns.map { SQLIdentifier.quote($0.name) }.joined(separator: ", ")
    let text = "INSERT INTO \(table.name.sql(in: lake.name)) (\(columns)) SELECT \(columns) FROM (\(query))"
    return Int64(try await session.runOrdinary(text).changedRows)
  }

  /// Name, type, nullability and default of each column, as SQL.
  private func described(_ table: ObjectName, in lake: LakeName) async throws -> [[String]] {
    try await session.runOrdinary("DESCRIBE \(table.sql(in: lake))").rows.map { row in
      // A column without a default has NULL or nothing there, depending on whether it was committed.
      let value = row[4].text == "NULL" ? nil : row[4].text
      return [row[0].text ?? "", row[1].text ?? "", row[2].text ?? "", value ?? ""]
    }
  }
}
