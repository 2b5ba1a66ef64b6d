/// Something wrong in a script, and where.
public struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
  /// The script, as its path was given to the parser.
  public let path: String

  /// The line, counted from 1.
  public let line: Int

  /// The column, counted from 1 in Unicode scalars.
  public let column: Int

  /// What is wrong.
  public let message: String

  /// What to do about it.
  public let hint: String?

  /// Makes a diagnostic.
  ///
  /// - Parameters:
  ///   - path: The script.
  ///   - line: The line, counted from 1.
  ///   - column: The column, counted from 1.
  ///   - message: What is wrong, without a full stop at its end.
  ///   - hint: What to do about it, without a full stop at its end.
  public init(path: String, line: Int, column: Int, message: String, hint: String? = nil) {
    self.path = path
    self.line = line
    self.column = column
    self.message = message
    self.hint = hint
  }

  /// The place, what is wrong and what to do, in one line.
  public var description: String {
    "\(path):\(line):\(column): \(message)" + (hint.map { "; \($0)" } ?? "")
  }
}

/// A script that cannot be read. All that is wrong in it is listed, in the order of the lines.
public struct ScriptError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong. There is at least one.
  public let diagnostics: [Diagnostic]

  /// Makes an error.
  ///
  /// - Parameter diagnostics: What is wrong: at least one, in the order of the lines.
  public init(diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

  /// The first diagnostic, and how many more there are, in one line.
  public var description: String {
    guard let first = diagnostics.first else { return "the script cannot be read" }
    return diagnostics.count == 1 ? "\(first)" : "\(first) (and \(diagnostics.count - 1) more)"
  }
}
