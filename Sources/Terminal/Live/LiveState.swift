/// What is known about a long command while it runs: its stages, and the steps that run right now.
public struct LiveState: Sendable {
  /// A moment on the clock that the display uses.
  public typealias Instant = ContinuousClock.Instant

  /// A group of steps.
  public struct Stage: Sendable, Hashable {
    /// The stage's name.
    public let name: String
    /// How many steps it has.
    public let total: Int
    /// How many of them run.
    public internal(set) var running = 0
    /// How many have ended well.
    public internal(set) var done = 0
    /// How many did not have to run.
    public internal(set) var skipped = 0
    /// How many have failed.
    public internal(set) var failed = 0
    /// How many rows its steps have written.
    public internal(set) var rows = 0
    /// When its first step began.
    public internal(set) var start: Instant?
    /// When its last step ended.
    public internal(set) var end: Instant?

    /// Makes a stage none of whose steps has run.
    public init(name: String, total: Int) {
      self.name = name
      self.total = total
    }

    /// How many of its steps are over.
    public var over: Int { done + skipped + failed }

    /// How long it has taken so far, or took.
    public func elapsed(at now: Instant) -> Duration? {
      start.map { $0.duration(to: running == 0 ? end ?? now : now) }
    }
  }

  /// A step that runs.
  public struct Step: Sendable, Hashable {
    /// The step's name.
    public let name: String
    /// Its stage's name.
    public let stage: String
    /// When it began.
    public let start: Instant
    /// How far it has come, from 0 to 1; nil when nobody can tell.
    public internal(set) var progress: Double?
  }

  /// What the whole is called.
  public let title: String

  /// The stages in their order.
  public private(set) var stages: [Stage]

  /// The steps that run, the oldest first.
  public private(set) var steps: [Step] = []

  /// When the whole began.
  public let start: Instant

  /// Makes a state in which nothing has run.
  ///
  /// - Parameters:
  ///   - title: What the whole is called.
  ///   - stages: The stages' names and how many steps they have.
  ///   - start: When the whole began.
  public init(title: String, stages: [Stage], start: Instant = .now) {
    self.title = title
    self.stages = stages
    self.start = start
  }

  /// How many steps there are.
  public var total: Int { stages.reduce(0) { $0 + $1.total } }

  /// How many of them are over.
  public var over: Int { stages.reduce(0) { $0 + $1.over } }

  /// How far the whole has come, from 0 to 1: by steps, running ones counted by their progress.
  public var progress: Double {
    guard total > 0 else { return 1 }
    let running = steps.reduce(0) { $0 + min(max($1.progress ?? 0, 0), 1) }
    return (Double(over) + running) / Double(total)
  }

  /// Takes an event in.
  public mutating func apply(_ event: LiveEvent, at now: Instant) {
    switch event {
    case .started(let step, let stage):
      steps.append(Step(name: step, stage: stage, start: now))
      change(stage) { stage in
        stage.running += 1
        stage.start = stage.start ?? now
      }
    case .progressed(let step, let fraction):
      if let index = steps.firstIndex(where: { $0.name == step }) { steps[index].progress = fraction }
    case .finished(let step, let rows):
      end(step, at: now) { stage in
        stage.done += 1
        stage.rows += rows ?? 0
      }
    case .failed(let step, _):
      end(step, at: now) { $0.failed += 1 }
    case .cancelled(let step):
      end(step, at: now) { _ in }
    case .skipped(_, let stage):
      change(stage) { $0.skipped += 1 }
    case .note: break
    }
  }

  /// The step of that name, while it runs.
  public func step(named name: String) -> Step? {
    steps.first { $0.name == name }
  }

  private mutating func end(_ step: String, at now: Instant, _ body: (inout Stage) -> Void) {
    guard let index = steps.firstIndex(where: { $0.name == step }) else { return }
    let ended = steps.remove(at: index)
    change(ended.stage) { stage in
      stage.running -= 1
      stage.end = now
      body(&stage)
    }
  }

  private mutating func change(_ name: String, _ body: (inout Stage) -> Void) {
    if let index = stages.firstIndex(where: { $0.name == name }) { body(&stages[index]) }
  }
}

/// Something that happened in a long command.
public enum LiveEvent: Sendable, Hashable {
  /// A step has begun.
  case started(step: String, stage: String)
  /// A running step has come this far, from 0 to 1.
  case progressed(step: String, Double)
  /// A step has ended well, and has written that many rows.
  case finished(step: String, rows: Int?)
  /// A step did not have to run.
  case skipped(step: String, stage: String)
  /// A step has failed, and why in one line.
  case failed(step: String, message: String)
  /// A step was stopped before its end.
  case cancelled(step: String)
  /// Something to be told that is no step.
  case note(String)
}
