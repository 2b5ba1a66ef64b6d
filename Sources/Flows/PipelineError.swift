public import Scripts

/// Everything that keeps a pipeline from being planned, found in one go.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, sorted by path and line. Never empty.
  public let diagnostics: [Diagnostic]

  init(_ diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics.sorted {
      ($0.path, $0.line, $0.column, $0.message) < ($1.path, $1.line, $1.column, $1.message)
    }
  }

  /// The first thing that is wrong, and how many more there are.
  public var description: String {
    guard let first = diagnostics.first else { return "the pipeline cannot be planned" }
    let more = diagnostics.count - 1
    return more > 0 ? "\(first) (and \(more) more)" : "\(first)"
  }
}
