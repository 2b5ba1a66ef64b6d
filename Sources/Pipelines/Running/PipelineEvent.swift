public import Flows

/// What happens while a pipeline runs, in order.
public enum PipelineEvent: Sendable {
  /// The plan is fixed; steps follow.
  case planned(PipelinePlan)
  /// A step has begun.
  case started(PipelineStep.ID)
  /// A step is unchanged since its last success.
  case skipped(PipelineStep.ID)
  /// A step is done and committed.
  case finished(PipelineStep.ID, StepResult)
  /// A step failed; nothing of it remains.
  case failed(PipelineStep.ID, StepFailure)
  /// A step was stopped before its end; nothing of it remains.
  case interrupted(PipelineStep.ID)
  /// A step will not run, because one that it waits for failed.
  case blocked(PipelineStep.ID, by: PipelineStep.ID)
}

/// What a finished step did.
public struct StepResult: Sendable, Hashable {
  /// Rows that its statements inserted, updated or deleted.
  public let rows: Int
  /// Data tests that it passed.
  public let tests: Int
  /// From begin to commit, waiting for its turn included.
  public let duration: Duration
  /// Files that it wrote, relative to the workspace.
  public let files: [String]
}

/// Why a step failed.
public struct StepFailure: Sendable {
  /// One line: file, line, statement, what and what to do.
  public let message: String
  /// More lines, such as sample rows of a data test.
  public let details: [String]
  public let duration: Duration
}

/// How a run of a pipeline ended.
public struct PipelineOutcome: Sendable {
  public enum Ending: Sendable, Hashable {
    case done
    case failed
    case cancelled
  }

  public let ending: Ending
  public let finished: [PipelineStep.ID: StepResult]
  public let skipped: [PipelineStep.ID]
  public let failed: [PipelineStep.ID: StepFailure]
  public let blocked: [PipelineStep.ID]
  public let duration: Duration
}
