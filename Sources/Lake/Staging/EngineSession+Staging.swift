import DuckDB
import Foundation
import LakeSettings
import SQLText

// Large writes make their files before the turn, so that nobody waits behind them. What a statement's query gives is
// written to Parquet files in the table's folder; then a short transaction, with the turn, makes these files the table's.
extension EngineSession {
  /// Files that no table has yet.
  private struct StagedRows {
    let lake: Lake
    let statement: StageableStatement
    let plan: StagingPlan
    let target: StagingTarget
    /// The snapshot that the query has read.
    let base: Int64
    let readsLakes: Bool
    let files: [String]
    let count: Int
  }

  /// What the rows were made from has changed since.
  private struct IsStale: Error {}

  /// Runs a large INSERT or CREATE TABLE from a query in two steps.
  ///
  /// - Returns: nil when the statement is none of these, or cannot be staged: then it is to be run as it is.
  /// - Throws: ``LakeError`` or `CancellationError`; nothing has been written then.
  func runStaged(_ statement: SQLStatement, _ parameters: [String: Value]) async throws -> QueryResult? {
    guard transaction == nil,
      statement.tokens.first.map({ $0.isWord("insert") || $0.isWord("create") }) == true,
      statement.tokens.contains(where: { $0.isWord("select") || $0.isWord("from") })
    else { return nil }
    let checked = try CheckedStatement(
      statement, aliases: aliases, files: engine.files, parameters: parameters)
    guard checked.effect == .write, checked.dataTables.isEmpty, currentDataTable == nil,
      let single = try? SQLStatements.split(checked.text), single.count == 1,
      let stageable = StageableStatement(single[0])
    else { return nil }
    return try await inOrder {
      try await askGuard(checked, statement, parameters)
      guard let staged = try await stage(stageable, checked, Self.used(parameters, in: statement)) else {
        return nil
      }
      do {
        let result = try await register(staged)
        if !staged.plan.registers { await discard(staged) }
        return result
      } catch {
        // The catalog may know the files of a commit that nobody could ask about.
        if (error as? LakeError)?.code != .uncertain { await discard(staged) }
        if error is IsStale { return nil }
        if let error = error as? DuckDBError { throw engine.translate(error) }
        throw error
      }
    }
  }

  // MARK: Before the turn

  private func stage(
    _ statement: StageableStatement, _ checked: CheckedStatement, _ parameters: Parameters
  ) async throws -> StagedRows? {
    let lakes = try await lakesUsed(by: checked)
    let changed = try await changedLakes(by: checked, among: lakes)
    guard changed.count == 1, let lake = changed.first else { return nil }
    var entered: [LakeGate] = []
    let outcome: Result<StagedRows?, any Error>
    do {
      for lake in lakes {
        try await lake.gate.enter()
        entered.append(lake.gate)
      }
      try await checkDefinitions(lakes, checked)
      try await connection().command("BEGIN TRANSACTION")
      try await look(at: lakes.map { FirstLook(lake: $0, tenure: nil) })
      outcome = .success(try await makeFiles(statement, in: lake, parameters))
    } catch {
      outcome = .failure(error)
    }
    _ = await Task { try await connection().command("ROLLBACK") }.result
    for gate in entered { await gate.leave() }
    return try outcome.get()
  }

  private func makeFiles(
    _ statement: StageableStatement, in lake: Lake, _ parameters: Parameters
  ) async throws -> StagedRows? {
    // Whatever fails up to here fails in the statement itself, too, and is told from there.
    guard let estimate = try? await estimate(statement.query, parameters), estimate.isLarge,
      let target = try? await target(of: statement, in: lake),
      let output = try? await connection().query(
        "DESCRIBE \(statement.query)" as String, parameters: parameters),
      let plan = StagingPlan(
        statement, output: output.rows.map { ($0[0].text ?? "", $0[1].text ?? "") }, target: target),
      let options = try? await options(for: target, in: lake), let base = try? await currentSnapshot(of: lake)
    else { return nil }
    // DuckDB makes the last folder only.
    if lake.gate.folder != nil { try LakeFolders.make(target.folder) }
    let mark = String(UInt32.random(in: 0 ... .max), radix: 16)
    let copy = plan.copy(to: target.folder, mark: mark, options: options)
    let written: QueryResult
    do {
      written = try await limited { try await self.connection().query(copy, parameters: parameters) }
    } catch {
      await discard(lake, half: mark, in: target.folder)
      guard let error = error as? DuckDBError else { throw error }
      guard let told = engine.translate(error) as? LakeError else { throw CancellationError() }
      throw told.at(nil)
    }
    let files = written.rows.map { $0[0].text ?? "" }
    let staged = StagedRows(
      lake: lake, statement: statement, plan: plan, target: target, base: base,
      readsLakes: estimate.readsLakes,
      files: files, count: written.rows.reduce(0) { $0 + ($1[1].intValue ?? 0) })
    do {
      try Task.checkCancellation()
      try requireNoNulls(written, staged)
      if plan.registers, let folder = lake.gate.folder {
        try await connection().run { _ in try folder.sync(files) }
      }
    } catch {
      await discard(staged)
      throw error
    }
    return staged
  }

  private func estimate(_ query: String, _ parameters: Parameters) async throws -> QueryEstimate? {
    let text = "EXPLAIN (FORMAT json) \(query)"
    let plan = try await connection().query(text, parameters: parameters)
    return plan.rows.first { _ in true }.flatMap { $0[1].text }.flatMap { QueryEstimate(plan: $0) }
  }

  /// The catalog's own check is passed by when files are registered.
  private func requireNoNulls(_ written: QueryResult, _ staged: StagedRows) throws {
    for row in written.rows {
      guard case .map(let columns) = row[4] else { continue }
      for column in staged.plan.columns where !column.isNullable {
        let name = SQLIdentifier.quote(column.name)
        guard
          case .map(let facts)? = columns.first(where: { $0.key.text == name || $0.key.text == column.name })?
            .value,
          let nulls = facts.first(where: { $0.key.text == "null_count" })?.value.text, nulls != "0"
        else { continue }
        throw LakeError(
          .query, "NOT NULL constraint failed: \(staged.target.table).\(column.name)",
          hint: "Nothing was written.")
      }
    }
  }

  // MARK: The table

  /// - Returns: nil when it cannot be staged for: a missing table, or one that is not to be there.
  private func target(of statement: StageableStatement, in lake: Lake) async throws -> StagingTarget? {
    var names = statement.target
    if names.count > 1, names[0].lowercased() == lake.name.catalogAlias.lowercased() { names.removeFirst() }
    guard names.count <= 2, let table = names.last else { return nil }
    let schema = names.count == 2 ? names[0] : currentSchema
    guard let place = try await place(of: table, in: schema, lake) else { return nil }
    guard case .create(let replaces) = statement.kind else {
      return try await target(at: place, lake)
    }
    let (id, home) = (place.id, place.home)
    // The statement itself tells best of a table that is there already.
    guard id == nil || replaces else { return nil }
    let isPlain = table.utf8.allSatisfy {
      ($0 >= 0x30 && $0 <= 0x39) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) || $0 == 0x5f
    }
    return StagingTarget(
      schema: place.schema, table: table, id: nil, folder: home + (isPlain ? table : "table") + "/",
      columns: [],
      needsDuckLake: false)
  }

  /// Where a table lies, or would lie.
  private struct TablePlace {
    let schema: String
    let table: String?
    let id: Int64?
    let home: String
    let folder: String
    let needsDuckLake: Bool
  }

  /// - Returns: nil when there is no such schema.
  private func place(of table: String, in schema: String, _ lake: Lake) async throws -> TablePlace? {
    let found = try await connection().query(
      """
      SELECT s.schema_name, t.table_name, t.table_id, s.path, s.path_is_relative, t.path, t.path_is_relative,
        EXISTS (FROM \(lake.metadata("ducklake_partition_info")) p WHERE p.table_id = t.table_id AND p.end_snapshot IS NULL)
        OR EXISTS (FROM \(lake.metadata("ducklake_sort_info")) o WHERE o.table_id = t.table_id AND o.end_snapshot IS NULL)
        OR EXISTS (FROM \(lake.metadata("ducklake_metadata")) m WHERE m.key = 'encrypted' AND m.value = 'true')
      FROM \(lake.metadata("ducklake_schema")) s
      LEFT JOIN \(lake.metadata("ducklake_table")) t
        ON t.schema_id = s.schema_id AND t.end_snapshot IS NULL AND lower(t.table_name) = lower(\(SQLLiteral.string(table)))
      WHERE s.end_snapshot IS NULL AND lower(s.schema_name) = lower(\(SQLLiteral.string(schema)))
      """ as String, parameters: .none)
    guard let row = found.rows.first(where: { _ in true }) else { return nil }
    let home = StoragePlace.path(
      row[3].text, isRelative: row[4].boolean, in: lake.configuration.storage.dataPath)
    return TablePlace(
      schema: row[0].text ?? schema, table: row[1].text, id: row[2].integer, home: home,
      folder: StoragePlace.path(row[5].text, isRelative: row[6].boolean, in: home),
      needsDuckLake: row[7].boolean ?? true)
  }

  /// - Returns: nil when there is no such table.
  func placeOfTable(_ table: String, in schema: String, _ lake: Lake) async throws -> StagingTarget? {
    guard let place = try await place(of: table, in: schema, lake) else { return nil }
    return try await target(at: place, lake)
  }

  private func target(at place: TablePlace, _ lake: Lake) async throws -> StagingTarget? {
    guard let id = place.id, let name = place.table else { return nil }
    return StagingTarget(
      schema: place.schema, table: name, id: id, folder: place.folder,
      columns: try await columns(of: name, in: place.schema, lake), needsDuckLake: place.needsDuckLake)
  }

  /// The options that say how files are written, the nearest to the table first.
  func options(for target: StagingTarget, in lake: Lake) async throws -> [String: String] {
    let text = "SELECT option_name, value, scope, scope_entry FROM ducklake_options(\(lake.catalogLiteral))"
    let place = "\(target.schema).\(target.table)"
    var options: [String: (rank: Int, value: String)] = [:]
    for row in try await connection().query(text, parameters: .none).rows {
      let entry = row[3].text
      let rank =
        switch row[2].text {
        case "TABLE" where entry == place || entry == target.table: 3
        case "SCHEMA" where entry == target.schema: 2
        case "GLOBAL": 1
        default: 0
        }
      guard rank > 0, let name = row[0].text, rank > options[name]?.rank ?? 0 else { continue }
      options[name] = (rank, row[1].text ?? "")
    }
    return options.mapValues(\.value)
  }

  // MARK: With the turn

  private func register(_ staged: StagedRows) async throws -> QueryResult {
    let lake = staged.lake
    return try await alone([lake], changing: [lake], definitions: false) {
      guard try await self.isFresh(staged) else { throw IsStale() }
      await self.note(written: [staged.target.schema, staged.target.table])
      let name = [lake.name.catalogAlias, staged.target.schema, staged.target.table].map(SQLIdentifier.quote)
        .joined(separator: ".")
      let isCreated: Bool
      if case .create(let replaces) = staged.statement.kind {
        isCreated = true
        let columns = staged.plan.columns.map { "\(SQLIdentifier.quote($0.name)) \($0.type)" }.joined(
          separator: ", ")
        try await self.connection().command(
          "CREATE \(replaces ? "OR REPLACE " : "")TABLE \(name) (\(columns))")
      } else {
        isCreated = false
      }
      if staged.plan.registers {
        for file in staged.files {
          try await self.connection().command(
            """
            CALL ducklake_add_data_files(\(lake.catalogLiteral), \(SQLLiteral.string(staged.target.table)), \
            \(SQLLiteral.string(file)), schema => \(SQLLiteral.string(staged.target.schema)))
            """)
        }
      } else if staged.count > 0 {
        let files = staged.files.map(SQLLiteral.string).joined(separator: ", ")
        try await self.connection().command("INSERT INTO \(name) BY NAME FROM read_parquet([\(files)])")
      }
      let count = "SELECT \(staged.count)::BIGINT AS \"Count\""
      return try await self.connection().query(count, parameters: .none)
        .asChange(isCreated ? .create : .insert, count: isCreated ? 0 : staged.count)
    }
  }

  /// Whether the statement would give the same now: its table is as it was, and so is what it has read.
  private func isFresh(_ staged: StagedRows) async throws -> Bool {
    guard try await currentSnapshot(of: staged.lake) != staged.base else { return true }
    guard try await target(of: staged.statement, in: staged.lake) == staged.target else { return false }
    guard staged.readsLakes else { return true }
    let versions = try await staged.lake.tableVersions()
    let changed = versions.lastChange.filter { $0.value > staged.base }.keys.map {
      $0.drop { $0 != "." }.dropFirst().lowercased()
    }
    guard staged.statement.words.isDisjoint(with: changed) else { return false }
    // A view or macro may read anything.
    let definitions = try await staged.lake.definitions().names
    return changed.isEmpty || staged.statement.words.isDisjoint(with: definitions)
  }

  /// Removes what a statement that failed half way has written.
  func discard(_ lake: Lake, half mark: String, in folder: String) async {
    guard lake.gate.folder != nil else { return }
    _ = await Task { [connection] in
      try await connection().run { _ in
        for name in try FileManager.default.contentsOfDirectory(atPath: folder)
        where name.hasSuffix("-\(mark).parquet") {
          unlink(folder + name)
        }
      }
    }.result
  }

  /// Removes files that no catalog has ever heard of.
  private func discard(_ staged: StagedRows) async {
    guard staged.lake.gate.folder != nil else { return }
    let files = staged.files
    _ = await Task { [connection] in try await connection().run { _ in for file in files { unlink(file) } } }
      .result
  }
}
