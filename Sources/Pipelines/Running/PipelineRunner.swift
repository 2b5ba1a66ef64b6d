import Flows
import Foundation
public import Lake
import Runtimes
import Scripts

/// Runs a pipeline's steps in parallel where the plan allows it, and skips what has not changed.
public struct PipelineRunner: Sendable {
  /// How a pipeline is run.
  public struct Options: Sendable {
    /// Steps at once.
    public var jobs: Int
    /// Runs every step, changed or not.
    public var force: Bool
    /// Who stands as author of the snapshots.
    public var author: String

    /// One step for each two cores: DuckDB runs each statement on all cores by itself, so more steps at once get in
    /// each other's way. On two cores TPC-DS at scale 1 took 18.9 s with one step at a time, 20.7 s with four.
    public static let standardJobs = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)

    public init(jobs: Int = Self.standardJobs, force: Bool = false, author: String = "tarn") {
      self.jobs = jobs
      self.force = force
      self.author = author
    }
  }

  private let pipeline: Pipeline
  private let engine: Engine
  private let options: Options

  public init(_ pipeline: Pipeline, engine: Engine, options: Options = Options()) {
    self.pipeline = pipeline
    self.engine = engine
    self.options = options
  }

  /// Runs the pipeline.
  ///
  /// When the task is cancelled, the steps that run are rolled back, and what is committed stays.
  ///
  /// - Parameter report: told of everything that happens, one event at a time.
  /// - Returns: how it ended; failures of steps are in it, not thrown.
  public func run(_ report: @escaping @Sendable (PipelineEvent) -> Void) async -> PipelineOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    var run = Run(schedule: PipelineSchedule(plan: pipeline.plan), records: pipeline.records, report: report)
    report(.planned(pipeline.plan))

    await withTaskGroup(of: StepEnd.self) { group in
      var actions = run.schedule.start(limit: options.jobs)
      var isCancelled = false
      while true {
        for action in actions {
          switch action {
          case .run(let id):
            let record = run.records[id]
            group.addTask { await end(of: id, record: record, report: report) }
          case .skip(let id, let reason):
            run.skip(id, reason)
          case .finish(let outcome):
            run.ending = outcome
          }
        }
        guard let end = await group.next() else { break }
        actions = run.note(end)
        if Task.isCancelled, !isCancelled {
          isCancelled = true
          actions += run.schedule.cancel()
        }
      }
    }
    return run.outcome(duration: clock.now - start)
  }

  /// Decides whether a step has to run, and runs it.
  private func end(
    of id: PipelineStep.ID, record: StepFingerprint?, report: @Sendable (PipelineEvent) -> Void
  ) async -> StepEnd {
    let clock = ContinuousClock()
    let start = clock.now
    guard let step = pipeline.plan[id], let script = pipeline.scripts[id] else {
      return StepEnd(id: id, ending: .interrupted)
    }
    do {
      let now = await fingerprint(of: step, script, record: record)
      if StepFingerprint.decide(record: record, now: now, isForced: options.force) == .upToDate {
        return StepEnd(id: id, ending: .upToDate)
      }
      report(.started(id))
      let commit = try await StepExecutor(
        engine: engine, script: script, reportFolder: pipeline.baseFolder, author: options.author
      ).run()
      if let snapshot = commit.snapshot { await pipeline.versions.commit(step.writes, in: snapshot) }
      let success = StepFingerprint.afterSuccess(
        now, outputs: await versions(of: step.writes, record?.outputs))
      let result = StepResult(
        rows: commit.rows, tests: script.testsBefore.count + script.testsAfter.count,
        duration: clock.now - start, files: commit.files)
      return StepEnd(id: id, ending: .succeeded(result, success))
    } catch is CancellationError {
      return StepEnd(id: id, ending: .interrupted)
    } catch {
      let details = (error as? DataTestError)?.details ?? []
      return StepEnd(
        id: id,
        ending: .failed(
          StepFailure(message: String(describing: error), details: details, duration: clock.now - start)))
    }
  }

  private func fingerprint(
    of step: PipelineStep, _ script: LoadedScript, record: StepFingerprint?
  ) async -> StepFingerprint {
    StepFingerprint(
      script: script.hash, arguments: script.argumentsHash,
      inputs: await versions(of: step.reads, record?.inputs),
      outputs: await versions(of: step.writes, record?.outputs))
  }

  private func versions(of assets: [Asset], _ recorded: [String: String]?) async -> [Asset: String?] {
    var versions: [Asset: String?] = [:]
    for asset in assets {
      versions[asset] = await pipeline.versions.version(of: asset, recorded: recorded?[asset.description])
    }
    return versions
  }
}

/// How one step ended.
private struct StepEnd: Sendable {
  enum Ending: Sendable {
    case upToDate
    case succeeded(StepResult, StepFingerprint)
    case failed(StepFailure)
    case interrupted
  }
  let id: PipelineStep.ID
  let ending: Ending
}

/// The state of a run: the schedule, and what has come of each step.
private struct Run {
  var schedule: PipelineSchedule
  var records: PipelineRecords
  let report: @Sendable (PipelineEvent) -> Void
  var ending: PipelineSchedule.Outcome = .cancelled(failed: [])
  private var finished: [PipelineStep.ID: StepResult] = [:]
  private var upToDate: [PipelineStep.ID] = []
  private var failed: [PipelineStep.ID: StepFailure] = [:]
  private var blocked: [PipelineStep.ID] = []

  init(
    schedule: PipelineSchedule, records: PipelineRecords, report: @escaping @Sendable (PipelineEvent) -> Void
  ) {
    self.schedule = schedule
    self.records = records
    self.report = report
  }

  mutating func note(_ end: StepEnd) -> [PipelineSchedule.Action] {
    switch end.ending {
    case .upToDate:
      upToDate.append(end.id)
      report(.skipped(end.id))
      return schedule.skipped(end.id)
    case .succeeded(let result, let fingerprint):
      do { try records.record(fingerprint, for: end.id) } catch {
        return fail(
          end.id, StepFailure(message: String(describing: error), details: [], duration: result.duration))
      }
      finished[end.id] = result
      report(.finished(end.id, result))
      return schedule.finished(end.id)
    case .failed(let failure):
      return fail(end.id, failure)
    case .interrupted:
      report(.interrupted(end.id))
      return schedule.interrupted(end.id)
    }
  }

  private mutating func fail(_ id: PipelineStep.ID, _ failure: StepFailure) -> [PipelineSchedule.Action] {
    failed[id] = failure
    report(.failed(id, failure))
    return schedule.failed(id, message: failure.message)
  }

  mutating func skip(_ id: PipelineStep.ID, _ reason: PipelineSchedule.SkipReason) {
    guard case .blocked(let cause) = reason else { return }
    blocked.append(id)
    report(.blocked(id, by: cause))
  }

  func outcome(duration: Duration) -> PipelineOutcome {
    let ended: PipelineOutcome.Ending =
      switch ending {
      case .succeeded: .done
      case .failed: .failed
      case .cancelled: .cancelled
      }
    return PipelineOutcome(
      ending: ended, finished: finished, skipped: upToDate, failed: failed, blocked: blocked,
      duration: duration)
  }
}
