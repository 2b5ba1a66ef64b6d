import DuckDB
import LakeSettings
import SQLText

/// Files of one table and tier that may be merged with one another.
struct MergeCandidates: Sendable, Hashable {
  let tier: Int
  var files: Int64
  var bytes: Int64
  var rows: Int64
}

extension Lake {
  /// The files that would be merged, table by table.
  func mergeSteps(
    _ tables: [Int64: MaintainedTable], _ policy: MaintenancePolicy
  ) async throws -> [(table: MaintainedTable, step: MaintenanceStep)] {
    var steps: [(table: MaintainedTable, step: MaintenanceStep)] = []
    let rules = Dictionary(
      grouping: tables.values.compactMap { table in
        policy.parts(schema: table.schema, table: table.name).merge.map { (table, $0) }
      }, by: \.1)
    for (rule, entries) in rules {
      let wanted = entries.map(\.0)
      let found = try await mergeCandidates(wanted.count == tables.count ? nil : wanted.map(\.id), rule)
      for table in wanted {
        guard let candidates = found[table.id] else { continue }
        let step = MaintenanceStep(
          .merge, table: table.title, files: candidates.reduce(0) { $0 + $1.files },
          rows: candidates.reduce(0) { $0 + $1.rows }, bytes: candidates.reduce(0) { $0 + $1.bytes })
        steps.append((table, step))
      }
    }
    return steps.sorted { $0.table.title < $1.table.title }
  }

  /// Merges the small files of a table, a few in each turn.
  func merge(
    _ table: MaintainedTable, _ policy: MaintenancePolicy, _ session: EngineSession
  ) async throws -> MaintenanceOutcome {
    var outcome = MaintenanceOutcome(.merge, table: table.title)
    guard let rule = policy.parts(schema: table.schema, table: table.name).merge else { return outcome }
    let before = try await liveFiles(of: table)
    let work: Result<Void, any Error>
    do {
      try await mergeTiers(table, rule, policy.turn, session, &outcome)
      work = .success(())
    } catch { work = .failure(error) }
    // In a cancelled task nothing would run; the setting must go all the same.
    let restoring = await Task { try await restoreTargetSizes(session) }.result
    try work.get()
    try restoring.get()
    outcome.bytesSaved = before.bytes - (try await liveFiles(of: table)).bytes
    return outcome
  }

  private func mergeTiers(
    _ table: MaintainedTable, _ rule: MaintenancePolicy.Merge, _ turn: Duration, _ session: EngineSession,
    _ outcome: inout MaintenanceOutcome
  ) async throws {
    let tiers = MergeTiers(below: rule.below).tiers
    // In bytes, to which each file adds what opening it costs: so what was learned from small files holds for large ones.
    var pacer = TurnPacer(
      target: turn, start: 32 * Self.costOfFile, smallest: TurnPacer.fewestBytes(in: turn), largest: 1e12)
    var isOptionNoted = false
    var stuck: Set<Int> = []
    var versions: Set<Int64> = []
    // What is merged may climb a tier and be enough for a merge there. A table to which writers add all the time is left
    // for the next run after a while.
    for _ in 0..<Self.mostPasses {
      let candidates = try await mergeCandidates([table.id], rule)[table.id] ?? []
      guard let lowest = candidates.map(\.tier).filter({ !stuck.contains($0) }).min(),
        let group = candidates.first(where: { $0.tier == lowest })
      else { break }
      var left = group.files
      let size = max(1, group.bytes / group.files)
      while left > 1 {
        try Task.checkCancellation()
        let cost = Double(size) + Self.costOfFile
        let share = min(Double(left), max(2, (pacer.amount / cost).rounded(.down)))
        if share < Double(left), !isOptionNoted {
          try await noteTargetSize(of: table, session)
          isOptionNoted = true
        }
        let unit = MergeTurn(
          lake: self, table: table, tier: tiers[lowest],
          size: share < Double(left) ? UInt64(share * Double(size)) : nil)
        try await loadSchemaVersions(of: table, except: &versions)
        let (merged, held) = try await session.maintain(self) { try await unit.run($0) }
        outcome.count(turn: held)
        // Files with deletes, or of another version of the schema, are passed over by DuckLake.
        guard merged.processed > 0 else {
          stuck.insert(lowest)
          break
        }
        outcome.filesRemoved += merged.processed
        outcome.filesAdded += merged.created
        pacer.learn(did: Double(merged.processed) * cost, took: held)
        left -= merged.processed
      }
    }
  }

  private static let mostPasses = 24
  private static let costOfFile = 128_000.0

  /// Files that are small, have no deletes and are enough to be merged: those of one version of the schema and one
  /// partition go together.
  private func mergeCandidates(
    _ tables: [Int64]?, _ rule: MaintenancePolicy.Merge
  ) async throws -> [Int64: [MergeCandidates]] {
    let tiers = MergeTiers(below: rule.below)
    let filter =
      tables.map { "AND f.table_id IN (\(($0 + [-1]).map(String.init).joined(separator: ", ")))" } ?? ""
    let result = try await readCatalog { name in
      """
      SELECT table_id, tier, CAST(sum(files) AS BIGINT) AS files, CAST(sum(bytes) AS BIGINT) AS bytes,
        CAST(sum(row_count) AS BIGINT) AS row_count
      FROM (
        SELECT table_id, tier, schema_version, partition_values, count(*) AS files, sum(size) AS bytes,
          sum(row_count) AS row_count
        FROM (
          SELECT f.table_id, f.file_size_bytes AS size, f.record_count AS row_count,
            \(tiers.expression(of: "f.file_size_bytes")) AS tier,
            (SELECT max(v.schema_version) FROM \(name("ducklake_schema_versions")) v
              WHERE v.table_id = f.table_id AND v.begin_snapshot <= f.begin_snapshot) AS schema_version,
            p.partition_values
          FROM \(name("ducklake_data_file")) f
          LEFT JOIN (
            SELECT data_file_id,
              string_agg(coalesce(partition_value, '') || '=' || CAST(partition_key_index AS VARCHAR), '/'
                ORDER BY partition_key_index) AS partition_values
            FROM \(name("ducklake_file_partition_value")) GROUP BY data_file_id
          ) p ON p.data_file_id = f.data_file_id
          WHERE f.end_snapshot IS NULL AND f.file_size_bytes < \(rule.below) \(filter)
            AND NOT EXISTS (
              SELECT 1 FROM \(name("ducklake_delete_file")) d
              WHERE d.data_file_id = f.data_file_id AND d.end_snapshot IS NULL)
        ) candidates
        GROUP BY table_id, tier, schema_version, partition_values
        HAVING count(*) >= \(max(2, rule.files))
      ) enough
      GROUP BY table_id, tier ORDER BY table_id, tier
      """
    }
    var found: [Int64: [MergeCandidates]] = [:]
    for row in result.rows {
      guard let table = row[0].integer, let tier = row[1].integer else { continue }
      found[table, default: []].append(
        MergeCandidates(
          tier: Int(tier), files: row[2].integer ?? 0, bytes: row[3].integer ?? 0, rows: row[4].integer ?? 0))
    }
    return found
  }
}

/// One turn of merging.
struct MergeTurn: Sendable {
  let lake: Lake
  let table: MaintainedTable
  let tier: MergeTiers.Tier
  /// How large the merged file may become, in bytes; nil for as large as the table's files are to be.
  let size: UInt64?

  /// DuckLake merges until a file has the table's target size, and `max_compacted_files` counts the merged files: nothing
  /// bounds how many go into one. So the target is set to what fits into a turn, and set back in the same transaction:
  /// nobody else ever sees it.
  func run(_ connection: Connection) async throws -> (processed: Int64, created: Int64) {
    var usual: UInt64?
    if let size {
      let target = try await lake.targetSize(of: table, connection)
      if size < target { usual = target }
      if usual != nil { try await set(size, connection) }
    }
    let call = """
      CALL ducklake_merge_adjacent_files(\(lake.arguments(for: table)), max_compacted_files => 1,
        min_file_size => \(tier.lower), max_file_size => \(tier.upper))
      """
    let result = try await connection.query(call)
    if let usual { try await set(usual, connection) }
    return result.rows.reduce((0, 0)) { ($0.0 + ($1[2].integer ?? 0), $0.1 + ($1[3].integer ?? 0)) }
  }

  private func set(_ bytes: UInt64, _ connection: Connection) async throws {
    try await connection.command(
      """
      CALL \(SQLIdentifier.quote(lake.name.catalogAlias)).set_option('target_file_size', '\(bytes)B',
        schema => \(SQLLiteral.string(table.schema)), table_name => \(SQLLiteral.string(table.name)))
      """)
  }
}
