internal import SQLText

/// A command of the REPL that is no SQL.
public enum DotCommand: Sendable, Hashable {
  /// Lists tables whose name matches the pattern, as LIKE has it.
  case tables(pattern: String?)
  /// Shows how a table, or each table, is made.
  case schema(table: String?)
  /// Lists the versions of the current lake.
  case snapshots
  /// Lists the lakes.
  case lakes
  /// Makes a lake the current one.
  case use(lake: String)
  /// Shows or sets how results are written.
  case mode(OutputFormat?)
  /// Sends results to a file; nil brings them back.
  case output(file: String?)
  /// Shows or hides the time of each statement.
  case timer(Bool)
  /// Sets how many rows a table shows; nil for all.
  case limit(Int?)
  /// Runs the statements in a file.
  case read(file: String)
  /// Lists the commands.
  case help
  /// Ends the session.
  case quit

  /// Reads a line that begins with a dot.
  ///
  /// - Throws: ``DotCommandError`` for an unknown command, or arguments that do not fit.
  public static func parse(_ line: String) throws(DotCommandError) -> DotCommand {
    var words = try words(of: line)
    // A `;` at the end is a habit from SQL.
    if let last = words.last, last.hasSuffix(";") {
      words[words.count - 1] = String(last.dropLast())
      if words[words.count - 1].isEmpty { words.removeLast() }
    }
    let name = words.first.map { String($0.dropFirst()).lowercased() } ?? ""
    guard let usage = Usage.all.first(where: { $0.names.contains(name) }) else { throw unknown(name) }
    let arguments = Array(words.dropFirst())
    guard usage.counts.contains(arguments.count), let command = try make(usage.names[0], arguments) else {
      throw DotCommandError(message: "usage: \(usage.text)", hint: nil)
    }
    return command
  }

  private static func make(_ name: String, _ arguments: [String]) throws(DotCommandError) -> DotCommand? {
    let first = arguments.first
    switch name {
    case "tables": return .tables(pattern: first)
    case "schema": return .schema(table: first)
    case "snapshots": return .snapshots
    case "lakes": return .lakes
    case "use": return first.map { .use(lake: $0) }
    case "mode": return .mode(try first.map(format))
    case "output": return .output(file: first == "-" ? nil : first)
    case "timer": return first.flatMap(onOrOff).map { .timer($0) }
    case "limit": return first.flatMap(limit).map { .limit($0.rows) }
    case "read": return first.map { .read(file: $0) }
    case "help": return .help
    case "quit": return .quit
    default: return nil
    }
  }

  /// What `.help` shows: a command and what it does, on each line.
  public static var summary: [(usage: String, meaning: String)] {
    Usage.all.map { ($0.text, $0.meaning) }
  }
}

/// Why a dot command was refused.
public struct DotCommandError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was wrong.
  public let message: String

  /// What to do instead.
  public let hint: String?

  /// One line.
  public var description: String { hint.map { "\(message). \($0)" } ?? message }
}

// MARK: - Reading

extension DotCommand {
  struct Usage {
    let names: [String]
    let counts: ClosedRange<Int>
    let text: String
    let meaning: String

    static let all: [Usage] = [
      .init(
        names: ["tables"], counts: 0...1, text: ".tables [PATTERN]",
        meaning: "list tables; % and _ as in LIKE"),
      .init(names: ["schema"], counts: 0...1, text: ".schema [TABLE]", meaning: "show how tables are made"),
      .init(
        names: ["snapshots"], counts: 0...0, text: ".snapshots", meaning: "list the versions of the lake"),
      .init(names: ["lakes"], counts: 0...0, text: ".lakes", meaning: "list the lakes"),
      .init(names: ["use"], counts: 1...1, text: ".use LAKE", meaning: "make a lake the current one"),
      .init(
        names: ["mode"], counts: 0...1, text: ".mode [FORMAT]",
        meaning: OutputFormat.allCases.map(\.rawValue).joined(separator: ", ")),
      .init(
        names: ["output"], counts: 1...1, text: ".output FILE|-",
        meaning: "send results to a file, or back here"),
      .init(names: ["timer"], counts: 1...1, text: ".timer on|off", meaning: "show how long statements take"),
      .init(names: ["limit"], counts: 1...1, text: ".limit N|off", meaning: "show at most N rows of a table"),
      .init(names: ["read"], counts: 1...1, text: ".read FILE", meaning: "run the statements in a file"),
      .init(names: ["help"], counts: 0...0, text: ".help", meaning: "show this"),
      .init(names: ["quit", "exit"], counts: 0...0, text: ".quit", meaning: "leave (also Ctrl-D)"),
    ]
  }

  /// Words apart by blanks; quotes, single or double, keep blanks in a word.
  private static func words(of line: String) throws(DotCommandError) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let finished = word { words.append(finished) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let quote { throw DotCommandError(message: "a quote (\(quote)) is not closed", hint: nil) }
    if let word { words.append(word) }
    return words
  }

  private static func unknown(_ name: String) -> DotCommandError {
    let near = NearestName.suggestion(for: name, among: Usage.all.flatMap(\.names))
    return DotCommandError(
      message: "unknown command .\(name)",
      hint: near.map { "Did you mean .\($0)?" } ?? ".help lists the commands.")
  }

  private static func format(_ name: String) throws(DotCommandError) -> OutputFormat {
    if let format = OutputFormat(rawValue: name.lowercased()) { return format }
    let known = OutputFormat.allCases.map(\.rawValue)
    let near = NearestName.suggestion(for: name, among: known)
    throw DotCommandError(
      message: "unknown mode \(name)",
      hint: near.map { "Did you mean \($0)?" } ?? "Known: \(known.joined(separator: ", ")).")
  }

  private static func onOrOff(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "on", "true", "1": true
    case "off", "false", "0": false
    default: nil
    }
  }

  private static func limit(_ text: String) -> (rows: Int?, Void)? {
    if text.lowercased() == "off" { return (nil, ()) }
    return Int(text).flatMap { $0 >= 0 ? ($0 == 0 ? nil : $0, ()) : nil }
  }
}

// MARK: - Completion

extension DotCommand {
  /// Completes a line that begins with a dot.
  static func complete(_ line: String, names: CatalogNames) -> CompletionResult {
    let words = line.split(separator: " ", omittingEmptySubsequences: true)
    let isFirst = words.count == 1 && line.last != " "
    guard !isFirst else {
      let commands = Usage.all.map { "." + $0.names[0] }.filter { $0.hasPrefixIgnoringCase(line) }
      return CompletionResult(replacing: line, candidates: commands.map { .init($0, .command) })
    }
    let typed = line.last == " " ? "" : String(words.last ?? "")
    let position = words.count - (typed.isEmpty ? 0 : 1)
    guard position == 1 else { return .none }
    let choices: [String]
    let kind: CompletionResult.Candidate.Kind
    switch words[0].lowercased() {
    case ".mode": (choices, kind) = (OutputFormat.allCases.map(\.rawValue), .command)
    case ".timer": (choices, kind) = (["on", "off"], .command)
    case ".use": (choices, kind) = (names.lakes, .lake)
    case ".tables", ".schema": (choices, kind) = (names.tables(qualifiedBy: []).map(\.name), .table)
    default: return .none
    }
    return CompletionResult(
      replacing: typed,
      candidates: choices.filter { $0.hasPrefixIgnoringCase(typed) }.sorted().map { .init($0, kind) })
  }
}
