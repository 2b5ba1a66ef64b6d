internal import SQLText

/// Collects lines until they make whole statements.
///
/// A statement ends with a `;` that the tokenizer finds, not one inside quotes, dollar quotes or comments.
public struct StatementBuffer: Sendable {
  /// What the text so far waits for, to be shown in the prompt.
  public enum Pending: Sendable, Hashable {
    /// Nothing: the next line begins a statement.
    case nothing
    /// More of the statement, or its `;`.
    case statement
    /// The end of a text in single quotes.
    case string
    /// The end of a name in double quotes.
    case identifier
    /// The end of a text in dollar quotes.
    case dollarString
    /// The end of a comment.
    case comment
  }

  /// The lines since the last whole statement.
  public private(set) var text = ""

  /// What the text so far waits for.
  public private(set) var pending = Pending.nothing

  /// Above this size, finding out what is pending on each line costs more than it tells.
  private static let promptLimit = 1 << 13

  /// Makes an empty buffer.
  public init() {}

  /// Whether the next line begins a statement.
  public var isEmpty: Bool { text.isEmpty }

  /// Adds a line.
  ///
  /// - Parameter line: The line, without its line break.
  /// - Returns: The text of one or more whole statements, with their `;`, or nil while there is none.
  public mutating func append(_ line: String) -> String? {
    text += text.isEmpty ? line : "\n" + line
    // Only a `;` can end a statement, and reading all lines again for each of thousands is slow.
    let mayEnd = line.utf8.contains(UInt8(ascii: ";"))
    guard mayEnd || text.utf8.count < Self.promptLimit else { return nil }
    let tokens: [SQLToken]
    do {
      tokens = try SQLTokenizer.tokenize(text)
    } catch {
      pending = Self.pending(for: error, in: text)
      return nil
    }
    guard let last = tokens.last(where: { $0.kind != .lineComment && $0.kind != .blockComment }) else {
      // Blank lines and comments alone are no beginning of a statement.
      reset()
      return nil
    }
    guard let end = tokens.last(where: { $0.kind == .symbol && $0.text == ";" }) else {
      pending = .statement
      return nil
    }
    let boundary = text.utf8.index(text.utf8.startIndex, offsetBy: end.utf8Offset + 1)
    let complete = String(text[..<boundary])
    if last.utf8Offset == end.utf8Offset {
      reset()
    } else {
      text = String(text[boundary...])
      while let first = text.first, first.isWhitespace { text.removeFirst() }
      pending = .statement
    }
    return complete
  }

  /// Forgets the lines so far.
  public mutating func reset() {
    text = ""
    pending = .nothing
  }

  /// The character at which the unterminated part begins tells what it is.
  private static func pending(for error: SQLSyntaxError, in text: String) -> Pending {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard lines.indices.contains(error.line - 1) else { return .statement }
    let rest = lines[error.line - 1].unicodeScalars.dropFirst(error.column - 1)
    switch rest.first {
    case "'": return .string
    case "\"": return .identifier
    case "$": return rest.dropFirst().first == "\"" ? .identifier : .dollarString
    case "/": return .comment
    // E'…', x'…', U&"…"
    default: return rest.prefix(3).contains("\"") ? .identifier : .string
    }
  }
}
