import DuckDB
public import Foundation
public import LakeSettings

/// The maintenance of one lake, for a program that does it once or a process that does it for ever.
///
/// ```swift
/// let maintenance = LakeMaintenance(of: lake)
/// try await maintenance.runIfDue()       // cheap when nothing has changed
/// ```
///
/// Each piece of work takes the lake's turn for a short while and gives it back, so writers go on in between. Nothing is
/// remembered between pieces but in the lake itself: a run that was killed is gone on with by the next one. Safe to use
/// from any task; runs of one instance follow one another.
public actor LakeMaintenance {
  private let lake: Lake
  private let policy: MaintenancePolicy
  private let now: @Sendable () -> Date
  private let order = TurnQueue()
  /// What was seen when last nothing was due.
  private var quiet: (snapshot: Int64, time: Date)?
  private var lastOrphans: Date?

  /// - Parameters:
  ///   - lake: which one.
  ///   - policy: what to do; nil for the lake's own.
  ///   - now: the clock, for tests.
  public init(
    of lake: Lake, policy: MaintenancePolicy? = nil, now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.lake = lake
    self.policy = policy ?? lake.configuration.maintenance
    self.now = now
  }

  /// Which part of the work is meant.
  public struct Scope: Sendable, Hashable {
    /// The tasks to do; nil for all.
    public var tasks: Set<MaintenanceTask>?
    /// One table, and only what is done to tables; nil for the whole lake.
    public var table: (schema: String, name: String)? {
      get { tableName.map { ($0[0], $0[1]) } }
      set { tableName = newValue.map { [$0.schema, $0.name] } }
    }
    private var tableName: [String]?

    public init(tasks: Set<MaintenanceTask>? = nil, table: (schema: String, name: String)? = nil) {
      self.tasks = tasks
      self.table = table
    }

    /// The whole lake, all tasks.
    public static let everything = Scope()

    func includes(_ task: MaintenanceTask) -> Bool {
      let isOfTable = [.flush, .rewrite, .merge].contains(task)
      return tasks?.contains(task) != false && (tableName == nil || isOfTable)
    }
  }

  // MARK: Plan

  /// What a run would do now. Changes nothing.
  ///
  /// What one task leaves for the next, such as files that come of flushing, is not foreseen.
  /// - Throws: ``LakeError``, with code `not_found` when the scope's table does not exist.
  public func plan(_ scope: Scope = .everything) async throws -> [MaintenanceStep] {
    let tables = try await tables(scope)
    var steps: [MaintenanceStep] = []
    if scope.includes(.index) {
      let missing = try await lake.missingIndexes().count
      if missing > 0 { steps.append(MaintenanceStep(.index, note: "\(missing) indexes on the catalog")) }
    }
    if scope.includes(.flush) { steps += try await lake.flushSteps(tables, policy, now: now()).map(\.step) }
    if scope.includes(.rewrite) { steps += try await lake.rewriteSteps(tables, policy).map(\.step) }
    if scope.includes(.merge) { steps += try await lake.mergeSteps(tables, policy).map(\.step) }
    if scope.includes(.expire), let step = try await lake.expirable(policy, now: now()).step {
      steps.append(step)
    }
    if scope.includes(.clean), let step = try await lake.cleanStep(policy, now: now()) { steps.append(step) }
    if scope.includes(.orphans), let step = try await lake.orphanStep(policy, now: now()) {
      steps.append(step)
    }
    return steps
  }

  // MARK: Runs

  /// Does what is due.
  ///
  /// A piece that fails does not stop the others: its outcome says why. What was done is noted in the lake's history.
  ///
  /// - Parameters:
  ///   - scope: which part of the work.
  ///   - progress: told of each piece that is done, skipped or has failed.
  /// - Throws: ``LakeError`` when the lake cannot be used at all; `CancellationError` when the task is cancelled, and what
  ///   was done until then is done.
  @discardableResult
  public func run(
    _ scope: Scope = .everything, progress: @escaping @Sendable (MaintenanceOutcome) -> Void = { _ in }
  ) async throws -> [MaintenanceOutcome] {
    try await order.acquire()
    do {
      let outcomes = try await runInOrder(scope, progress)
      await order.release()
      return outcomes
    } catch {
      await order.release()
      throw error
    }
  }

  /// Does what is due, for a long-lived process to call every now and then (``LakeSettings/MaintenancePolicy/every``).
  ///
  /// When nothing was committed since it last found nothing to do, it looks at one number, except once an hour: snapshots and
  /// files grow old without a commit. Orphans are looked for once a day, as the policy says.
  ///
  /// - Returns: what was done; empty when nothing was due.
  /// - Throws: as ``run(_:progress:)``.
  public func runIfDue(
    progress: @escaping @Sendable (MaintenanceOutcome) -> Void = { _ in }
  ) async throws -> [MaintenanceOutcome] {
    let snapshot = try await newestSnapshot()
    if let quiet, quiet.snapshot == snapshot, now().timeIntervalSince(quiet.time) < Self.agingTime {
      return []
    }
    var tasks = Set(MaintenanceTask.allCases)
    if try await !orphansAreDue() { tasks.remove(.orphans) }
    let outcomes = try await run(Scope(tasks: tasks), progress: progress)
    if tasks.contains(.orphans) { lastOrphans = now() }
    if !outcomes.contains(where: \.didSomething) { quiet = (snapshot, now()) }
    return outcomes
  }

  private static let agingTime: TimeInterval = 3600

  private func newestSnapshot() async throws -> Int64 {
    let result = try await lake.readCatalog { "SELECT max(snapshot_id) AS n FROM \($0("ducklake_snapshot"))" }
    return result.scalar()?.integer ?? 0
  }

  private func orphansAreDue() async throws -> Bool {
    guard let every = policy.orphans?.every else { return false }
    if lastOrphans == nil {
      lastOrphans = try await lake.maintenanceHistory(limit: 1, task: .orphans).first?.ended
    }
    return lastOrphans.map { now().timeIntervalSince($0) >= every.inSeconds } ?? true
  }

  private func tables(_ scope: Scope) async throws -> [Int64: MaintainedTable] {
    // DuckLake cannot merge a branch's own files with those that it shares.
    let all = lake.name.isBranch ? [:] : try await lake.maintainedTables()
    guard let wanted = scope.table else { return all }
    let found = all.filter {
      $0.value.schema.lowercased() == wanted.schema.lowercased()
        && $0.value.name.lowercased() == wanted.name.lowercased()
    }
    if found.isEmpty { _ = try await lake.files(of: wanted.name, schema: wanted.schema) }
    return found
  }

  private func runInOrder(
    _ scope: Scope, _ progress: @escaping @Sendable (MaintenanceOutcome) -> Void
  ) async throws -> [MaintenanceOutcome] {
    let tables = try await tables(scope)
    let session = try await lake.engine.session(current: lake.name)
    await session.setTimeout(nil)
    let run = MaintenanceRun(lake: lake, policy: policy, session: session, now: now, progress: progress)
    let outcome: Result<[MaintenanceOutcome], any Error>
    do { outcome = .success(try await run.all(scope, tables)) } catch { outcome = .failure(error) }
    await session.close()
    return try outcome.get()
  }
}
