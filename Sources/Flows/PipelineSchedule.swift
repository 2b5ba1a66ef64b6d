/// The run of a plan as a state machine without I/O: events come in, actions go out.
///
/// ```
/// waiting ── run ──▶ running ── finished ──▶ succeeded
///    │                  ├────── skipped ───▶ upToDate
///    │                  ├────── failed ────▶ failed ──▶ what waits for it: blocked
///    │                  └────── interrupted ▶ interrupted
///    └── a step before it failed ▶ blocked; cancel ▶ cancelled
/// ```
/// A step that failed stops nothing but what waits for it: independent steps go on. `cancel()` starts nothing
/// more; what runs is ended by the caller, who reports how.
///
/// An event that does not fit a step's state (a step that does not run finishes) changes nothing and gives no
/// action, so that late reports after a cancellation do no harm.
public struct PipelineSchedule: Sendable, Hashable {
  /// Where a step stands.
  public enum StepState: Sendable, Hashable {
    /// Waits for other steps, or for a free place.
    case waiting
    /// Was started.
    case running
    /// Ran to its end.
    case succeeded
    /// Was found unchanged since its last success when its turn came.
    case upToDate
    /// Failed, with the message.
    case failed(String)
    /// Never started, since this step failed.
    case blocked(by: PipelineStep.ID)
    /// Never started, since the run was cancelled.
    case cancelled
    /// Was ended before its end.
    case interrupted

    /// Whether steps that wait for this one may start.
    public var isDone: Bool { self == .succeeded || self == .upToDate }
  }

  /// Why a step is not run.
  public enum SkipReason: Sendable, Hashable {
    /// A step that it waits for, directly or not, failed.
    case blocked(by: PipelineStep.ID)
    /// The run was cancelled.
    case cancelled
  }

  /// How a run ended.
  public enum Outcome: Sendable, Hashable {
    /// Every step succeeded or was up to date.
    case succeeded
    /// These steps failed, in the plan's order.
    case failed([PipelineStep.ID])
    /// The run was cancelled before every step was done; these steps had failed by then.
    case cancelled(failed: [PipelineStep.ID])
  }

  /// What the caller has to do.
  public enum Action: Sendable, Hashable {
    /// Start this step. Its inputs are final now: this is the time to ask whether it is up to date.
    case run(PipelineStep.ID)
    /// Show this step as not run; nothing will follow for it.
    case skip(PipelineStep.ID, SkipReason)
    /// Nothing runs and nothing will: always the last action of a run.
    case finish(Outcome)
  }

  /// The plan that is run.
  public let plan: PipelinePlan

  private var states: [StepState]
  private var limit = 1
  private var isStarted = false
  private var isCancelled = false
  private var isFinished = false

  /// The positions of the steps that a step waits for, and of those that wait for it.
  private let dependencies: [[Int]]
  private let dependents: [[Int]]

  /// Positions in the order in which ready steps are started: those with the longest chain behind them first.
  private let priority: [Int]

  /// Makes a schedule of which nothing runs yet.
  /// - Parameter plan: The plan to run.
  public init(plan: PipelinePlan) {
    self.plan = plan
    states = Array(repeating: .waiting, count: plan.steps.count)
    let dependencies = plan.steps.map { $0.dependencies.compactMap(plan.position) }
    var dependents = Array(repeating: [Int](), count: plan.steps.count)
    for (step, before) in dependencies.enumerated() {
      for other in before { dependents[other].append(step) }
    }
    var height = Array(repeating: 0, count: plan.steps.count)
    for step in plan.steps.indices.reversed() {
      height[step] = dependents[step].map { height[$0] + 1 }.max() ?? 0
    }
    self.dependencies = dependencies
    self.dependents = dependents
    priority = plan.steps.indices.sorted { (height[$1], $0) < (height[$0], $1) }
  }

  /// Where a step stands, `nil` for a step that the plan does not have.
  /// - Parameter step: The step.
  public func state(of step: PipelineStep.ID) -> StepState? { plan.position(of: step).map { states[$0] } }

  /// The steps that run now, in the plan's order.
  public var running: [PipelineStep.ID] {
    plan.steps.indices.filter { states[$0] == .running }.map { plan.steps[$0].id }
  }

  /// The steps that are done: succeeded or up to date.
  public var doneCount: Int { states.count(where: \.isDone) }

  /// Starts the run.
  /// - Parameter limit: How many steps may run at once; at least 1 is taken.
  public mutating func start(limit: Int) -> [Action] {
    guard !isStarted else { return [] }
    isStarted = true
    self.limit = max(1, limit)
    return next()
  }

  /// A running step came to its end.
  /// - Parameter step: The step.
  public mutating func finished(_ step: PipelineStep.ID) -> [Action] { end(step, as: .succeeded) }

  /// A running step turned out to be up to date.
  /// - Parameter step: The step.
  public mutating func skipped(_ step: PipelineStep.ID) -> [Action] { end(step, as: .upToDate) }

  /// A running step failed.
  /// - Parameters:
  ///   - step: The step.
  ///   - message: What went wrong, for the display.
  public mutating func failed(_ step: PipelineStep.ID, message: String) -> [Action] {
    end(step, as: .failed(message))
  }

  /// A running step was ended before its end, as after `cancel()`.
  /// - Parameter step: The step.
  public mutating func interrupted(_ step: PipelineStep.ID) -> [Action] { end(step, as: .interrupted) }

  /// Starts nothing any more. The caller ends what runs and reports each such step as `interrupted`, or as what
  /// it still came to.
  public mutating func cancel() -> [Action] {
    guard !isCancelled, !isFinished else { return [] }
    isCancelled = true
    isStarted = true
    return next()
  }

  private mutating func end(_ step: PipelineStep.ID, as state: StepState) -> [Action] {
    guard let position = plan.position(of: step), states[position] == .running else { return [] }
    states[position] = state
    return (state.isDone ? [] : block(behind: position)) + next()
  }

  /// Marks everything that waits for a step, directly or not.
  private mutating func block(behind position: Int) -> [Action] {
    var actions: [Action] = []
    var reached: Set<Int> = [position]
    for step in plan.steps.indices where states[step] == .waiting {
      guard !reached.isDisjoint(with: dependencies[step]) else { continue }
      reached.insert(step)
      states[step] = .blocked(by: plan.steps[position].id)
      actions.append(.skip(plan.steps[step].id, .blocked(by: plan.steps[position].id)))
    }
    return actions
  }

  /// Starts what can start, gives up what cannot any more, and ends the run when nothing is left.
  private mutating func next() -> [Action] {
    guard !isFinished else { return [] }
    var actions: [Action] = []
    if isCancelled {
      for step in plan.steps.indices where states[step] == .waiting {
        states[step] = .cancelled
        actions.append(.skip(plan.steps[step].id, .cancelled))
      }
    } else {
      var free = limit - states.count { $0 == .running }
      for step in priority where free > 0 && isReady(step) {
        states[step] = .running
        free -= 1
        actions.append(.run(plan.steps[step].id))
      }
    }
    if !states.contains(where: { $0 == .running || $0 == .waiting }) {
      isFinished = true
      actions.append(.finish(outcome))
    }
    return actions
  }

  private func isReady(_ step: Int) -> Bool {
    states[step] == .waiting && dependencies[step].allSatisfy { states[$0].isDone }
  }

  private var outcome: Outcome {
    if states.allSatisfy(\.isDone) { return .succeeded }
    let failed = plan.steps.indices.filter { if case .failed = states[$0] { true } else { false } }
      .map { plan.steps[$0].id }
    return isCancelled || failed.isEmpty ? .cancelled(failed: failed) : .failed(failed)
  }
}
