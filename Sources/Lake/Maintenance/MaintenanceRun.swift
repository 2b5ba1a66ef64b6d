import Foundation
import LakeSettings

/// One run of a lake's maintenance: task after task, table after table.
struct MaintenanceRun: Sendable {
  let lake: Lake
  let policy: MaintenancePolicy
  let session: EngineSession
  let now: @Sendable () -> Date
  let progress: @Sendable (MaintenanceOutcome) -> Void
  private let id = UUID().uuidString.lowercased()

  init(
    lake: Lake, policy: MaintenancePolicy, session: EngineSession, now: @escaping @Sendable () -> Date,
    progress: @escaping @Sendable (MaintenanceOutcome) -> Void
  ) {
    self.lake = lake
    self.policy = policy
    self.session = session
    self.now = now
    self.progress = progress
  }

  /// The order matters: flushing makes small files and files with deletes, rewriting makes small files, and merging lists
  /// files to be removed.
  func all(
    _ scope: LakeMaintenance.Scope, _ tables: [Int64: MaintainedTable]
  ) async throws -> [MaintenanceOutcome] {
    var outcomes: [MaintenanceOutcome] = []
    if scope.includes(.merge) { try await lake.restoreTargetSizes(session) }
    for task in MaintenanceTask.allCases where scope.includes(task) {
      let done = try await perform(task, tables)
      try await lake.note(done.filter { $0.didSomething || $0.result != .done }, run: id, now: now())
      outcomes += done
      try Task.checkCancellation()
    }
    return outcomes
  }

  private func perform(
    _ task: MaintenanceTask, _ tables: [Int64: MaintainedTable]
  ) async throws -> [MaintenanceOutcome] {
    switch task {
    case .index:
      return try await measured(task, nil) { try await lake.makeIndexes(session) }
    case .flush:
      return try await each(
        task, plan: { try await lake.flushSteps(tables, policy, now: now()) },
        work: { try await lake.flush($0, session) })
    case .rewrite:
      return try await each(
        task, plan: { try await lake.rewriteSteps(tables, policy) },
        work: { try await lake.rewrite($0, policy, session) })
    case .merge:
      return try await each(
        task, plan: { try await lake.mergeSteps(tables, policy) },
        work: { try await lake.merge($0, policy, session) })
    case .expire:
      return try await measured(task, nil) {
        let (ids, step) = try await lake.expirable(policy, now: now())
        guard let step else { return MaintenanceOutcome(.expire) }
        guard !step.isSkipped else { return MaintenanceOutcome(skipping: step) }
        return try await lake.expire(ids, step, policy, session)
      }
    case .clean:
      return try await measured(task, nil) { try await lake.clean(policy, session, now: now()) }
    case .orphans:
      return try await measured(task, nil) { try await lake.removeOrphans(policy, now: now()) }
    }
  }

  /// A task that works on single tables.
  private func each(
    _ task: MaintenanceTask,
    plan: () async throws -> [(table: MaintainedTable, step: MaintenanceStep)],
    work: (MaintainedTable) async throws -> MaintenanceOutcome
  ) async throws -> [MaintenanceOutcome] {
    let steps: [(table: MaintainedTable, step: MaintenanceStep)]
    do { steps = try await plan() } catch {
      return try await measured(task, nil) { throw error }
    }
    var outcomes: [MaintenanceOutcome] = []
    for (table, step) in steps {
      if step.isSkipped {
        let outcome = MaintenanceOutcome(skipping: step)
        progress(outcome)
        outcomes.append(outcome)
      } else {
        outcomes += try await measured(task, table.title) { try await work(table) }
      }
    }
    return outcomes
  }

  /// Runs one piece and tells how it ended. Only what ends the whole run is thrown.
  private func measured(
    _ task: MaintenanceTask, _ table: String?, _ work: () async throws -> MaintenanceOutcome
  ) async throws -> [MaintenanceOutcome] {
    try Task.checkCancellation()
    let clock = ContinuousClock()
    let start = clock.now
    var outcome: MaintenanceOutcome
    do {
      outcome = try await work()
    } catch let error as CancellationError {
      throw error
    } catch let error as LakeError where error.code == .engine || !lake.engine.isUsable {
      throw LakeError(
        .engine,
        "maintenance stopped at \(task.rawValue)\(table.map { " of \($0)" } ?? ""): \(error.message)",
        hint: error.hint)
    } catch {
      outcome = MaintenanceOutcome(task, table: table, result: .failed, note: String(describing: error))
    }
    outcome.seconds = (clock.now - start).inSeconds
    guard outcome.didSomething || outcome.result != .done || outcome.note != nil else { return [] }
    progress(outcome)
    return [outcome]
  }
}
