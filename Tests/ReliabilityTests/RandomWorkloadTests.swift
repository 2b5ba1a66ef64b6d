import DuckDB
import Foundation
import Lake
import LakeSettings
import TestKit
import Testing

/// Several writers, changes of the schema and maintenance, all at random: the lake must be what a model in memory says,
/// now and at earlier snapshots.
@Suite struct RandomWorkloadTests {
  @Test("a random workload", arguments: TestLakes.Kind.catalogs)
  func randomWorkload(kind: TestLakes.Kind) async throws {
    try await run(kind, Workload.Maintenance.allCases, past: false)
  }

  @Test("a random workload, and earlier snapshots", arguments: TestLakes.Kind.catalogs)
  func history(kind: TestLakes.Kind) async throws {
    try await run(kind, Workload.Maintenance.allCases.filter { $0 != .rewrite }, past: true)
  }

  /// After `ducklake_rewrite_data_files` alone DuckLake's statistics of a table no longer hold for its earlier snapshots, and
  /// queries of them give wrong rows.
  @Test(
    "a random workload, and earlier snapshots after rewrites", arguments: TestLakes.Kind.catalogs)
  func historyAfterRewrites(kind: TestLakes.Kind) async throws {
    try await run(kind, Workload.Maintenance.allCases, past: true)
  }

  private func run(_ kind: TestLakes.Kind, _ maintenance: [Workload.Maintenance], past: Bool) async throws {
    let folder = try TemporaryFolder("workload")
    let configuration = try await TestLakes.configuration(kind, in: folder)
    var run = WorkloadRun(
      random: FaultRun.random("workload \(kind)"), maintenance: maintenance, looksBack: past)
    // The lake is opened anew now and then, as by the next process.
    while run.operations < FaultRun.operations, run.problem == nil {
      try await TestLakes.withEngine([configuration]) { engine in
        try await run.go(on: try await engine.lake(), until: min(run.operations + 120, FaultRun.operations))
      }
    }
    #expect(run.problem == nil, "at operation \(run.operations). \(FaultRun.again)")
  }
}

/// A workload, the model that it is checked against, and how far it is.
struct WorkloadRun {
  private(set) var operations = 0
  /// What went wrong first.
  private(set) var problem: String?

  private var workload: Workload
  private var model = LakeModel()
  private var history: [(snapshot: Int64, model: LakeModel)] = []
  private var random: SeededNumbers

  private let looksBack: Bool

  /// - Parameters:
  ///   - random: what all choices follow from.
  ///   - maintenance: the tasks that may run beside the writers.
  ///   - looksBack: whether earlier snapshots are checked, too.
  init(random: SeededNumbers, maintenance: [Workload.Maintenance], looksBack: Bool) {
    workload = Workload(random: random, maintenance: maintenance)
    self.random = random
    self.looksBack = looksBack
  }

  /// Runs until so many operations have been done, or one went wrong.
  mutating func go(on lake: Lake, until limit: Int) async throws {
    while operations < limit, problem == nil {
      let round = workload.next(model)
      do { try await carryOut(round, on: lake) } catch {
        problem = "\(error) in \(Self.describe(round, model))"
        return
      }
      if random.chance(20) { try await checkPresent(lake) }
      if problem == nil, random.chance(10) { try await remember(lake) }
      if problem == nil, random.chance(5) { try await checkPast(lake) }
    }
    if problem == nil { try await checkPresent(lake) }
    if problem == nil { try await checkPast(lake) }
  }

  // MARK: Carrying out

  private mutating func carryOut(_ round: Workload.Round, on lake: Lake) async throws {
    switch round {
    case .schema(let change):
      let statement = change.sql(model)
      try await lake.execute("\(raw: statement)")
      model.apply(change)
      operations += 1
    case .writers(let transactions, let maintenance):
      let before = model
      let expired = maintenance == .expire ? try await snapshotsToExpire(lake) : []
      try await withThrowingTaskGroup(of: Void.self) { group in
        for transaction in transactions {
          group.addTask { try await Self.run(transaction, before, lake) }
        }
        if let maintenance { group.addTask { try await Self.maintain(lake, maintenance, expiring: expired) } }
        try await group.waitForAll()
      }
      for transaction in transactions where !transaction.isGivenUp {
        for change in transaction.changes { model.apply(change) }
      }
      if maintenance != nil { operations += 1 }
      operations += transactions.count
      history.removeAll { expired.contains($0.snapshot) }
      guard let maintenance else { return }
      for past in history where looksBack && problem == nil { try await check(past, lake) }
      if let problem { self.problem = "after \(maintenance): \(problem)" }
    }
  }

  private struct GivenUp: Error {}

  private static func run(_ transaction: Workload.Transaction, _ model: LakeModel, _ lake: Lake) async throws
  {
    // What other writers change meanwhile are other keys, so the statements are the same.
    var own = model
    var statements: [String] = []
    for change in transaction.changes {
      statements.append(change.sql(own))
      own.apply(change)
    }
    let texts = statements
    do {
      try await lake.transaction { lake in
        for text in texts { try await lake.execute("\(raw: text)") }
        if transaction.isGivenUp { throw GivenUp() }
      }
    } catch is GivenUp {}
  }

  // MARK: Maintenance

  /// All snapshots before the oldest that is still to be looked at; the present one is never expired.
  private mutating func snapshotsToExpire(_ lake: Lake) async throws -> Set<Int64> {
    if history.count > 2 { history.removeFirst(history.count - 2) }
    guard let oldest = history.first?.snapshot else { return [] }
    return Set(try await lake.snapshots(limit: 100_000).map(\.id).filter { $0 < oldest })
  }

  private static func maintain(
    _ lake: Lake, _ maintenance: Workload.Maintenance, expiring snapshots: Set<Int64>
  ) async throws {
    let tasks: Set<MaintenanceTask>
    switch maintenance {
    case .flush: tasks = [.flush]
    case .merge: tasks = [.merge]
    // DuckLake cannot rewrite a table that has rows in the catalog from before a column was added
    // ("Failed to read inlined-data aggregates"), so those are flushed first.
    case .rewrite: tasks = [.flush, .rewrite]
    case .cleanUp: tasks = [.clean]
    case .expire:
      guard !snapshots.isEmpty else { return }
      let list = snapshots.sorted().map(String.init).joined(separator: ", ")
      return try await lake.runTrusted("CALL ducklake_expire_snapshots('dl', versions => [\(list)])")
    }
    // Whatever can be done is due.
    let parts = MaintenancePolicy.TableParts(
      flush: .init(rows: 1, age: .zero), merge: .init(files: 2, below: 1_000_000_000),
      rewrite: .init(deleted: 0.3))
    let policy = MaintenancePolicy(standard: parts, expire: nil, clean: .init(age: .zero))
    for outcome in try await LakeMaintenance(of: lake, policy: policy).run(.init(tasks: tasks))
    where outcome.result == .failed {
      throw TestFailure("maintenance failed: \(outcome.note ?? "")")
    }
  }

  // MARK: Checks

  private mutating func checkPresent(_ lake: Lake) async throws {
    let names = Set(try await lake.tables().map(\.name))
    guard names == Set(model.tables.keys) else {
      problem = "the lake has tables \(names.sorted()), and should have \(model.tables.keys.sorted())"
      return
    }
    for (name, table) in model.tables.sorted(by: { $0.key < $1.key }) where problem == nil {
      try await check(name, table, lake, "")
    }
  }

  private mutating func remember(_ lake: Lake) async throws {
    history.append((try await lake.currentSnapshot(), model))
  }

  private mutating func checkPast(_ lake: Lake) async throws {
    guard looksBack, let past = history.randomElement(using: &random) else { return }
    try await check(past, lake)
  }

  private mutating func check(_ past: (snapshot: Int64, model: LakeModel), _ lake: Lake) async throws {
    for (name, table) in past.model.tables.sorted(by: { $0.key < $1.key }) where problem == nil {
      try await check(name, table, lake, " AT (VERSION => \(past.snapshot))")
    }
  }

  private mutating func check(_ name: String, _ table: LakeModel.Table, _ lake: Lake, _ version: String)
    async throws
  {
    let columns = (["k"] + table.columns.map { "CAST(\($0.name) AS VARCHAR)" }).joined(separator: ", ")
    let found: QueryResult
    do {
      found = try await lake.query("SELECT \(raw: columns) FROM \(raw: name + version) ORDER BY k").result()
    } catch {
      problem = "\(name)\(version) cannot be read: \(error)"
      return
    }
    let rows = found.rows.map { row in
      row.values.map { $0.isNull ? nil : $0.intValue.map(String.init) ?? $0.stringValue }
    }
    let expected = table.rows.sorted { $0.key < $1.key }.map { [String($0.key)] + $0.value }
    guard rows != expected else { return }
    let place = zip(rows, expected).enumerated().first { $0.element.0 != $0.element.1 }
    problem =
      "\(name)\(version) has \(rows.count) rows, and should have \(expected.count); "
      + "the first that differs is \(place.map { "\($0.element.0), and should be \($0.element.1)" } ?? "at the end")"
  }

  private static func describe(_ round: Workload.Round, _ model: LakeModel) -> String {
    switch round {
    case .schema(let change): return change.sql(model)
    case .writers(let transactions, let maintenance):
      let beside = maintenance.map { " beside \($0)" } ?? ""
      return transactions.map {
        "[" + $0.changes.map { String($0.sql(model).prefix(90)) }.joined(separator: "; ") + "]"
      }
      .joined(separator: " | ") + beside
    }
  }
}
