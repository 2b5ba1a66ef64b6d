import Testing

@testable import Terminal

/// A whole session on a terminal: prompt, several lines, completion, results, errors, the end.
@Suite(.timeLimit(.minutes(5))) struct TerminalSessionTests {
  @Test func aSession() async throws {
    let folder = try ScratchFolder()
    let terminal = try PseudoTerminal()
    let names = NameCache()
    let editor = LineEditor(
      .init(
        input: terminal.descriptor, output: terminal.descriptor, historyPath: folder["history"],
        readsUserSettings: false, style: .plain), completer: names.completer)
    let info = TerminalInfo(isTerminal: true, size: (80, 24))
    nonisolated(unsafe) let session = ReplSession(
      engine: try await MemoryEngine("CREATE TABLE orders (id INTEGER, customer VARCHAR)"), lines: editor,
      names: names, settings: .init(output: info, messages: info, showsTime: false),
      output: ByteOutput(descriptor: terminal.descriptor, name: "terminal"),
      messages: ByteOutput(descriptor: terminal.descriptor, name: "terminal"))
    async let ending = session.run()

    try await terminal.expect("tarn> ")
    terminal.type("insert into ord\t")
    try await terminal.expect("orders")
    terminal.type(" values (1, 'a;\r")
    try await terminal.expect("   '> ")
    terminal.type("b');\r")
    try await terminal.expect("1 row changed\ntarn> ")
    terminal.type("select * from orders;\r")
    let table = try await terminal.expect("┘\ntarn> ")
    #expect(table.contains("│       1 │ a;       │\n│         │ b        │\n"))
    terminal.type("select nope;\r")
    try await terminal.expect("  select nope\n         ^\ntarn> ")
    // Only now is the terminal back in the mode in which Ctrl-D is a key.
    terminal.type("\u{4}")
    #expect(try await ending == .finished)
    #expect(
      try folder.read("history")
        == "insert into orders values (1, 'a;\\nb');\nselect * from orders;\nselect nope;\n")
  }
}
