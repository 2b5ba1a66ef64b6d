import Flows
import Pipelines
import Terminal

/// Shows a pipeline while it runs.
final class PipelineDisplay: Sendable {
  private let display: LiveDisplay
  private let stages: [PipelineStep.ID: String]

  init(plan: PipelinePlan) {
    var order: [String] = []
    var totals: [String: Int] = [:]
    var stages: [PipelineStep.ID: String] = [:]
    for step in plan.steps {
      let name = step.folder ?? "steps"
      if totals[name] == nil { order.append(name) }
      totals[name, default: 0] += 1
      stages[step.id] = name
    }
    self.stages = stages
    display = LiveDisplay(
      LiveState(
        title: "pipeline", stages: order.map { LiveState.Stage(name: $0, total: totals[$0] ?? 0) }))
  }

  func begin() { display.begin() }

  func end() async { await display.end() }

  /// What has come of each stage so far.
  var stageSummaries: [LiveState.Stage] { display.state.stages }

  func handle(_ event: PipelineEvent) {
    switch event {
    case .planned: break
    case .started(let id): display.send(.started(step: id, stage: stages[id] ?? "steps"))
    case .skipped(let id): display.send(.skipped(step: id, stage: stages[id] ?? "steps"))
    case .finished(let id, let result): display.send(.finished(step: id, rows: result.rows))
    case .failed(let id, let failure): display.send(.failed(step: id, message: failure.message))
    case .interrupted(let id): display.send(.cancelled(step: id))
    case .blocked: break
    }
  }
}
