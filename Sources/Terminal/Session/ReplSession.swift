internal import SQLText
internal import Synchronization

/// The loop of `tarn sql`: reads statements and dot commands, runs them, writes what comes back.
///
/// Results go to the output, all else (times, errors, advice) to the messages. Not Sendable: one task runs it.
///
/// ```swift
/// let names = NameCache()
/// let editor = LineEditor(.init(historyPath: path), completer: names.completer)
/// let session = ReplSession(engine: engine, lines: editor, names: names, settings: settings)
/// let ending = try await session.run()
/// ```
public final class ReplSession {
  /// How the session begins; dot commands change most of it.
  public struct Settings: Sendable, Hashable {
    /// How results are written.
    public var format = OutputFormat.table
    /// Whether the time of each statement is shown.
    public var showsTime: Bool
    /// How many rows a table shows; nil for all. It does not hold for results that go to a file.
    public var rowLimit: Int?
    /// What the output can show.
    public var output: TerminalInfo
    /// What the messages can show.
    public var messages: TerminalInfo
    /// What stands in the prompt before `>`, and before the lake where that is not the default one.
    public var promptName = "tarn"

    /// Makes settings for the files of the process.
    public init(
      format: OutputFormat = .table, output: TerminalInfo = .of(1), messages: TerminalInfo = .of(2),
      showsTime: Bool
    ) {
      self.format = format
      self.showsTime = showsTime
      self.output = output
      self.messages = messages
      rowLimit = ResultOptions(for: output).rowLimit
    }
  }

  /// How a session came to its end.
  public enum Ending: Sendable, Hashable {
    /// `.quit`, Ctrl-D, or the end of the file.
    case finished
    /// A statement from a file or pipe failed; the rest was not run.
    case failed
    /// Ctrl-C while statements from a file or pipe ran.
    case interrupted
    /// The reader of the output went away.
    case readerGone
  }

  let engine: any ReplEngine
  let lines: any LineSource
  let names: NameCache
  let output: ByteOutput
  let messages: ByteOutput
  let wasInterrupted = InterruptFlag()
  var settings: Settings
  /// Where results go instead of the output.
  var fileOutput: ByteOutput?
  /// Where the next result goes as Parquet.
  var parquetPath: String?
  var hasQuit = false
  var readDepth = 0

  /// Makes a session.
  ///
  /// - Parameters:
  ///   - engine: What runs statements.
  ///   - lines: Where they come from.
  ///   - names: The names for completion; the session keeps them fresh when lines are typed.
  ///   - settings: How to begin.
  ///   - output: Where results go.
  ///   - messages: Where all else goes.
  public init(
    engine: any ReplEngine, lines: any LineSource, names: NameCache = NameCache(), settings: Settings,
    output: ByteOutput = .standardOutput(), messages: ByteOutput = .standardError()
  ) {
    self.engine = engine
    self.lines = lines
    self.names = names
    self.settings = settings
    self.output = output
    self.messages = messages
  }

  /// Runs until the lines end or somebody quits. Ctrl-C interrupts the running statement.
  ///
  /// A person's errors are told and the loop goes on; lines from a file or pipe end with the first error.
  ///
  /// - Throws: ``OutputError`` when the output cannot be written; what reading lines throws.
  public func run() async throws -> Ending {
    let hook = SignalHook(.interrupt, interruption)
    defer { hook.cancel() }
    if lines.isInteractive { await refreshNames() }

    var script = ScriptReader(name: nil)
    while !hasQuit {
      let prompt = prompt(for: script.buffer.pending)
      switch try await lines.readLine(prompt: prompt, preceding: script.buffer.text) {
      case .interrupted:
        script.buffer.reset()
      case .end:
        if !lines.isInteractive, let rest = script.rest() {
          if let ending = try await perform(rest, name: nil) { return ending }
        }
        try closeFile()
        try output.flush()
        return .finished
      case .line(let line):
        for item in script.take(line) {
          if lines.isInteractive { remember(item.text) }
          if let ending = try await perform(item, name: nil) { return ending }
        }
      }
    }
    try closeFile()
    try output.flush()
    return .finished
  }

  /// Runs the statements and dot commands of a text, up to the first error, which is told.
  ///
  /// - Returns: Whether all went well.
  /// - Throws: ``OutputError`` when the output cannot be written.
  public func run(script text: String, name: String?) async throws -> Bool {
    var script = ScriptReader(name: name)
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      for item in script.take(String(line)) {
        guard try await run(item, name: name), !hasQuit, !output.isReaderGone else { return hasQuit }
      }
    }
    guard let rest = script.rest() else { return true }
    return try await run(rest, name: name)
  }

  /// What Ctrl-C does while a statement runs.
  var interruption: @Sendable () -> Void {
    { [engine, wasInterrupted] in
      wasInterrupted.raise()
      engine.cancel()
    }
  }

  /// Runs an item, and tells whether the session is over.
  private func perform(_ item: ScriptReader.Item, name: String?) async throws -> Ending? {
    wasInterrupted.lower()
    let isFine = try await run(item, name: name)
    if output.isReaderGone { return .readerGone }
    if isFine || lines.isInteractive { return nil }
    return wasInterrupted.isRaised ? .interrupted : .failed
  }

  private func run(_ item: ScriptReader.Item, name: String?) async throws -> Bool {
    switch item.kind {
    case .command:
      return try await perform(command: item, name: name)
    case .sql:
      let statements: [SQLStatement]
      do {
        statements = try SQLStatements.split(item.text)
      } catch {
        try tell(ReplFailure(error), source: item.text, at: place(name, item.line))
        return false
      }
      for statement in statements where !hasQuit {
        guard try await run(statement, at: place(name, item.line + statement.line - 1)) else { return false }
      }
      return true
    }
  }

  /// Where a text stands. Lines of a statement that was just typed count from its beginning.
  func place(_ name: String?, _ line: Int) -> SourcePlace {
    let isTyped = name == nil && lines.isInteractive
    return SourcePlace(name: name, line: isTyped ? 1 : line, isTyped: isTyped)
  }

  private func prompt(for pending: StatementBuffer.Pending) -> Prompt {
    let lake = names.names.currentLake
    let name = lake == CatalogNames().currentLake ? settings.promptName : "\(settings.promptName):\(lake)"
    if pending == .nothing { return Prompt("\(name)> ", isBold: true) }
    let mark =
      switch pending {
      case .nothing, .statement: "-"
      case .string: "'"
      case .identifier: "\""
      case .dollarString: "$"
      case .comment: "*"
      }
    return Prompt(DisplayText.padded(mark, to: max(1, DisplayWidth.of(name)), .right) + "> ")
  }

  /// Keeps what was typed, but not what is likely to hold a password.
  private func remember(_ text: String) {
    let words = (try? SQLTokenizer.tokenize(text))?.filter { $0.kind == .word } ?? []
    let isSecret = words.first?.isWord("create") == true && words.contains { $0.isWord("secret") }
    if !isSecret { lines.remember(text) }
  }

  /// What results on the output may use. A terminal may have another size than at the start.
  var resultOptions: ResultOptions {
    var options = ResultOptions(for: settings.output.resized(for: output.descriptor))
    options.rowLimit = settings.rowLimit
    return options
  }

  func refreshNames() async {
    // Completion does without what cannot be listed; the next statement tells why, if it matters.
    if let fresh = try? await engine.catalogNames() { names.names = fresh }
  }
}

/// Where a statement or command begins.
struct SourcePlace {
  /// The file's name, where it is from one.
  var name: String?
  /// The line in that file or in the input, from 1.
  var line: Int
  /// Whether it was just typed, so that nobody needs to be told where.
  var isTyped: Bool

  /// What messages begin with, for something this many lines further on.
  func label(lines: Int) -> String {
    if isTyped { return "" }
    return name.map { "\($0):\(line + lines): " } ?? "line \(line + lines): "
  }
}

/// Set by the thread that hears Ctrl-C, read by the session.
final class InterruptFlag: Sendable {
  private let flag = Atomic(false)

  var isRaised: Bool { flag.load(ordering: .acquiring) }

  func raise() { flag.store(true, ordering: .releasing) }

  func lower() { flag.store(false, ordering: .releasing) }
}

/// Cuts lines into statements and dot commands, and remembers on which line each began. Pure.
struct ScriptReader {
  struct Item: Hashable {
    enum Kind: Hashable {
      case sql, command
    }

    var kind: Kind
    var text: String
    /// The line on which the text begins, from 1.
    var line: Int
  }

  /// The file's name, for messages.
  let name: String?

  var buffer = StatementBuffer()
  private var lineNumber = 0
  private var startLine = 1

  init(name: String?) {
    self.name = name
  }

  /// Takes the next line, and gives what is whole now.
  mutating func take(_ line: String) -> [Item] {
    // A statement that was recalled from the history has line breaks inside.
    defer { lineNumber += line.reduce(0) { $0 + ($1.isNewline ? 1 : 0) } }
    lineNumber += 1
    if buffer.isEmpty {
      startLine = lineNumber
      let trimmed = line.drop(while: \.isWhitespace)
      if trimmed.first == "." { return [Item(kind: .command, text: String(trimmed), line: lineNumber)] }
    }
    let before = startLine
    guard let text = buffer.append(line) else { return [] }
    // What is left began on this line.
    startLine = lineNumber
    return [Item(kind: .sql, text: text, line: before)]
  }

  /// What is left when no more lines come: a last statement needs no `;`.
  mutating func rest() -> Item? {
    guard !buffer.isEmpty else { return nil }
    defer { buffer.reset() }
    return Item(kind: .sql, text: buffer.text, line: startLine)
  }
}
