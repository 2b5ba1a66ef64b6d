import Foundation
import Testing

@testable import Terminal

@Suite(.timeLimit(.minutes(5))) struct LineEditorTests {
  private let terminal: PseudoTerminal

  init() throws {
    terminal = try PseudoTerminal()
  }

  private func editor(history: String? = nil, completer: LineEditor.Completer? = nil) -> LineEditor {
    LineEditor(
      .init(
        input: terminal.descriptor, output: terminal.descriptor, historyPath: history,
        readsUserSettings: false,
        style: .plain), completer: completer)
  }

  /// Types each text once the prompt is there, and gives what the editor read.
  private func read(_ editor: LineEditor, typing texts: String...) async throws -> LineInput {
    nonisolated(unsafe) let editor = editor
    async let input = editor.readLine(prompt: Prompt("tarn> "), preceding: "")
    try await terminal.expect("tarn> ")
    for text in texts { terminal.type(text) }
    return try await input
  }

  @Test func aLineIsRead() async throws {
    let editor = editor()
    #expect(editor.isInteractive)
    #expect(try await read(editor, typing: "SELECT 1;\r") == .line("SELECT 1;"))
    #expect(try await read(editor, typing: "größe 日本 🦆\r") == .line("größe 日本 🦆"))
  }

  @Test func aLineIsEdited() async throws {
    // Left, Backspace, Home, End.
    #expect(
      try await read(editor(), typing: "SELECX\u{1B}[D\u{1B}[C\u{7F}T 2\u{1}-\u{5}!\r") == .line("-SELECT 2!")
    )
  }

  @Test func controlCForgetsTheLine() async throws {
    let editor = editor()
    #expect(try await read(editor, typing: "SELECT", "\u{3}") == .interrupted)
    try await terminal.expect("SELECT^C")
    #expect(try await read(editor, typing: "x\r") == .line("x"))
  }

  @Test func controlDOnAnEmptyLineEnds() async throws {
    #expect(try await read(editor(), typing: "\u{4}") == .end)
  }

  @Test func theTerminalIsPutBack() async throws {
    var before = termios()
    var after = termios()
    #expect(tcgetattr(terminal.descriptor, &before) == 0)
    _ = try await read(editor(), typing: "x\r")
    #expect(tcgetattr(terminal.descriptor, &after) == 0)
    #expect((before.c_lflag, before.c_iflag, before.c_oflag) == (after.c_lflag, after.c_iflag, after.c_oflag))
  }

  @Test func anotherTaskCanEndTheReading() async throws {
    nonisolated(unsafe) let editor = editor()
    let task = Task { try await editor.readLine(prompt: Prompt("tarn> "), preceding: "") }
    try await terminal.expect("tarn> ")
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func aResizedTerminalShowsTheLineAgain() async throws {
    nonisolated(unsafe) let editor = editor()
    async let input = editor.readLine(prompt: Prompt("tarn> "), preceding: "")
    try await terminal.expect("tarn> ")
    terminal.type("abc")
    try await terminal.expect("abc")
    terminal.resize(width: 40)
    #expect(kill(getpid(), SIGWINCH) == 0)
    try await terminal.expect("tarn> abc")
    terminal.type("\r")
    #expect(try await input == .line("abc"))
  }

  // MARK: - History

  @Test func entriesComeBackWithTheArrowKeysAndInTheNextSession() async throws {
    let folder = try ScratchFolder()
    let first = editor(history: folder["history"])
    first.remember("SELECT 1;")
    first.remember("SELECT\n  2;")
    first.remember("SELECT\n  2;")
    first.remember(" SELECT secret;")
    #expect(try await read(first, typing: "\u{1B}[A", "\u{1B}[A", "\r") == .line("SELECT 1;"))

    let second = editor(history: folder["history"])
    #expect(try await read(second, typing: "\u{1B}[A", "\r") == .line("SELECT\n  2;"))
    #expect(try folder.read("history") == "SELECT 1;\nSELECT\\n  2;\n")
    #expect(try folder.mode(of: "history") == 0o600)
  }

  @Test func aHistoryThatCannotBeKeptIsToldAndDoesNoHarm() async throws {
    let editor = editor(history: "/nowhere/history")
    #expect(editor.historyProblem == nil)
    editor.remember("SELECT 1;")
    #expect(editor.historyProblem?.description == "/nowhere/history: No such file or directory")
    #expect(try await read(editor, typing: "\u{1B}[A", "\r") == .line("SELECT 1;"))
  }

  // MARK: - Completion

  @Test func tabCompletes() async throws {
    let names = NameCache()
    names.names = CatalogNames(tables: [.init(name: "orders", columns: ["id"]), .init(name: "order_lines")])
    let editor = editor(completer: names.completer)
    nonisolated(unsafe) let sent = editor
    async let input = sent.readLine(prompt: Prompt("tarn> "), preceding: "")
    try await terminal.expect("tarn> ")
    terminal.type("sel\t")
    try await terminal.expect("select ")
    terminal.type("* from o\t")
    try await terminal.expect("order")
    // Once for the bell, twice for the list.
    terminal.type("\t")
    try await terminal.expect("\u{7}")
    terminal.type("\t")
    try await terminal.expect("order_lines  orders\ntarn> select * from order")
    terminal.type("s\r")
    #expect(try await input == .line("select * from orders"))
  }

  @Test func aPastedTabIsABlank() async throws {
    let names = NameCache()
    #expect(try await read(editor(completer: names.completer), typing: "sel\tx\r") == .line("sel x"))
  }

  @Test func completionKnowsTheLinesBefore() async throws {
    nonisolated(unsafe) let editor = editor { before, after in
      CompletionResult(replacing: "", candidates: [.init("[\(before)|\(after)]", .table)])
    }
    async let input = editor.readLine(prompt: Prompt("-> "), preceding: "SELECT *\nFROM")
    try await terminal.expect("-> ")
    terminal.type("ab\u{2}\t")
    try await terminal.expect("a[SELECT *")
    terminal.type("\r")
    #expect(try await input == .line("a[SELECT *\nFROM\na|b]b"))
  }

  // MARK: - Without a terminal

  @Test func linesOfAPipeAreReadPlainly() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let bytes = Array("\u{FEFF}SELECT 1;\r\n\n日本\nrest".utf8)
    #expect(write(ends[1], bytes, bytes.count) == bytes.count)
    close(ends[1])
    let editor = LineEditor(.init(input: ends[0], output: ends[0]))
    #expect(!editor.isInteractive)
    var lines: [LineInput] = []
    while lines.last != .end { lines.append(try await editor.readLine(prompt: Prompt("> "), preceding: "")) }
    #expect(lines == [.line("SELECT 1;"), .line(""), .line("日本"), .line("rest"), .end])
    close(ends[0])
  }
}
