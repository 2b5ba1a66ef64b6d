import DuckDB
import Foundation
import Testing

@testable import Terminal

@Suite(.timeLimit(.minutes(5))) struct ReplSessionTests {
  private static let orders = "CREATE TABLE orders AS SELECT i AS id, 'c' || i AS customer FROM range(3) t(i)"

  /// Runs lines, and gives what came out.
  private func run(
    _ lines: ScriptedLines, _ engine: MemoryEngine? = nil, showsTime: Bool = false,
    format: OutputFormat = .csv,
    names: NameCache = NameCache()
  ) async throws -> (ending: ReplSession.Ending, output: String, messages: String) {
    let output = ByteOutput(collecting: "output")
    let messages = ByteOutput(collecting: "messages")
    let engine =
      if let engine { engine } else { try await MemoryEngine(Self.orders) }
    let plain = TerminalInfo(isTerminal: false)
    let session = ReplSession(
      engine: engine, lines: lines, names: names,
      settings: .init(format: format, output: plain, messages: plain, showsTime: showsTime), output: output,
      messages: messages)
    let ending = try await session.run()
    return (ending, output.contents, messages.contents)
  }

  @Test func statementsRunOneAfterTheOther() async throws {
    let result = try await run(ScriptedLines("SELECT 1 AS a; SELECT 2 AS b;\nSELECT\n'x;' AS c\n"))
    #expect(result == (.finished, "a\n1\nb\n2\nc\nx;\n", ""))
  }

  @Test func aFileEndsWithItsFirstError() async throws {
    let result = try await run(ScriptedLines("SELECT 1 AS a;\n\nSELECT id,\n  nope FROM orders;\nSELECT 2;"))
    #expect(result.ending == .failed)
    #expect(result.output == "a\n1\n")
    let lines = result.messages.split(separator: "\n")
    #expect(lines[0] == "error: line 4: Binder Error: Referenced column \"nope\" not found in FROM clause!")
    #expect(lines.suffix(2) == ["line 4:   nope FROM orders", "          ^"])
  }

  @Test func aPersonGoesOnAfterAnError() async throws {
    let lines = ScriptedLines("SELECT nope;\n.mdoe\nSELECT 2 AS b;", isInteractive: true)
    let result = try await run(lines)
    #expect(result.ending == .finished)
    #expect(result.output == "b\n2\n")
    #expect(result.messages.hasPrefix("error: Binder Error: "))
    #expect(result.messages.hasSuffix("error: unknown command .mdoe\nDid you mean .mode?\n"))
    #expect(lines.remembered == ["SELECT nope;", ".mdoe", "SELECT 2 AS b;"])
  }

  @Test func thePromptTellsWhatIsMissing() async throws {
    let lines = ScriptedLines(
      [
        .line("SELECT"), .line("'a"), .interrupted, .line("SELECT \""), .line("\" /*"), .interrupted,
        .line(".quit"),
      ],
      isInteractive: true)
    let result = try await run(lines)
    #expect(result == (.finished, "", ""))
    #expect(lines.prompts == ["tarn> ", "   -> ", "   '> ", "tarn> ", "   \"> ", "   *> ", "tarn> "])
  }

  @Test func thePromptNamesAnotherLake() async throws {
    let names = NameCache()
    let lines = ScriptedLines("SELECT 1;\n.use archive\nSELECT", isInteractive: true)
    let engine = try await MemoryEngine()
    _ = try await run(lines, engine, names: names)
    #expect(lines.prompts == ["tarn> ", "tarn> ", "tarn:archive> ", "           -> "])
  }

  @Test func secretsAreNotRemembered() async throws {
    let lines = ScriptedLines(
      "CREATE SECRET s (TYPE s3, KEY_ID 'k', SECRET 'x');\nSELECT 1;", isInteractive: true)
    _ = try await run(lines)
    #expect(lines.remembered == ["SELECT 1;"])
  }

  @Test func timesAndCountsAreMessages() async throws {
    let result = try await run(
      ScriptedLines("SELECT 1;\nINSERT INTO orders VALUES (7, 'x'), (8, 'y');\n.timer off\nSELECT 1;"),
      showsTime: true)
    #expect(result.messages.replacing(/\d+\.\d+/, with: "T") == "T s, 1 row\nT s, 2 rows changed\n")
  }

  @Test func namesAreFreshAfterAStatementThatChangesThem() async throws {
    let names = NameCache()
    _ = try await run(ScriptedLines("CREATE TABLE fresh (x INT);", isInteractive: true), names: names)
    #expect(names.names.tables.map(\.name).sorted() == ["fresh", "orders"])
  }

  // MARK: - Dot commands

  @Test func listsAreTables() async throws {
    let result = try await run(ScriptedLines(".tables\n.tables x%\n.snapshots\n.lakes\n.schema orders"))
    #expect(
      result.output == """
        schema  name    kind   columns
        main    orders  table        2
        id  time                 changes               author
         3  2026-11-20 06:00:00  inserted into orders  ada
           lake  in SQL  catalog  storage
        *  main  dl      sqlite   lakes/main
        CREATE TABLE orders(id BIGINT, customer VARCHAR);

        """)
    #expect(result.messages == "no tables\n")
  }

  @Test func modesAndLimits() async throws {
    let result = try await run(
      ScriptedLines(".mode\n.mode json\nSELECT 1 AS a;\n.mode table\n.limit 1\nSELECT i FROM range(3) t(i);"))
    #expect(result.messages == "csv\n")
    #expect(result.output.hasPrefix("[{\"a\":1}]\n┌"))
    #expect(result.output.hasSuffix("3 rows, 1 shown\n"))
  }

  @Test func resultsGoToAFileAndBack() async throws {
    let folder = try ScratchFolder()
    let result = try await run(
      ScriptedLines(".output '\(folder["a.csv"])'\nSELECT 1 AS a;\nSELECT 2 AS b;\n.output -\nSELECT 3 AS c;")
    )
    #expect(result.output == "c\n3\n")
    #expect(try folder.read("a.csv") == "a\n1\nb\n2\n")
  }

  @Test func parquetTakesTheNextResult() async throws {
    let folder = try ScratchFolder()
    let path = folder["a.parquet"]
    let result = try await run(
      ScriptedLines(".output \(path)\nSELECT 7 AS a\n;\nSELECT a + 1 AS b FROM '\(path)';"))
    #expect(result == (.finished, "b\n8\n", ""))
  }

  @Test func aFileThatCannotBeWrittenIsToldAndLeavesTheSessionAlone() async throws {
    let result = try await run(
      ScriptedLines(".output /dev/full\nSELECT 1 AS a;\n.output -\nSELECT 2 AS b;", isInteractive: true))
    #expect(result.messages == "error: /dev/full: No space left on device\n")
    #expect(result.output == "b\n2\n")
  }

  @Test func filesAreReadWithTheirLines() async throws {
    let folder = try ScratchFolder()
    try folder.write("SELECT 1 AS a;\n.mode json\nSELECT 2 AS b", to: "good.sql")
    try folder.write("\n\nSELECT nope;\nSELECT 3;", to: "bad.sql")
    try folder.write(".read \(folder["self.sql"])\n", to: "self.sql")
    let good = try await run(ScriptedLines(".read \(folder["good.sql"])\nSELECT 4 AS d;"))
    #expect(good == (.finished, "a\n1\n[{\"b\":2}]\n[{\"d\":4}]\n", ""))
    let bad = try await run(ScriptedLines(".read \(folder["bad.sql"])"))
    #expect(bad.ending == .failed)
    #expect(bad.messages.hasPrefix("error: \(folder["bad.sql"]):3: Binder Error: "))
    let missing = try await run(ScriptedLines(".read \(folder["no.sql"])"))
    #expect(missing.messages == "error: line 1: there is no file \(folder["no.sql"])\n")
    let endless = try await run(ScriptedLines(".read \(folder["self.sql"])"))
    #expect(endless.messages.contains("files read each other more than 16 deep"))
  }

  @Test func useIsTheEnginesWord() async throws {
    let result = try await run(ScriptedLines(".use main\n.use other"))
    #expect(result.ending == .failed)
    #expect(result.messages == "error: line 2: Catalog Error: there is no lake other\n")
  }

  @Test func helpNamesAllCommands() async throws {
    let result = try await run(ScriptedLines(".help"))
    #expect(result.output.split(separator: "\n").count == DotCommand.summary.count)
    #expect(result.output.contains(".snapshots         list the versions of the lake\n"))
  }

  // MARK: - Ends

  @Test func controlCStopsTheRunningStatement() async throws {
    let engine = try await MemoryEngine()
    let lines = ScriptedLines("SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 8;\nSELECT 2;")
    let messages = ByteOutput(collecting: "messages")
    let plain = TerminalInfo(isTerminal: false)
    nonisolated(unsafe) let session = ReplSession(
      engine: engine, lines: lines, settings: .init(output: plain, messages: plain, showsTime: false),
      output: ByteOutput(collecting: "output"), messages: messages)
    let interruption = session.interruption
    async let ending = session.run()
    for await _ in engine.statements { break }
    // The statement is about to begin: an interrupt that comes too early is lost, so it is repeated.
    let repeating = Task {
      while !Task.isCancelled {
        interruption()
        await Task.yield()
      }
    }
    #expect(try await ending == .interrupted)
    repeating.cancel()
    #expect(messages.contents == "error: line 1: interrupted\n")
  }

  @Test func nobodyReadingIsNoError() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    close(ends[0])
    let plain = TerminalInfo(isTerminal: false)
    let session = ReplSession(
      engine: try await MemoryEngine(), lines: ScriptedLines("SELECT 1;\nSELECT nope;"),
      settings: .init(format: .csv, output: plain, messages: plain, showsTime: false),
      output: ByteOutput(descriptor: ends[1], name: "pipe"), messages: ByteOutput(collecting: "messages"))
    #expect(try await session.run() == .readerGone)
    close(ends[1])
  }

  @Test func aFullOutputEndsTheSession() async throws {
    let plain = TerminalInfo(isTerminal: false)
    let session = ReplSession(
      engine: try await MemoryEngine(), lines: ScriptedLines("SELECT 1;", isInteractive: true),
      settings: .init(format: .csv, output: plain, messages: plain, showsTime: false),
      output: try ByteOutput(creating: "/dev/full"), messages: ByteOutput(collecting: "messages"))
    await #expect(throws: OutputError.self) { try await session.run() }
  }
}
