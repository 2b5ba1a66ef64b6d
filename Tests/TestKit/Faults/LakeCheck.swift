import Foundation

/// Looks at a lake after a fault, through DuckDB and DuckLake alone, in a process of its own.
///
/// What must be true: each acknowledged transaction is there once; what was not acknowledged is there whole or not at all;
/// snapshots have no gap; no file that the catalog knows is missing.
public struct LakeCheck: Sendable {
  /// What is wrong, one line each; empty when all is well.
  public private(set) var problems: [String] = []
  /// The transactions that are in the lake, by writer.
  public private(set) var committed: [Int: Set<Int>] = [:]
  /// Transactions in the lake whose writer was told that they failed. Not wrong in itself where the outcome could not be
  /// known.
  public private(set) var failedYetCommitted: [WriterOutcome] = []
  /// Data files that no snapshot knows.
  public private(set) var orphans: Set<String> = []

  private var record = WriterRecord([])

  /// Checks a lake that no other process has open.
  ///
  /// - Parameters:
  ///   - lake: the lake.
  ///   - record: what its writers did, and were told.
  public static func run(_ lake: LakeAddress, _ record: WriterRecord) async throws -> LakeCheck {
    let reader = try await FaultWorker.start(lake, .plain)
    var check = LakeCheck()
    check.record = record
    do { try await check.look(through: reader, lake) } catch {
      check.problems.append("the lake cannot be read: \(error)")
    }
    await reader.end()
    return check
  }

  /// Lets Tarn settle what killed writers left, and DuckLake delete the files that no snapshot knows; checks that these,
  /// and nothing else, are gone.
  ///
  /// - Returns: what is wrong.
  public static func removeOrphans(_ lake: LakeAddress, _ record: WriterRecord) async throws -> [String] {
    let before = try await run(lake, record)
    // Links that a writer held when it was killed go with the next process that opens the lake.
    try await FaultWorker.start(lake).end()
    let cleaner = try await FaultWorker.start(lake, .plain)
    _ = try await cleaner.query("CALL ducklake_delete_orphaned_files('dl', cleanup_all => true)")
    await cleaner.end()
    let after = try await run(lake, record)
    var problems = after.problems
    if !after.orphans.isEmpty { problems.append("orphans are left: \(after.orphans.sorted())") }
    if after.committed != before.committed { problems.append("removing orphans changed the lake") }
    return problems
  }

  // MARK: Looking

  private mutating func look(through reader: FaultWorker, _ lake: LakeAddress) async throws {
    for plan in record.plans { try await check(plan, reader) }
    let gaps = try await reader.query(
      "SELECT max(snapshot_id) - min(snapshot_id) + 1 - count(*), count(*) - count(DISTINCT snapshot_id) FROM ducklake_snapshots('dl')"
    )
    if gaps != [["0", "0"]] { problems.append("snapshots have gaps or stand twice: \(gaps)") }
    let known = try await Self.knownFiles(reader, lake)
    let present = try await Self.presentFiles(reader, lake)
    let missing = known.required.subtracting(present)
    if !missing.isEmpty { problems.append("files that the catalog knows are missing: \(missing.sorted())") }
    orphans = present.subtracting(known.required).subtracting(known.leaving)
  }

  private mutating func check(_ plan: WriterPlan, _ reader: FaultWorker) async throws {
    let name = "writer \(plan.writer)"
    let ledger = try await reader.query(plan.ledgerQuery).map {
      ($0[0].flatMap { Int($0) } ?? -1, $0[1] ?? "")
    }
    for (seq, count) in ledger where count != "1" {
      problems.append("\(name): transaction \(seq) is there \(count) times")
    }
    let present = Set(ledger.map { $0.0 })
    committed[plan.writer] = present
    let told = record.outcomes.filter { $0.writer == plan.writer }
    let lost = told.filter { $0.isAcknowledged && !present.contains($0.seq) }.map(\.seq)
    if !lost.isEmpty { problems.append("\(name): acknowledged and gone: \(lost)") }
    failedYetCommitted += told.filter { !$0.isAcknowledged && present.contains($0.seq) }
    let neverBegun = present.subtracting(told.map(\.seq)).subtracting(record.inFlight[plan.writer] ?? [])
    if !neverBegun.isEmpty { problems.append("\(name): never begun, and there: \(neverBegun.sorted())") }
    let expected = plan.rows(committed: present)
    for table in ["a", "b"] {
      let found = try await reader.query(plan.contentQuery(table))
      var rows: [Int: Int] = [:]
      for row in found {
        let numbers = row.map { $0.flatMap { Int($0) } ?? -1 }
        rows[numbers[0]] = numbers[1]
        if numbers[1] != numbers[2] || numbers[3] != numbers[1] - 1 {
          problems.append(
            "\(name): rows of transaction \(numbers[0]) in \(table) stand twice or lack some: \(row)")
        }
      }
      let wrong = Set(rows.keys).union(expected.keys).filter { rows[$0] != expected[$0] }.sorted()
      for seq in wrong.prefix(5) {
        problems.append(
          "\(name): transaction \(seq) has \(rows[seq] ?? 0) rows in \(table), and should have \(expected[seq] ?? 0)"
        )
      }
    }
  }

  // MARK: Files

  /// Full names of the files that some snapshot needs, and of those that are to be deleted.
  private static func knownFiles(
    _ reader: FaultWorker, _ lake: LakeAddress
  ) async throws -> (required: Set<String>, leaving: Set<String>) {
    let folders =
      """
      SELECT DISTINCT t.table_id, s.path AS schema_path, CAST(s.path_is_relative AS BOOLEAN) AS schema_relative, t.path,
        CAST(t.path_is_relative AS BOOLEAN) AS relative
      FROM \(lake.metadata("ducklake_table")) t JOIN \(lake.metadata("ducklake_schema")) s USING (schema_id)
      """
    let files = ["data", "delete"].map {
      "SELECT table_id, path, CAST(path_is_relative AS BOOLEAN) AS relative FROM \(lake.metadata("ducklake_\($0)_file"))"
    }.joined(separator: " UNION ALL ")
    let required = try await reader.query(
      """
      SELECT CASE WHEN NOT f.relative THEN f.path WHEN NOT t.relative THEN t.path || f.path
        WHEN NOT t.schema_relative THEN t.schema_path || t.path || f.path
        ELSE '\(lake.dataPath)' || t.schema_path || t.path || f.path END
      FROM (\(files)) f JOIN (\(folders)) t USING (table_id)
      """)
    let leaving = try await reader.query(
      """
      SELECT CASE WHEN CAST(path_is_relative AS BOOLEAN) THEN '\(lake.dataPath)' || path ELSE path END
      FROM \(lake.metadata("ducklake_files_scheduled_for_deletion"))
      """)
    return (Set(required.compactMap { $0[0] }), Set(leaving.compactMap { $0[0] }))
  }

  private static func presentFiles(_ reader: FaultWorker, _ lake: LakeAddress) async throws -> Set<String> {
    Set(try await reader.query("SELECT file FROM glob('\(lake.dataPath)**')").compactMap { $0[0] })
  }
}
