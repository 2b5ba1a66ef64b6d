import Testing

@testable import Terminal

@Suite struct LiveRendererTests {
  private static let start = LiveState.Instant.now

  private static func at(_ seconds: Double) -> LiveState.Instant {
    start.advanced(by: .milliseconds(Int(seconds * 1000)))
  }

  private func state(_ events: (Double, LiveEvent)...) -> LiveState {
    var state = LiveState(
      title: "tpcds", stages: [.init(name: "Ingest", total: 2), .init(name: "Aggregate", total: 2)],
      start: Self.start)
    for (time, event) in events { state.apply(event, at: Self.at(time)) }
    return state
  }

  @Test func stagesStepsAndProgress() {
    let state = state(
      (0, .started(step: "store_sales", stage: "Ingest")), (0.5, .started(step: "item", stage: "Ingest")),
      (2, .finished(step: "store_sales", rows: 2_880_404)), (2, .progressed(step: "item", 0.5)))
    #expect(
      LiveRenderer.render(state, at: Self.at(3), width: 60) == [
        "   stage      running  done  total       rows     time",
        "●  Ingest           1     1      2  2,880,404  3.000 s",
        "·  Aggregate              0      2",
        "  item   2.500 s  50 %",
        "████████████░░░░░░░░░░░░░░░░░░░░ 37 %  1 of 4 steps, 3.000 s",
      ])
  }

  @Test func whatIsOverAndWhatFailedIsMarked() {
    let state = state(
      (0, .started(step: "a", stage: "Ingest")), (1, .finished(step: "a", rows: nil)),
      (1, .skipped(step: "b", stage: "Ingest")), (1, .started(step: "c", stage: "Aggregate")),
      (2, .failed(step: "c", message: "no")))
    let lines = LiveRenderer.render(state, at: Self.at(9), width: 80)
    #expect(lines[1] == "✓  Ingest                 2      2        1.000 s")
    #expect(lines[2] == "✗  Aggregate              1      2        1.000 s")
  }

  @Test(arguments: [10, 20, 37, 60, 200])
  func noLineIsWiderThanTheTerminal(width: Int) {
    var state = LiveState(
      title: "t", stages: (0..<5).map { .init(name: "A stage with a rather long name \($0)", total: 100) },
      start: Self.start)
    for step in 0..<8 {
      state.apply(
        .started(step: "日本語 step \(step)", stage: "A stage with a rather long name 0"), at: Self.at(0))
    }
    let lines = LiveRenderer.render(state, at: Self.at(4000), width: width)
    #expect(lines.allSatisfy { DisplayWidth.of($0) <= width })
  }

  @Test(arguments: [1, 2, 3, 5, 8, 20])
  func thereAreNoMoreLinesThanTheTerminalHas(height: Int) {
    var state = LiveState(
      title: "t", stages: (0..<6).map { .init(name: "stage \($0)", total: 1) }, start: Self.start)
    for step in 0..<9 { state.apply(.started(step: "step \(step)", stage: "stage 4"), at: Self.at(0)) }
    let lines = LiveRenderer.render(state, at: Self.at(1), width: 80, height: height)
    #expect(lines.count <= height)
    #expect(lines.last?.contains("0 of 6 steps") == true)
    if height == 20 { #expect(lines.count == 1 + 6 + 9 + 1) }
  }

  @Test func stepsThatDoNotFitAreCounted() {
    var state = LiveState(title: "t", stages: [.init(name: "s", total: 9)], start: Self.start)
    for step in 0..<9 { state.apply(.started(step: "step \(step)", stage: "s"), at: Self.at(0)) }
    let lines = LiveRenderer.render(state, at: Self.at(1), width: 80, height: 6)
    #expect(lines[4] == "  … and 7 more")
  }

  @Test func aCancelledStepIsNeitherDoneNorRunning() {
    let state = state((0, .started(step: "a", stage: "Ingest")), (1, .cancelled(step: "a")))
    #expect(state.steps.isEmpty && state.over == 0 && state.stages[0].running == 0)
  }

  @Test func theSummaryAddsUp() {
    let state = state(
      (0, .started(step: "a", stage: "Ingest")), (1, .finished(step: "a", rows: 1000)),
      (1, .skipped(step: "b", stage: "Ingest")), (1, .started(step: "c", stage: "Aggregate")),
      (3, .finished(step: "c", rows: 234)))
    #expect(
      LiveRenderer.summary(state, at: Self.at(4)).render() == [
        "stage      done  unchanged   rows     time",
        "Ingest      1/2          1  1,000  1.000 s",
        "Aggregate   1/2               234  2.000 s",
        "──────────────────────────────────────────",
        "total       2/4          1  1,234  4.000 s",
      ])
  }

  @Test func linesForALog() {
    var state = state((0, .started(step: "item", stage: "Ingest")))
    func line(_ event: LiveEvent) -> String? { LiveRenderer.line(for: event, in: state, at: Self.at(1.5)) }
    #expect(line(.started(step: "x", stage: "Ingest")) == nil)
    #expect(line(.skipped(step: "x", stage: "Ingest")) == nil)
    #expect(line(.progressed(step: "item", 0.3)) == nil)
    #expect(line(.finished(step: "item", rows: 18_000)) == "[1/4] Ingest/item done, 18,000 rows, 1.500 s")
    #expect(line(.failed(step: "item", message: "no x")) == "[1/4] Ingest/item FAILED, 1.500 s: no x")
    #expect(line(.cancelled(step: "item")) == "Ingest/item stopped, 1.500 s")
    #expect(line(.note("retrying")) == "retrying")
    state.apply(.skipped(step: "x", stage: "Ingest"), at: Self.at(0))
    #expect(line(.finished(step: "item", rows: nil)) == "[2/4] Ingest/item done, 1.500 s")
  }
}
