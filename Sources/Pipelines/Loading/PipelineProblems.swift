/// Everything that keeps a pipeline from running, found before anything runs.
public struct PipelineProblems: Error, Sendable, CustomStringConvertible {
  /// One line for each problem: file, line, what is wrong, what to do.
  public let lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  public var description: String { lines.joined(separator: "\n") }
}
