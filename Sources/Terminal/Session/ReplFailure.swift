internal import DuckDB
internal import SQLText

/// An error in words, for a person at a terminal.
public struct ReplFailure: Sendable, Hashable {
  /// What went wrong.
  public var message: String

  /// What to do about it.
  public var hint: String?

  /// Where in the statement's text, line and column counted from 1.
  public var position: Position?

  /// A place in a text.
  public struct Position: Sendable, Hashable {
    /// The line, from 1.
    public var line: Int
    /// The character in that line, from 1.
    public var column: Int

    /// Makes a position.
    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  /// Makes a failure.
  public init(message: String, hint: String? = nil, position: Position? = nil) {
    self.message = message
    self.hint = hint
    self.position = position
  }

  /// Reads an error of DuckDB or of the tokenizer; any other describes itself.
  public init(_ error: any Error) {
    switch error {
    case let error as DuckDBError where error.kind == .interrupt:
      self.init(message: "interrupted")
    case let error as DuckDBError:
      let position = error.position.map { Position(line: $0.line, column: $0.column) }
      self.init(message: "\(error.kind) Error: \(error.message)", position: position)
    case let error as SQLSyntaxError:
      self.init(message: error.message, position: Position(line: error.line, column: error.column))
    case is CancellationError:
      self.init(message: "interrupted")
    default:
      self.init(message: "\(error)")
    }
  }

  /// The failure as lines: what went wrong, then the source line with a caret under the place.
  ///
  /// - Parameters:
  ///   - source: The text that the position is in.
  ///   - firstLine: The number of that text's first line, in the file it is from.
  ///   - width: How wide the lines may be; nil for no limit. Only the source line is cut.
  ///   - style: Colours and weights.
  public func render(source: String? = nil, firstLine: Int = 1, width: Int? = nil, style: TextStyle = .plain)
    -> [String]
  {
    var lines = message.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
      .map { DisplayText.visible($0) }
    if lines.isEmpty { lines = ["unknown"] }
    lines[0] = style.red("error: ") + lines[0]
    if let source, let position {
      lines += excerpt(source, position, firstLine: firstLine, width: width ?? .max, style)
    }
    if let hint { lines.append(DisplayText.line(of: hint)) }
    return lines
  }

  private func excerpt(
    _ source: String, _ position: Position, firstLine: Int, width: Int, _ style: TextStyle
  ) -> [String] {
    let lines = source.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.indices.contains(position.line - 1) else { return [] }
    let line = lines[position.line - 1]
    let number = firstLine + position.line - 1
    let head = lines.count > 1 || number > 1 ? "line \(number): " : "  "
    let space = max(20, width == .max ? .max : width - DisplayWidth.of(head) - 1)

    let before = DisplayText.visible(line.prefix(max(0, position.column - 1)))
    var shown = DisplayText.visible(line)
    var caret = DisplayWidth.of(before)
    if DisplayWidth.of(shown) > space, caret > space * 2 / 3 {
      // The place would be cut off, so the line begins later.
      let dropped = Self.dropping(caret - space / 3, from: shown)
      caret -= dropped.width - 1
      shown = "…" + dropped.rest
    }
    return [
      style.dim(head) + DisplayText.cut(shown, to: space),
      String(repeating: " ", count: DisplayWidth.of(head) + caret) + style.red("^"),
    ]
  }

  /// The text without its first characters, and how many columns those took.
  private static func dropping(_ columns: Int, from text: String) -> (width: Int, rest: Substring) {
    var index = text.startIndex
    var width = 0
    while index < text.endIndex, width < columns {
      width += DisplayWidth.of(text[index])
      index = text.index(after: index)
    }
    return (width, text[index...])
  }
}
