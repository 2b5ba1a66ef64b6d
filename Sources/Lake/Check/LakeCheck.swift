import DuckDB
import Foundation
import LakeSettings
import SQLText

extension Lake {
  /// Looks for damage: in the catalog, and between the catalog and the files. Changes nothing.
  ///
  /// The catalog is copied as it stands at one moment, into a file among the temporary ones, and checked there; then
  /// files are listed and their footers read, several at a time. Writers go on meanwhile (on a SQLite catalog they wait
  /// while it is copied). What seems to be missing is looked for a second time, in the files and in the catalog as it
  /// then is, so that a commit or a clean-up in between is not taken for damage.
  ///
  /// - Parameters:
  ///   - options: how deep, and how much is reported.
  ///   - progress: told how far it is; called from several tasks, one at a time.
  /// - Returns: what was found, the worst first.
  /// - Throws: ``LakeError`` when the lake or its storage cannot be reached.
  public func check(
    _ options: CheckOptions = CheckOptions(), progress: (@Sendable (CheckProgress) -> Void)? = nil
  ) async throws -> CheckReport {
    let folder = NSTemporaryDirectory() + "/tarn-check-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      let store = try await CatalogStore.create(at: folder + "/catalog.duckdb")
      do {
        let report = try await LakeCheck(lake: self, store: store, options: options, progress: progress).run()
        try await store.close()
        return report
      } catch {
        try? await store.close()
        throw error
      }
    } catch let error as DuckDBError { throw LakeError(query: error) }
  }
}

/// One check of a lake, in a working copy of its catalog.
struct LakeCheck: Sendable {
  let lake: Lake
  let store: CatalogStore
  let options: CheckOptions
  let progress: (@Sendable (CheckProgress) -> Void)?

  func run() async throws -> CheckReport {
    let found = try await CatalogCopy(lake: lake, store: store).run()
    let variable = "SET VARIABLE data_path = \(SQLLiteral.string(lake.configuration.storage.dataPath))"
    try await store.connection.command(variable)
    for statement in CheckTables.statements(dataPath: lake.configuration.storage.dataPath) {
      try await store.connection.command(statement)
    }
    try await countInlined(found)

    var findings = Findings(limit: options.limitPerKind)
    for rule in catalogRules(found) { try await apply(rule, to: &findings) }
    try await StorageListing(lake: lake, store: store).fill()
    try await FooterReading(lake: lake, store: store, deep: options.deep).fill(progress)
    try await lookAgain()
    for rule in try await storageRules() { try await apply(rule, to: &findings) }
    if options.deep {
      for finding in try await DeepReading(lake: lake, store: store).findings() { findings.add(finding) }
    }
    let facts = try await store.connection.ask(
      """
      SELECT (SELECT snapshot_id FROM newest), count(*) FILTER (seen), coalesce(sum(bytes) FILTER (seen), 0)::BIGINT
      FROM check_file
      """)[0]
    return CheckReport(
      lake: lake.name.text, snapshot: facts[0].integer ?? 0, files: Int(facts[1].integer ?? 0),
      bytes: facts[2].integer ?? 0, deep: options.deep, findings: findings.sorted, omitted: findings.omitted)
  }

  private func countInlined(_ found: CatalogCopy.Found) async throws {
    for name in found.inlinedRows.sorted() {
      guard case .inlinedRows(let table, let version) = CatalogTables.kind(of: name) else { continue }
      try await store.connection.command(CheckTables.countInlined(name, table: table, version: version))
    }
    for name in found.inlinedDeletes.sorted() {
      guard case .inlinedDeletes(let table) = CatalogTables.kind(of: name) else { continue }
      try await store.connection.command(CheckTables.countInlinedDeletes(name, table: table))
    }
  }

  private func catalogRules(_ found: CatalogCopy.Found) -> [CheckRule] {
    CatalogRules.versioned.map { CatalogRules.dangling($0.table, hasEnd: $0.hasEnd) }
      + found.inlinedRows.sorted().map { CatalogRules.dangling($0, hasEnd: true) }
      + found.inlinedDeletes.sorted().map { CatalogRules.dangling($0, hasEnd: false) }
      + CatalogRules.all
  }

  private func storageRules() async throws -> [CheckRule] {
    let types = try await StatisticsRules.types(in: store)
    return StorageRules.files + [StorageRules.unreachable, StorageRules.untracked] + StorageRules.footers
      + types.compactMap(StatisticsRules.bounds) + [StatisticsRules.nulls]
      + types.compactMap(StatisticsRules.tableBounds) + StatisticsRules.tables
  }

  private func apply(_ rule: CheckRule, to findings: inout Findings) async throws {
    let stream = try await store.connection.stream(rule.sql, parameters: .none)
    for try await chunk in stream {
      for row in chunk.rows { findings.add(rule.finding(row)) }
    }
  }

  // MARK: The second look

  /// Files that seemed to be missing, of another size, damaged or untracked are looked at again: first on the storage,
  /// then in the catalog. One that the later catalog still names was named all the time.
  private func lookAgain() async throws {
    let connection = store.connection
    try await connection.command(
      """
      CREATE TABLE check_suspect AS
      SELECT DISTINCT f.path FROM check_file f LEFT JOIN check_listing l USING (path)
      WHERE f.seen AND f.path IS NOT NULL AND (l.path IS NULL OR l.bytes != f.bytes)
      UNION SELECT path FROM check_unreadable
      """)
    let age = Int64(options.untrackedAge.components.seconds) * 1_000_000
    let now = Int64((Date().timeIntervalSince1970 * 1e6).rounded())
    let place = SQLLiteral.string(lake.configuration.storage.dataPath)
    try await connection.command(
      """
      INSERT INTO check_untracked SELECT path, bytes FROM check_listing
      WHERE starts_with(path, \(place)) AND modified_us <= \(now - age)
        AND path NOT IN (SELECT path FROM check_file WHERE path IS NOT NULL)
        AND path NOT IN (
          SELECT CASE WHEN path_is_relative THEN \(place) || path ELSE path END
          FROM ducklake_files_scheduled_for_deletion)
      """)
    let suspects = try await connection.ask("SELECT count(*) FROM check_suspect").scalar()?.integer ?? 0
    let untracked = try await connection.ask("SELECT count(*) FROM check_untracked").scalar()?.integer ?? 0
    guard suspects > 0 || untracked > 0 else { return }
    if suspects > 0 { try await StorageListing(lake: lake, store: store).fill() }
    try await readNames()
    if suspects > 0 { try await confirmSuspects() }
    // The last part of a path is enough to know a file that was registered in between.
    try await connection.command(
      """
      DELETE FROM check_untracked
      WHERE parse_filename(path) IN (SELECT parse_filename(path) FROM check_named)
      """)
  }

  private func confirmSuspects() async throws {
    let connection = store.connection
    try await connection.command(
      """
      CREATE TABLE check_confirmed AS
      SELECT DISTINCT f.path, f.bytes, l.bytes AS found, l.path IS NULL AS missing
      FROM check_suspect s JOIN check_file f USING (path) JOIN check_named n ON n.kind = f.kind AND n.id = f.id
      LEFT JOIN check_listing l ON l.path = f.path
      """)
    // A file out of reach of a listing is neither here nor there.
    if case .s3 = lake.configuration.storage {
      let place = SQLLiteral.string(lake.configuration.storage.dataPath)
      let outside = "path IN (SELECT path FROM check_confirmed WHERE NOT starts_with(path, \(place)))"
      try await connection.command(
        "INSERT INTO check_unreachable SELECT path FROM check_confirmed WHERE \(outside)")
      try await connection.command("DELETE FROM check_confirmed WHERE \(outside)")
    }
    for statement in [
      "INSERT INTO check_missing SELECT DISTINCT path FROM check_confirmed WHERE missing",
      "INSERT INTO check_resized SELECT DISTINCT path, found FROM check_confirmed WHERE found != bytes",
      "DELETE FROM check_unreadable WHERE path NOT IN (SELECT path FROM check_confirmed WHERE found = bytes)",
    ] { try await connection.command(statement) }
  }

  /// The files that the catalog names by now.
  private func readNames() async throws {
    try await store.connection.command("CREATE TABLE check_named (kind VARCHAR, id BIGINT, path VARCHAR)")
    let appender = try await store.connection.appender(to: "check_named", catalog: CatalogStore.alias)
    let sql = """
      SELECT 'data', data_file_id, path FROM \(lake.metadata("ducklake_data_file"))
      UNION ALL SELECT 'delete', delete_file_id, path FROM \(lake.metadata("ducklake_delete_file"))
      UNION ALL SELECT 'scheduled', data_file_id, path
        FROM \(lake.metadata("ducklake_files_scheduled_for_deletion"))
      """
    try await lake.withCatalogAtRest { source in
      let stream = try await source.stream(sql, parameters: .none)
      for try await chunk in stream { try await appender.append(chunk) }
    }
    try await appender.close()
  }
}

/// Findings as they come, with a limit for each kind.
struct Findings: Sendable {
  let limit: Int
  private var all: [CheckFinding] = []
  private var counts: [CheckFinding.Kind: Int] = [:]

  init(limit: Int) { self.limit = limit }

  mutating func add(_ finding: CheckFinding) {
    counts[finding.kind, default: 0] += 1
    if counts[finding.kind, default: 0] <= limit { all.append(finding) }
  }

  /// The worst first, otherwise in the order of the rules.
  var sorted: [CheckFinding] {
    CheckFinding.Severity.allCases.flatMap { severity in all.filter { $0.severity == severity } }
  }

  var omitted: [String: Int] {
    let over = counts.filter { $0.value > limit }.map { ($0.key.rawValue, $0.value - limit) }
    return Dictionary(over, uniquingKeysWith: { first, _ in first })
  }
}
