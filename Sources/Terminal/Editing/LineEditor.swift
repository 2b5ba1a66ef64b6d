/// Where a session's lines come from.
public protocol LineSource {
  /// Whether a person types the lines, so that prompts and advice make sense.
  var isInteractive: Bool { get }

  /// Reads a line.
  ///
  /// - Parameters:
  ///   - prompt: What to show before it; not shown when nobody types.
  ///   - preceding: The lines of the same statement that came before, for completion.
  /// - Throws: An error of the system; `CancellationError` when the task was cancelled.
  func readLine(prompt: Prompt, preceding: String) async throws -> LineInput

  /// Keeps a statement or command for the next time.
  func remember(_ entry: String)
}

/// What came from a ``LineSource``.
public enum LineInput: Sendable, Hashable {
  /// A line, without its line break. A recalled statement may have line breaks inside.
  case line(String)
  /// Ctrl-C: what was typed so far is to be forgotten.
  case interrupted
  /// Ctrl-D, or the end of the file.
  case end
}

/// What stands before the line that is typed.
public struct Prompt: Sendable, Hashable {
  /// The text, with the space at its end.
  public var text: String

  /// Whether it is drawn in bold.
  public var isBold: Bool

  /// Makes a prompt.
  public init(_ text: String, isBold: Bool = false) {
    self.text = text
    self.isBold = isBold
  }
}

/// Reads lines from a terminal with editing, history and completion, or plainly from a pipe or file.
///
/// Not Sendable: one task reads. Waiting happens on a thread of its own, so that other tasks go on.
public final class LineEditor: LineSource {
  /// Gives candidates; called on the editor's thread while the person waits.
  public typealias Completer = @Sendable (_ before: String, _ after: String) -> CompletionResult

  /// How to edit.
  public struct Configuration: Sendable {
    /// The file that lines come from.
    public var input: Int32

    /// The terminal that the line is shown on. When standard output is not a terminal, standard error may be one.
    public var output: Int32

    /// Where entries are kept from session to session; nil to forget them.
    public var historyPath: String?

    /// How many of them.
    public var historyLimit: Int

    /// Whether `~/.editrc` is read, where people choose vi keys.
    public var readsUserSettings: Bool

    /// Bold prompts, or plain ones; what suits the terminal, if not set.
    public var style: TextStyle

    /// Makes a configuration.
    public init(
      input: Int32 = 0, output: Int32? = nil, historyPath: String? = nil, historyLimit: Int = 2000,
      readsUserSettings: Bool = true, style: TextStyle? = nil
    ) {
      self.input = input
      self.output = output ?? (TerminalInfo.of(1).isTerminal ? 1 : 2)
      self.historyPath = historyPath
      self.historyLimit = historyLimit
      self.readsUserSettings = readsUserSettings
      self.style = style ?? TerminalInfo.of(self.output).style
    }
  }

  /// Why entries are not kept, when they should be and are not.
  public private(set) var historyProblem: OutputError?

  private enum Reader {
    case editing(EditLineSession)
    /// With a place for prompts when a person types on a terminal that cannot do more.
    case plain(PlainLineReader, prompts: ByteOutput?)
  }

  private let reader: Reader
  private let history: HistoryFile?

  /// Makes an editor. Lines are edited when input and output are terminals, else read plainly.
  ///
  /// - Parameters:
  ///   - configuration: How to edit.
  ///   - completer: What Tab proposes for the text before and after the cursor.
  public init(_ configuration: Configuration = Configuration(), completer: Completer? = nil) {
    let terminal = TerminalInfo.of(configuration.output)
    let isTyped = terminal.isTerminal && TerminalInfo.of(configuration.input).isTerminal
    guard isTyped, terminal.allowsMovement,
      let session = EditLineSession(configuration, completer: completer)
    else {
      let prompts = isTyped ? ByteOutput(descriptor: configuration.output, name: "terminal") : nil
      reader = .plain(PlainLineReader(configuration.input), prompts: prompts)
      history = nil
      return
    }
    reader = .editing(session)
    history = configuration.historyPath.map { HistoryFile(path: $0, limit: configuration.historyLimit) }
    do throws(OutputError) {
      for entry in try history?.load() ?? [] { session.addHistory(entry) }
    } catch {
      historyProblem = error
    }
  }

  /// Whether a person types the lines on a terminal.
  public var isInteractive: Bool {
    switch reader {
    case .editing: true
    case .plain(_, let prompts): prompts != nil
    }
  }

  /// Reads a line.
  ///
  /// - Throws: An error of the system; `CancellationError` when the task was cancelled.
  public func readLine(prompt: Prompt, preceding: String) async throws -> LineInput {
    switch reader {
    case .plain(let reader, let prompts):
      try prompts?.write(prompt.text)
      try prompts?.flush()
      return try await reader.readLine()
    case .editing(let session): return try await session.readLine(prompt: prompt, preceding: preceding)
    }
  }

  /// Keeps an entry for the arrow keys, and in the history file. An entry that begins with a space is not kept.
  public func remember(_ entry: String) {
    guard case .editing(let session) = reader, let first = entry.first, !first.isWhitespace else { return }
    guard entry != session.lastEntry else { return }
    session.addHistory(entry)
    guard historyProblem == nil else { return }
    do throws(OutputError) { try history?.append(entry) } catch { historyProblem = error }
  }
}
