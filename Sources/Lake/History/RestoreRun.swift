import DuckDB
import LakeSettings
import SQLText

/// Carries a restore out, in a transaction that has begun.
///
/// All that was is read before anything is changed: in DuckLake 1.0 a table's earlier versions show rows that the
/// transaction itself inserted, and cannot be found any more once it has renamed the table.
struct RestoreRun {
  let lake: Lake
  let session: EngineSession
  let snapshot: Int64

  /// Tables could not be changed back in place.
  struct ChangeFailed: Error {
    let tables: Set<Int64>
    let reason: LakeError
  }

  /// Plans, does and commits it.
  ///
  /// - Parameter describe: says who commits what; called before the commit.
  func carryOut(table: CatalogState.Name?, copying: Set<Int64>, describe: () async throws -> Void)
    async throws
    -> RestoreReport
  {
    let (plan, now) = try await plan(table, copying)
    var report = RestoreReport(restored: snapshot)
    guard !plan.isEmpty else { return report }
    let options = try await tableOptions(plan)

    for schema in plan.createdSchemas {
      try await change("CREATE SCHEMA \(qualified(schema))")
      report.others.append("schema \(schema) made")
    }
    var prepared: [PreparedTable] = []
    let taken = now.tables.map(\.name) + now.views.map(\.name) + plan.tables.map(\.name)
    for table in plan.tables { prepared.append(try await prepare(table, taken)) }
    prepared.removeAll { $0.isUnchanged }

    try await drop(plan, &report)
    for table in plan.renamed {
      if let present = table.now { try await rename(present.name, to: table.name) }
    }
    for table in prepared {
      if table.plan.way == .change {
        try await changeBack(table)
      } else {
        try await rename(table.workingName, to: table.plan.name)
      }
      report.tables.append(table.restored)
    }
    try await makeDefinitions(plan, &report)
    for schema in plan.droppedSchemas {
      try await change("DROP SCHEMA \(qualified(schema))")
      report.others.append("schema \(schema) dropped")
    }
    report.tables.sort { ($0.schema, $0.table) < ($1.schema, $1.table) }
    guard !report.tables.isEmpty || !report.others.isEmpty else { return report }
    for table in prepared { try await verify(table) }
    try await describe()
    try await session.commit()
    let committed = "SELECT id::BIGINT FROM ducklake_last_committed_snapshot(\(lake.catalogLiteral))"
    report.snapshot = try await session.runTrusted(committed).scalar()?.integer
    await setAgain(options, &report)
    return report
  }

  private func plan(_ table: CatalogState.Name?, _ copying: Set<Int64>) async throws
    -> (RestorePlan, CatalogState)
  {
    let query = "SELECT id::BIGINT FROM ducklake_current_snapshot(\(lake.catalogLiteral))"
    let current = try await session.runTrusted(query).scalar()?.integer ?? 0
    let now = try await lake.catalogState(at: current)
    let then = try await lake.catalogState(at: snapshot)
    let touched = try await lake.tablesTouched(after: snapshot, through: current)
    guard let table else {
      return (RestorePlan(now: now, then: then, touched: touched, copying: copying), now)
    }
    guard
      let plan = RestorePlan(table: table, now: now, then: then, touched: touched, copying: copying)
    else { throw lake.noTable(table, at: [then]) }
    guard plan.droppedViews.isEmpty else {
      throw LakeError(
        .refused,
        "'\(table.shown)' of lake '\(lake.name)' is a view now, and was a table at snapshot \(snapshot)",
        hint: "Drop or rename the view first.")
    }
    return (plan, now)
  }

  // MARK: Reading what was

  private struct PreparedTable {
    let plan: RestorePlan.Table
    /// What a copy is called as long as the table that it replaces is there.
    let workingName: CatalogState.Name
    let fingerprint: [String]
    var rows = (inserted: Int64(0), deleted: Int64(0), updated: Int64(0))
    let clauses: [String]

    var restored: RestoredTable {
      RestoredTable(
        schema: plan.name.schema, table: plan.name.name, way: plan.way == .change ? .changed : .copied,
        inserted: rows.inserted, deleted: rows.deleted, updated: rows.updated)
    }

    var isUnchanged: Bool {
      plan.way == .change && clauses.isEmpty && rows == (0, 0, 0) && plan.name == plan.now?.name
        && plan.now?.comment == plan.then.comment
        && plan.then.columns.allSatisfy { before in
          plan.now?.columns.first { $0.id == before.id }?.comment == before.comment
        }
    }
  }

  private func prepare(_ table: RestorePlan.Table, _ taken: [CatalogState.Name]) async throws -> PreparedTable
  {
    let then = table.then
    let source = lake.source(then.name, at: snapshot)
    let fingerprint = try await fingerprint(of: source, then.columns)
    guard table.way == .change, let present = table.now else {
      let name = freeName(for: table.name, taken)
      let rows = try await copy(then, to: name, from: source)
      return PreparedTable(
        plan: table, workingName: name, fingerprint: fingerprint, rows: (rows, 0, 0), clauses: [])
    }
    var prepared = PreparedTable(
      plan: table, workingName: present.name, fingerprint: fingerprint,
      clauses: ColumnChanges.clauses(from: present, to: then))
    guard table.mayHaveOtherRows else { return prepared }
    let comparison = RowComparison(
      then, from: source, at: snapshot, present, from: lake.source(present.name, at: nil))
    let names = TemporaryNames(then.id)
    try await read("CREATE TEMP TABLE \(names.fresh) AS \(comparison.fresh)")
    try await read("CREATE TEMP TABLE \(names.gone) AS \(comparison.gone)")
    let changed =
      "SELECT g.* FROM \(names.gone) g JOIN \(names.fresh) f ON f.r = g.r WHERE \(comparison.differs)"
    let unpaired = "WITH " + comparison.unpaired(names.fresh, names.gone)
    try await read("CREATE TEMP TABLE \(names.changed) AS \(changed)")
    try await read("CREATE TEMP TABLE \(names.surplus) AS \(unpaired) SELECT r FROM (\(comparison.inserted))")
    try await read("CREATE TEMP TABLE \(names.missing) AS \(unpaired) \(comparison.deleted)")
    prepared.rows = (
      inserted: try await count(names.missing), deleted: try await count(names.surplus),
      updated: try await count(names.changed)
    )
    return prepared
  }

  /// Makes a new table and fills it with the rows that were there.
  private func copy(_ table: CatalogState.Table, to name: CatalogState.Name, from source: String) async throws
    -> Int64
  {
    let target = lake.source(name, at: nil)
    let columns = table.columns.map { column in
      SQLIdentifier.quote(column.name) + " " + column.type + (column.isNullable ? "" : " NOT NULL")
        + (column.defaultSQL.map { " DEFAULT \($0)" } ?? "")
    }
    try await change("CREATE TABLE \(target) (\(columns.joined(separator: ", ")))")
    if let keys = table.partitioning {
      try await change("ALTER TABLE \(target) SET PARTITIONED BY (\(keys))")
    }
    if let keys = table.sorting { try await change("ALTER TABLE \(target) SET SORTED BY (\(keys))") }
    try await comment(on: target, table, insteadOf: nil)
    return Int64(try await change("INSERT INTO \(target) SELECT \(list(table.columns)) FROM \(source)"))
  }

  // MARK: Changing

  private func drop(_ plan: RestorePlan, _ report: inout RestoreReport) async throws {
    for view in plan.droppedViews {
      try await change("DROP VIEW \(lake.source(view, at: nil))")
      if !plan.createdViews.contains(where: { $0.name == view }) {
        report.others.append("view \(view) dropped")
      }
    }
    for macro in plan.droppedMacros {
      try await change("DROP MACRO \(macro.isTable ? "TABLE " : "")\(lake.source(macro.name, at: nil))")
      if !plan.createdMacros.contains(where: { $0.name == macro.name }) {
        report.others.append("macro \(macro.name) dropped")
      }
    }
    for table in plan.droppedTables {
      try await change("DROP TABLE \(lake.source(table, at: nil))")
      guard !plan.tables.contains(where: { $0.name == table }) else { continue }
      report.tables.append(RestoredTable(schema: table.schema, table: table.name, way: .dropped))
    }
  }

  private func changeBack(_ table: PreparedTable) async throws {
    do {
      try await changeColumnsAndRows(table)
    } catch let error as LakeError where error.code == .query || error.code == .refused {
      throw ChangeFailed(tables: [table.plan.then.id], reason: error)
    }
  }

  private func changeColumnsAndRows(_ table: PreparedTable) async throws {
    let target = lake.source(table.plan.name, at: nil)
    for clause in table.clauses { try await change("ALTER TABLE \(target) \(clause)") }
    if let present = table.plan.now { try await comment(on: target, table.plan.then, insteadOf: present) }
    guard table.plan.mayHaveOtherRows else { return }
    let columns = table.plan.then.columns
    let names = TemporaryNames(table.plan.then.id)
    if table.rows.deleted > 0 {
      try await change("DELETE FROM \(target) WHERE rowid IN (SELECT r FROM \(names.surplus))")
    }
    if table.rows.updated > 0 {
      let values = columns.enumerated().map { "\(SQLIdentifier.quote($1.name)) = u.o\($0)" }
      try await change(
        "UPDATE \(target) AS t SET \(values.joined(separator: ", ")) FROM \(names.changed) u WHERE t.rowid = u.r"
      )
    }
    if table.rows.inserted > 0 {
      let values = columns.indices.map { "g.o\($0)" }.joined(separator: ", ")
      try await change(
        "INSERT INTO \(target) (\(list(columns))) SELECT \(values) FROM \(names.missing) g ORDER BY g.r")
    }
    for name in names.all { try await read("DROP TABLE \(name)") }
  }

  private func makeDefinitions(_ plan: RestorePlan, _ report: inout RestoreReport) async throws {
    for macro in plan.createdMacros {
      try await change("CREATE MACRO \(lake.source(macro.name, at: nil))\(macro.definition)")
      report.others.append("macro \(macro.name) made")
    }
    for view in plan.createdViews {
      let target = lake.source(view.name, at: nil)
      do {
        try await change(
          "CREATE VIEW \(target)\(view.columns.isEmpty ? "" : " (\(view.columns))") AS \(view.sql)")
      } catch let error as LakeError where error.code == .query || error.code == .refused {
        report.leftOut.append("view \(view.name): \(error.message)")
        continue
      }
      if let comment = view.comment {
        try await change("COMMENT ON VIEW \(target) IS \(SQLLiteral.string(comment))")
      }
      report.others.append("view \(view.name) made")
    }
  }

  // MARK: Before and after the commit

  private func verify(_ table: PreparedTable) async throws {
    let target = lake.source(table.plan.name, at: nil)
    let found = try await fingerprint(of: target, table.plan.then.columns)
    guard found != table.fingerprint else { return }
    let reason = LakeError(
      .engine, "restoring table '\(table.plan.name.shown)' did not give the rows of snapshot \(snapshot)",
      hint: "Nothing was changed.")
    throw ChangeFailed(tables: [table.plan.then.id], reason: reason)
  }

  /// The options of tables that are replaced. They belong to the table's number, and the copy has another one.
  private func tableOptions(_ plan: RestorePlan) async throws -> [(CatalogState.Name, LakeOption)] {
    let replaced = plan.tables.filter { $0.way == .copy && $0.now != nil }
    guard !replaced.isEmpty else { return [] }
    let options = try await lake.options().filter { $0.scope.uppercased() == "TABLE" }
    return replaced.flatMap { table in
      options.filter { $0.scopeEntry == table.now?.name.description }.map { (table.name, $0) }
    }
  }

  private func setAgain(
    _ options: [(CatalogState.Name, LakeOption)], _ report: inout RestoreReport
  ) async {
    for (table, option) in options {
      do {
        try await lake.setOption(option.name, to: option.value, schema: table.schema, table: table.name)
      } catch {
        report.leftOut.append("option \(option.name) of \(table.shown): \(error)")
      }
    }
  }

  // MARK: Statements

  /// Changes the lake. Statements go the way of a user's, so that the transaction is known to have written.
  @discardableResult
  private func change(_ sql: String) async throws -> Int {
    try Task.checkCancellation()
    let statements: [SQLStatement]
    do { statements = try SQLStatements.split(sql) } catch { throw LakeError(.query, error.message) }
    guard statements.count == 1 else { throw LakeError(.query, "one statement at a time") }
    return try await session.run(statements[0]).changedRows
  }

  /// Reads, or changes tables of this session only.
  @discardableResult
  private func read(_ sql: String) async throws -> QueryResult {
    try Task.checkCancellation()
    return try await session.runTrusted(sql)
  }

  private func count(_ source: String) async throws -> Int64 {
    try await read("SELECT count(*) FROM \(source)").scalar()?.integer ?? 0
  }

  private func fingerprint(of source: String, _ columns: [CatalogState.Column]) async throws -> [String] {
    let result: QueryResult
    do { result = try await read(RowComparison.fingerprint(columns, of: source)) } catch let error
      as LakeError
      where error.message.contains("does not exist at version")
    {
      // The catalog has it: DuckLake's own memory of that version is wrong, until the engine is closed.
      throw LakeError(error.code, error.message, hint: "Nothing was changed. Run it in a new process.")
    }
    let row = result[0]
    return [row[0].integer.map(String.init) ?? "", row[1].text ?? ""]
  }

  private func comment(
    on target: String, _ table: CatalogState.Table, insteadOf present: CatalogState.Table?
  ) async throws {
    func literal(_ text: String?) -> String { text.map(SQLLiteral.string) ?? "NULL" }
    if table.comment != present?.comment {
      try await change("COMMENT ON TABLE \(target) IS \(literal(table.comment))")
    }
    for column in table.columns {
      let before = present?.columns.first { $0.id == column.id }?.comment
      guard column.comment != before else { continue }
      try await change(
        "COMMENT ON COLUMN \(target).\(SQLIdentifier.quote(column.name)) IS \(literal(column.comment))")
    }
  }

  private func rename(_ name: CatalogState.Name, to other: CatalogState.Name) async throws {
    try await change("ALTER TABLE \(lake.source(name, at: nil)) RENAME TO \(SQLIdentifier.quote(other.name))")
  }

  private func list(_ columns: [CatalogState.Column]) -> String {
    columns.map { SQLIdentifier.quote($0.name) }.joined(separator: ", ")
  }

  private func qualified(_ schema: String) -> String {
    [lake.name.catalogAlias, schema].map(SQLIdentifier.quote).joined(separator: ".")
  }

  /// A name that nothing has, for a copy while the table that it replaces is still there.
  private func freeName(for name: CatalogState.Name, _ names: [CatalogState.Name]) -> CatalogState.Name {
    let taken = Set(names.map { $0.description.lowercased() })
    var candidate = CatalogState.Name(schema: name.schema, name: "\(name.name)_at_\(snapshot)")
    while taken.contains(candidate.description.lowercased()) {
      candidate = CatalogState.Name(schema: name.schema, name: candidate.name + "_")
    }
    return candidate
  }

  /// Tables of this session that hold the rows of a table that differ.
  private struct TemporaryNames {
    let fresh: String
    let gone: String
    let changed: String
    /// Rows that were not there.
    let surplus: String
    /// Rows that are not there any more.
    let missing: String
    var all: [String] { [fresh, gone, changed, surplus, missing] }

    init(_ id: Int64) {
      fresh = "temp.main.tarn_fresh_\(id)"
      gone = "temp.main.tarn_gone_\(id)"
      changed = "temp.main.tarn_changed_\(id)"
      surplus = "temp.main.tarn_surplus_\(id)"
      missing = "temp.main.tarn_missing_\(id)"
    }
  }
}
