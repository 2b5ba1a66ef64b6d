/// A report that cannot be planned or rendered: every problem found, each with its place and what to do.
public struct ReportError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One thing that is wrong.
  public struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// Line in the script, from 1.
    public let line: Int
    /// Column in the line, from 1; nil where the whole line is meant.
    public let column: Int?
    /// What is wrong.
    public let message: String
    /// What to do.
    public let hint: String?

    public var description: String {
      "\(line)" + (column.map { ":\($0)" } ?? "") + ": " + message + (hint.map { ". " + $0 } ?? "")
    }
  }

  /// The script, when it is known.
  public let path: String?
  /// What is wrong, in the order of the script; never empty.
  public let problems: [Problem]

  init(path: String? = nil, problems: [Problem]) {
    self.path = path
    self.problems = problems
  }

  init(line: Int, column: Int? = nil, _ message: String, hint: String? = nil) {
    self.init(problems: [Problem(line: line, column: column, message: message, hint: hint)])
  }

  /// The same problems with the script's path in front of each place.
  ///
  /// - Parameter path: the script's path, as its user writes it.
  public func inFile(_ path: String) -> ReportError {
    ReportError(path: path, problems: problems)
  }

  /// The line of the first problem, from 1.
  public var line: Int { problems.first?.line ?? 1 }

  /// The first problem without its place, and how many more there are.
  public var message: String {
    guard let first = problems.first else { return "the report cannot be made" }
    let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
    return first.message + (first.hint.map { ". " + $0 } ?? "") + more
  }

  /// The first problem as one line with its place, and how many more there are.
  public var description: String {
    let column = problems.first?.column.map { ":\($0)" } ?? ""
    return (path.map { $0 + ":" } ?? "line ") + "\(line)\(column): " + message
  }
}
