import Foundation

/// What a page tells its reader to do, in order: files to write and commands with the output that they print.
struct PageExamples: Sendable {
  enum Step: Sendable, Hashable {
    case file(name: String, text: String)
    case command(Command)
  }

  struct Command: Sendable, Hashable {
    /// What is typed; several lines where one goes on (`> ` in the page).
    let text: String
    /// What the page says is printed.
    let expected: [String]
    /// The line in the page, from 1.
    let line: Int

    /// A page that shows an error says that the command fails.
    var fails: Bool { expected.contains { $0.hasPrefix("tarn: ") || $0.hasPrefix("Error: ") } }
  }

  let steps: [Step]

  init(_ page: DocumentationPage) {
    var steps: [Step] = []
    for block in page.blocks {
      if block.isRun {
        steps += Self.commands(in: block).map(Step.command)
      } else if let name = Self.fileName(of: block) {
        steps.append(.file(name: name, text: block.lines.joined(separator: "\n") + "\n"))
      }
    }
    self.steps = steps
  }

  var commands: [Command] {
    steps.compactMap { if case .command(let command) = $0 { command } else { nil } }
  }

  static func commands(in block: DocumentationPage.Block) -> [Command] {
    var commands: [Command] = []
    var text: [String] = []
    var expected: [String] = []
    var line = 0
    func finish() {
      guard !text.isEmpty else { return }
      while expected.last?.isEmpty == true { expected.removeLast() }
      commands.append(Command(text: text.joined(separator: "\n"), expected: expected, line: line))
    }
    for (offset, content) in block.lines.enumerated() {
      if content.hasPrefix("$ ") {
        finish()
        (text, expected, line) = ([String(content.dropFirst(2))], [], block.line + 1 + offset)
      } else if content.hasPrefix("> "), expected.isEmpty, !text.isEmpty {
        text.append(String(content.dropFirst(2)))
      } else {
        expected.append(content)
      }
    }
    finish()
    return commands
  }

  /// `-- file: NAME` or `# file: NAME` as a block's first line.
  private static func fileName(of block: DocumentationPage.Block) -> String? {
    guard ["sql", "yaml"].contains(block.language), let first = block.lines.first else { return nil }
    for prefix in ["-- file: ", "# file: "] where first.hasPrefix(prefix) {
      return first.dropFirst(prefix.count).trimmingCharacters(in: .whitespaces)
    }
    return nil
  }

  /// The steps as one script for bash: files are written where the commands stand at that point, and a line with the
  /// exit status follows each command's output.
  var bashScript: String {
    var lines = ["exec 2>&1", "unset CDPATH"]
    for step in steps {
      switch step {
      case .file(let name, let text):
        let encoded = Data(text.utf8).base64EncodedString()
        lines.append(
          "mkdir -p -- \"$(dirname -- '\(name)')\" && printf %s '\(encoded)' | base64 -d >'\(name)'")
      case .command(let command):
        lines.append("{\n\(command.text)\n} </dev/null")
        lines.append("printf '\\n%s%d\\n' '\(Self.separator)' $?")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What a command printed, and its exit status.
  struct Result: Sendable {
    let lines: [String]
    let status: Int
  }

  /// Takes the output of ``bashScript`` apart.
  static func results(in output: String) -> [Result] {
    var pieces = output.components(separatedBy: "\n" + separator)
    var printed = pieces.removeFirst()
    return pieces.map { piece in
      let halves = piece.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      defer { printed = halves.count == 2 ? halves[1] : "" }
      return Result(
        lines: printed.split(separator: "\n", omittingEmptySubsequences: false).map(String.init),
        status: Int(halves[0]) ?? -1)
    }
  }

  private static let separator = "=== exit "
}

/// Compares what was printed with what a page shows: a line `...` stands for any lines, and `...` within a line
/// for any text. How long something took, when it was, and how wide columns are is not compared.
enum PageOutput {
  static func matches(_ printed: [String], _ expected: [String]) -> Bool {
    matches(trimmed(printed)[...], trimmed(expected)[...])
  }

  private static func trimmed(_ lines: [String]) -> [String] {
    var lines = lines.map(comparable)
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func comparable(_ line: String) -> String {
    let text = line.replacing(#/\d+(\.\d+)? m?s\b/#, with: "0 s")
      .replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/#, with: "now")
      .replacing(#/ +/#, with: " ").replacing(#/─+/#, with: "─")
    return String(text.reversed().drop(while: \.isWhitespace).reversed())
  }

  private static func matches(_ printed: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool {
    guard let first = expected.first else { return printed.isEmpty }
    if first.trimmingCharacters(in: .whitespaces) == "..." {
      return (0...printed.count).contains { matches(printed.dropFirst($0), expected.dropFirst()) }
    }
    guard let line = printed.first, matches(line: line, first) else { return false }
    return matches(printed.dropFirst(), expected.dropFirst())
  }

  private static func matches(line: String, _ pattern: String) -> Bool {
    let parts = pattern.components(separatedBy: "...")
    guard parts.count > 1, let head = parts.first, let tail = parts.last else { return line == pattern }
    guard line.hasPrefix(head), line.hasSuffix(tail), line.count >= head.count + tail.count else {
      return false
    }
    var rest = line.dropFirst(head.count).dropLast(tail.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
