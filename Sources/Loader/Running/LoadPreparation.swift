import DuckDB
import Foundation
import Lake
import SQLText

/// What has been made before the turn.
struct PreparedLoad: Sendable {
  /// Files of tables, by the table's number in the plan.
  var staged: [Int: OwnRows] = [:]
  /// The rows of each table, by its number in the plan.
  var rowCounts: [Int: Int] = [:]
  var merge: MergeStatements?
  /// Whether the root's few rows are read in the turn: that takes less than keeping them until then.
  var isReadInTurn = false
  /// How many rows are set aside.
  var rejectedRows = 0
  /// What the pipeline will remember of the cursor; nil for what it does.
  var cursor: JSONObject?
}

/// All that takes time, done before the turn: rows are read, turned into columns, and written to temporary tables or to
/// files beside the lake's tables.
struct LoadPreparation: Sendable {
  let run: LoadRun
  let input: LoadRun.Input
  let state: DatasetState
  /// Where files beside tables are noted.
  var files = StagedFiles()

  /// Files of more rows than this are written before the turn.
  private static let rowsInTurn = 255

  /// Whether the rows are so few that files are not worth it.
  private var isSmall: Bool { input.isSmall }

  private var session: EngineSession { run.session }
  private var schemas: SchemaStatements {
    SchemaStatements(lake: run.lake.sqlName, dataset: run.load.dataset, present: state)
  }

  /// - Returns: the plan with what the rows told of it, and what has been made.
  func prepare(_ plan: LoadPlan) async throws -> (LoadPlan, PreparedLoad) {
    var plan = plan
    let prepared = try await prepare(&plan)
    return (plan, prepared)
  }

  private func prepare(_ plan: inout LoadPlan) async throws -> PreparedLoad {
    var prepared = PreparedLoad()
    guard run.load.writeDisposition != .skip else { return prepared }
    if run.load.parquet == .copy, let source = input.source {
      let copies = try await CopiedFiles(run: run, plan: plan, schemas: schemas).take(source.files)
      files.note(copies)
      prepared.staged[0] = copies
      prepared.rowCounts[0] = copies.count
      settle(&plan, prepared)
      return prepared
    }
    if isSmall, plan.statements.isDirect, !run.load.writeDisposition.looksAtRows {
      prepared.isReadInTurn = true
      prepared.rowCounts[0] = input.headCount
      settle(&plan, prepared)
      return prepared
    }
    if !isSmall, plan.statements.isDirect, !run.load.writeDisposition.looksAtRows,
      let staged = try await stage(
        plan.statements.directSelect(schemas.columns(of: plan.tables[0].schema)), plan.tables[0])
    {
      prepared.staged[0] = staged
      prepared.rowCounts[0] = staged.count
      settle(&plan, prepared)
      return prepared
    }
    try await makeRows(&plan, &prepared)
    prepared.cursor = try await lastCursor(plan)
    settle(&plan, prepared)
    if run.load.writeDisposition.looksAtRows {
      // No rows say nothing of those that are there, even where absence means deletion.
      guard (prepared.rowCounts[0] ?? 0) > 0 else { return prepared }
      // Without keys, rows of a delete-insert are just added.
      var merge = mergeStatements(run.load.writeDisposition.merge ?? .deleteInsert(), plan)
      if run.load.writeDisposition.replacesPartitions {
        merge.partitions = try SchemaStatements.periods(of: merge.root.schema)
      }
      if let duplicates = merge.duplicates {
        merge.isDistinct = try await session.runTrusted(duplicates).scalar()?.intValue == 0
      }
      for statement in merge.prepare { _ = try await session.runTrusted(statement) }
      prepared.merge = merge
      if !merge.isDistinct { try await dropRows(plan.tables.indices.map(plan.statements.rows)) }
    } else {
      // Files that are written before the turn bear the package's mark, so that they are found when its process was killed.
      for index in plan.tables.indices where (prepared.rowCounts[index] ?? 0) > Self.rowsInTurn {
        let columns = schemas.columns(of: plan.tables[index].schema)
        prepared.staged[index] = try await stage(plan.statements.select(index, columns), plan.tables[index])
      }
      try await dropRows(prepared.staged.keys.map(plan.statements.rows))
    }
    return prepared
  }

  /// Where the first row is that cannot be loaded, and why; nil when none is found.
  func firstMisfit(_ plan: LoadPlan) async throws -> String? {
    guard plan.statements.setsAside, let source = input.source else { return nil }
    var (plan, prepared) = (plan, PreparedLoad())
    _ = try await session.runTrusted("DROP TABLE IF EXISTS \(run.place.table(BadRows.name(run.part)))")
    try await makeRows(&plan, &prepared)
    return try await RejectedRows(session: session, source: source, part: run.part, place: run.place).first()
  }

  /// Frees the memory of rows that have gone on.
  private func dropRows(_ tables: [String]) async throws {
    for table in tables { _ = try await session.runTrusted("DROP TABLE IF EXISTS \(table)") }
  }

  private func stage(_ select: String, _ table: ResolvedTable) async throws -> OwnRows? {
    guard SchemaStatements.partitions(of: table.schema).isEmpty,
      SchemaStatements.order(of: table.schema).isEmpty
    else { return nil }
    let rows = try await session.stageOwn(
      select, for: (run.load.dataset, table.name), of: run.lake, mark: run.package.mark)
    if let rows { files.note(rows) }
    return rows
  }

  /// Puts the rows of all tables into temporary tables, and finds out what only they can tell.
  private func makeRows(_ plan: inout LoadPlan, _ prepared: inout PreparedLoad) async throws {
    let hasPlaces = plan.tables.first?.discarding.isEmpty == true && plan.statements.cursor == nil
    prepared.rejectedRows = try await makeTables(plan, hasPlaces: hasPlaces)
    for index in plan.tables.indices where !plan.tables[index].isLeftOut {
      let found = try await session.runTrusted(plan.statements.findings(index))
      guard let row = found.rows.first(where: { _ in true }) else { continue }
      prepared.rowCounts[index] = row[0].intValue.map { Int($0) } ?? 0
      for (place, forbidden) in plan.tables[index].forbidden.enumerated()
      where (row["f\(place)"]?.intValue ?? 0) > 0 {
        throw LoadError(
          .contract, forbidden.message, hint: "Allow it with schema_contract: evolve, or correct the source.")
      }
      for (place, column) in plan.tables[index].columns.enumerated() where column.isNew {
        guard (row["c\(place)"]?.intValue ?? 0) > 0 else { continue }
        plan.tables[index].columns[place].isProvisional = false
        if column.mayBeTimestamp, row["t\(place)"]?.boolValue == true {
          plan.tables[index].columns[place].schema.json["data_type"] = .string(DataType.timestamp.rawValue)
        }
        // Where in the row is what the source's head told of such values, as far as it did.
        if let first = row["r\(place)"]?.intValue {
          plan.tables[index].columns[place].firstSight = FirstSight(
            row: Int(first), order: column.firstSight?.order ?? [])
        }
      }
      if hasPlaces, let source = input.source { try await orderTwins(&plan.tables[index], source) }
      plan.tables[index].arrange()
    }
  }

  /// Makes the temporary tables, without what is set aside.
  ///
  /// - Returns: how many rows of the source are.
  private func makeTables(_ plan: LoadPlan, hasPlaces: Bool) async throws -> Int {
    let rejected = input.source.map {
      RejectedRows(session: session, source: $0, part: run.part, place: run.place)
    }
    if plan.statements.setsAside { try await rejected?.prepare() }
    var count = 0
    for index in plan.tables.indices where !plan.tables[index].isLeftOut {
      _ = try await session.runTrusted(plan.statements.makeRows(index))
      guard plan.tables[index].isRoot, !plan.tables[index].rejecting.isEmpty, let rejected else { continue }
      count += try await rejected.take(
        from: plan.statements.rows(index), of: plan.tables[index].name, hasPlaces: hasPlaces)
    }
    guard plan.statements.setsDocumentsAside, let rejected else { return count }
    let below = plan.tables.indices.filter { !plan.tables[$0].isLeftOut && !plan.tables[$0].isRoot }.map {
      RejectedRows.Below(
        rows: plan.statements.rows($0), name: plan.tables[$0].name,
        isChecked: !plan.tables[$0].rejecting.isEmpty)
    }
    return count
      + (try await rejected.takeDocuments(from: plan.statements.rows(0), below, hasPlaces: hasPlaces))
  }

  /// Looks once more at rows in which several new columns have their first value, some of which only the rows told of: the
  /// order of those follows from that row alone.
  private func orderTwins(_ table: inout ResolvedTable, _ source: SourceText) async throws {
    guard table.isRoot, source.isJSON, !source.hasBadRows else { return }
    let new = table.columns.indices.filter { table.columns[$0].isNew && !table.columns[$0].isProvisional }
    let late = Set(
      new.filter { table.columns[$0].schema.has("variant") }.compactMap { table.columns[$0].firstSight?.row })
    for row in late {
      let twins = new.filter { table.columns[$0].firstSight?.row == row }
      guard twins.count > 1 else { continue }
      let found = try await session.runTrusted("SELECT json FROM \(source.objects) LIMIT 1 OFFSET \(row)")
      guard var text = found.scalar()?.stringValue else { continue }
      var scanner = ShapeScanner()
      text.withUTF8 { _ = scanner.scan(UnsafeRawBufferPointer($0), row: row) }
      let shape = scanner.shape
      for twin in twins {
        guard let sight = shape.firstSight(at: table.columns[twin].path.steps[...]) else { continue }
        table.columns[twin].firstSight = sight
      }
    }
  }

  /// Where the next incremental load begins.
  private func lastCursor(_ plan: LoadPlan) async throws -> JSONObject? {
    guard let filter = plan.statements.cursor, let path = run.load.incremental?.cursorPath else { return nil }
    let missing =
      try await session.runTrusted(CursorFilter.missing(in: plan.statements.rows(0))).scalar()?.intValue ?? 0
    guard missing == 0 else {
      throw LoadError(
        .data, "the cursor '\(path)' has no value in \(missing) rows",
        hint: "Correct the source, or load without incremental.")
    }
    guard filter.end == nil else { return nil }
    let found = try await session.runTrusted(CursorFilter.last(in: plan.statements.rows(0)))
    guard let row = found.rows.first(where: { !$0[0].isNull }), let text = row[0].stringValue else {
      return nil
    }
    var hashes: [JSONValue] = []
    if case .list(let values) = row[1] { hashes = values.compactMap { $0.stringValue.map { .string($0) } } }
    let last = try JSONValue(reading: text)
    if last.plainText == filter.start {
      hashes += filter.known.map { .string($0) }.filter { !hashes.contains($0) }
    }
    return JSONObject(pairs: [
      "initial_value": run.load.incremental?.initialValue.map { .string($0) } ?? .null, "last_value": last,
      "unique_hashes": .array(run.load.incremental?.lag == nil ? hashes : []),
    ])
  }

  /// Writes into the schema what is known now.
  private func settle(_ plan: inout LoadPlan, _ prepared: PreparedLoad) {
    for index in plan.tables.indices where !plan.tables[index].isLeftOut {
      if (prepared.rowCounts[index] ?? 0) > 0 {
        plan.tables[index].schema.hasSeenData = true
        plan.schema[plan.tables[index].name] = plan.tables[index].schema
      } else if !plan.tables[index].schema.hasSeenData {
        // A table without rows is none.
        let isRoot = plan.tables[index].isRoot
        plan.schema[plan.tables[index].name] = isRoot ? plan.rootWithoutRows : nil
        if isRoot { plan.tables[index].schema = plan.rootWithoutRows }
      }
    }
  }

  private func mergeStatements(_ strategy: MergeStrategy, _ plan: LoadPlan) -> MergeStatements {
    var overrides: [String: String] = [:]
    let boundary = "\(SQLLiteral.string(boundaryText(strategy)))::TIMESTAMPTZ"
    if case .scd2(let changing) = strategy {
      overrides[SnakeCase.key(changing.validFrom)] = boundary
      overrides[SnakeCase.key(changing.validTo)] =
        changing.activeTimestamp.map { "\(SQLLiteral.string($0))::TIMESTAMPTZ" } ?? "NULL::TIMESTAMPTZ"
    }
    func target(_ schema: TableSchema, _ index: Int?) -> MergeStatements.Target {
      let columns = schemas.columns(of: schema)
      return MergeStatements.Target(
        name: schemas.name(schema.name), schema: schema, columns: columns,
        rows: index.map { plan.statements.select($0, columns, overrides: overrides, numbered: $0 == 0) },
        isPresent: state.tables[schema.name] != nil)
    }
    // All rows of the load are written then, those with one key, too.
    let replaces = run.load.writeDisposition.replacesPartitions
    let chain = plan.schema.chain(of: run.rootName)
    let indexes = Dictionary(
      plan.tables.enumerated().filter { !$0.element.isLeftOut && (prepared($0.offset, plan)) }.map {
        ($0.element.name, $0.offset)
      }, uniquingKeysWith: { first, _ in first })
    return MergeStatements(
      strategy: strategy, primaryKey: replaces ? [] : run.load.primaryKey.map(SnakeCase.key),
      mergeKey: replaces ? [] : run.load.mergeKey.map(SnakeCase.key),
      root: target(plan.schema.table(run.rootName) ?? TableSchema(run.rootName), indexes[run.rootName]),
      children: chain.dropFirst().map { target($0, indexes[$0.name]) }, boundary: boundary, part: run.part,
      place: run.place)
  }

  /// Whether a table of the plan has a temporary table of rows that goes to the lake.
  private func prepared(_ index: Int, _ plan: LoadPlan) -> Bool {
    plan.schema.table(plan.tables[index].name) != nil
      && !schemas.columns(of: plan.tables[index].schema).isEmpty
  }

  private func boundaryText(_ strategy: MergeStrategy) -> String {
    if case .scd2(let changing) = strategy, let boundary = changing.boundary { return boundary }
    return run.package.created.formatted(
      .iso8601.year().month().day().time(includingFractionalSeconds: true))
  }
}
