import Foundation
import Testing

@testable import Terminal

@Suite(.timeLimit(.minutes(5))) struct LiveDisplayTests {
  private static let state = LiveState(title: "t", stages: [.init(name: "Ingest", total: 2)])

  @Test func aRegionIsDrawnOverItself() {
    #expect(
      LiveRegion.sequence(over: [], width: 80, above: [], lines: ["a", "b"])
        == "\u{1B}[2Ka\n\u{1B}[2Kb\n\u{1B}[J")
    #expect(
      LiveRegion.sequence(over: [1, 1], width: 80, above: [], lines: ["c"])
        == "\u{1B}[2A\r\u{1B}[2Kc\n\u{1B}[J")
    #expect(
      LiveRegion.sequence(over: [1], width: 80, above: ["kept"], lines: ["c"])
        == "\u{1B}[1A\r\u{1B}[Jkept\n\u{1B}[2Kc\n\u{1B}[J")
    // Two lines of 50 columns take four rows of a terminal that became 30 wide.
    #expect(LiveRegion.sequence(over: [50, 50], width: 30, above: [], lines: []) == "\u{1B}[4A\r\u{1B}[J")
  }

  @Test func onATerminalItIsDrawnAndTakenAway() async throws {
    let terminal = try PseudoTerminal()
    let display = LiveDisplay(Self.state, mode: .live, descriptor: terminal.descriptor) {
      TerminalInfo(isTerminal: true, size: (80, 24))
    }
    display.begin()
    display.send(.started(step: "item", stage: "Ingest"))
    try await terminal.expect("0 of 2 steps")
    display.send(.failed(step: "item", message: "no such file"))
    try await terminal.expect("[1/2] Ingest/item FAILED")
    await display.end()
    #expect(display.state.over == 1)
  }

  @Test func elsewhereEachStepIsALine() async throws {
    let pipe = Pipe()
    let display = LiveDisplay(Self.state, mode: nil, descriptor: pipe.fileHandleForWriting.fileDescriptor) {
      TerminalInfo(isTerminal: false)
    }
    display.begin()
    display.send(.started(step: "item", stage: "Ingest"))
    display.send(.finished(step: "item", rows: 3))
    display.send(.note("evil \u{1B}[31m"))
    await display.end()
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    #expect(
      text.replacing(/\d\.\d\d\d s/, with: "T") == "[1/2] Ingest/item done, 3 rows, T\nevil \\x1B[31m\n")
  }

  @Test func offMeansOff() async throws {
    let pipe = Pipe()
    let display = LiveDisplay(
      Self.state, mode: .off, descriptor: pipe.fileHandleForWriting.fileDescriptor)
    display.begin()
    display.send(.note("x"))
    await display.end()
    try pipe.fileHandleForWriting.close()
    #expect(try pipe.fileHandleForReading.readToEnd() ?? Data() == Data())
  }

  @Test func theProgressOfAStatementIsOneLine() {
    func line(_ progress: Double?, width: Int) -> String {
      QueryProgressLine.render(progress, elapsed: .milliseconds(2500), width: width, .plain)
    }
    #expect(line(0.5, width: 60) == "█████████████░░░░░░░░░░░░░░ 50 %  2.500 s  (Ctrl-C stops it)")
    #expect(line(nil, width: 60) == "2.500 s  (Ctrl-C stops it)")
    #expect(line(0.5, width: 20) == "50 %  2.500 s  (Ctr…")
  }
}
