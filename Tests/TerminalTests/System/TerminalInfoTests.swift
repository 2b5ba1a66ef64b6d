import Testing

@testable import Terminal

@Suite struct TerminalInfoTests {
  private func info(_ environment: [String: String], isTerminal: Bool = true) -> TerminalInfo {
    TerminalInfo(isTerminal: isTerminal, size: (120, 40)) { environment[$0] }
  }

  @Test func aTerminalHasColours() {
    let info = info(["TERM": "xterm-256color"])
    #expect(info.style.isEnabled && info.allowsMovement)
    #expect((info.width, info.height) == (120, 40))
  }

  @Test func noColorTakesTheColoursOnly() {
    #expect(!info(["TERM": "xterm", "NO_COLOR": "1"]).style.isEnabled)
    #expect(info(["TERM": "xterm", "NO_COLOR": "1"]).allowsMovement)
    #expect(info(["TERM": "xterm", "NO_COLOR": ""]).style.isEnabled)
  }

  @Test(arguments: [["TERM": "dumb"], ["TERM": ""], [:]])
  func aDumbTerminalGetsPlainLines(environment: [String: String]) {
    #expect(!info(environment).style.isEnabled)
    #expect(!info(environment).allowsMovement)
  }

  @Test func aFileIsNoTerminal() {
    let info = info(["TERM": "xterm"], isTerminal: false)
    #expect(!info.style.isEnabled && !info.allowsMovement)
  }

  @Test func theSizeComesFromTheEnvironmentWhereTheSystemDoesNotTell() {
    let asked = TerminalInfo(isTerminal: true, size: (0, 0)) { ["COLUMNS": "99", "LINES": "x"][$0] }
    #expect((asked.width, asked.height) == (99, 24))
    #expect(TerminalInfo(isTerminal: true).width == 80)
  }
}
