import Flows
import Foundation
import Pipelines
import Terminal

/// The closing table of a pipeline run, or the same as JSON.
struct PipelineReport: Encodable {
  struct Step: Encodable {
    let step: String
    let state: String
    let rows: Int?
    let tests: Int?
    let seconds: Double?
    let error: String?
  }

  let ending: String
  let seconds: Double
  let steps: [Step]
  let files: [String]

  private let plan: PipelinePlan
  private let outcome: PipelineOutcome
  private let stages: [LiveState.Stage]

  private enum CodingKeys: String, CodingKey { case ending, seconds, steps, files }

  init(plan: PipelinePlan, outcome: PipelineOutcome, stages: [LiveState.Stage]) {
    self.stages = stages
    self.plan = plan
    self.outcome = outcome
    ending =
      switch outcome.ending {
      case .done: "done"
      case .failed: "failed"
      case .cancelled: "cancelled"
      }
    seconds = outcome.duration.seconds
    let skipped = Set(outcome.skipped)
    let blocked = Set(outcome.blocked)
    steps = plan.steps.map { step in
      if let result = outcome.finished[step.id] {
        return Step(
          step: step.id, state: "done", rows: result.rows, tests: result.tests,
          seconds: result.duration.seconds, error: nil)
      }
      if let failure = outcome.failed[step.id] {
        return Step(
          step: step.id, state: "failed", rows: nil, tests: nil, seconds: failure.duration.seconds,
          error: failure.message)
      }
      let state = skipped.contains(step.id) ? "up to date" : blocked.contains(step.id) ? "blocked" : "not run"
      return Step(step: step.id, state: state, rows: nil, tests: nil, seconds: nil, error: nil)
    }
    files = plan.steps.flatMap { outcome.finished[$0.id]?.files ?? [] }
  }

  /// `1 step is`, `7 steps are`.
  static func steps(_ count: Int) -> String { HumanText.count(count, "step") + (count == 1 ? " is" : " are") }

  /// Prints a line for each stage and one for all.
  func print() {
    if outcome.ending == .done, outcome.finished.isEmpty {
      Swift.print(
        "\(HumanText.count(plan.steps.count, "step")), all up to date (\(HumanText.duration(outcome.duration)))"
      )
      return
    }
    var table = TextTable([
      "stage", TextTable.Column("steps", .right), TextTable.Column("done", .right),
      TextTable.Column("up to date", .right), TextTable.Column("failed", .right),
      TextTable.Column("tests", .right), TextTable.Column("rows", .right), TextTable.Column("time", .right),
    ])
    for stage in stages {
      let ids = plan.steps.filter { ($0.folder ?? "steps") == stage.name }.map(\.id)
      table.add(line(stage.name, ids, time: stage.elapsed(at: .now)))
    }
    table.setFooter(line("all", plan.steps.map(\.id), time: outcome.duration))
    let terminal = TerminalInfo.of(STDOUT_FILENO)
    for line in table.render(width: terminal.isTerminal ? terminal.width : nil, style: terminal.style) {
      Swift.print(line)
    }
    for file in files where file.hasSuffix(".md") { Swift.print("report: \(file)") }
  }

  /// Tells each failure in one line, with sample rows of failed data tests.
  func printFailures() {
    for step in plan.steps {
      guard let failure = outcome.failed[step.id] else { continue }
      Console.error(failure.message.hasPrefix(step.id) ? failure.message : "\(step.id): \(failure.message)")
      for line in failure.details { Console.note(line) }
    }
    let left = outcome.blocked.count
    guard left > 0 else { return }
    let waiting = left == 1 ? "1 step that waits for these" : "\(left) steps that wait for these"
    Console.note("\(waiting) did not run; finished steps are committed")
  }

  private func line(_ name: String, _ ids: [String], time: Duration?) -> [String] {
    let results = ids.compactMap { outcome.finished[$0] }
    func count(_ number: Int) -> String { number == 0 ? "" : HumanText.count(number) }
    return [
      name, String(ids.count), count(results.count), count(Set(ids).intersection(outcome.skipped).count),
      count(ids.count { outcome.failed[$0] != nil }), count(results.reduce(0) { $0 + $1.tests }),
      count(results.reduce(0) { $0 + $1.rows }), time.map(HumanText.duration) ?? "",
    ]
  }
}

extension Duration {
  /// Seconds as a fraction.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
