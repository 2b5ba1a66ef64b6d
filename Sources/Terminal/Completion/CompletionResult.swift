/// What could stand where the cursor is.
public struct CompletionResult: Sendable, Hashable {
  /// One proposal.
  public struct Candidate: Sendable, Hashable {
    /// What sort of thing a candidate names.
    public enum Kind: Sendable, Hashable {
      case keyword, lake, schema, table, column, function, command
    }

    /// What is written in place of ``CompletionResult/replacing``.
    public var text: String

    /// What it names.
    public var kind: Kind

    /// Makes a candidate.
    public init(_ text: String, _ kind: Kind) {
      self.text = text
      self.kind = kind
    }

    /// What is written after it when it is the only one.
    var suffix: String {
      switch kind {
      case .keyword, .command: " "
      case .lake, .schema, .table, .column, .function: ""
      }
    }
  }

  /// The end of the text before the cursor that a candidate takes the place of.
  public var replacing: String

  /// The proposals, sorted.
  public var candidates: [Candidate]

  /// Makes a result.
  public init(replacing: String = "", candidates: [Candidate] = []) {
    self.replacing = replacing
    self.candidates = candidates
  }

  /// Nothing could stand there.
  public static let none = CompletionResult()

  /// What pressing Tab does.
  enum Action: Hashable {
    /// Nothing can be proposed.
    case nothing
    /// The end of the text before the cursor is replaced.
    case replace(String)
    /// There is a choice.
    case list([String])
  }

  /// What pressing Tab does: the only candidate is taken, or as much as all have in common, or they are listed.
  var action: Action {
    guard let first = candidates.first else { return .nothing }
    if candidates.count == 1 { return .replace(first.text + first.suffix) }
    let common = candidates.dropFirst().reduce(first.text) { Self.commonPrefix($0, $1.text) }
    if common.count > replacing.count { return .replace(common) }
    return .list(candidates.map(\.text))
  }

  private static func commonPrefix(_ left: String, _ right: String) -> String {
    var end = left.startIndex
    for (a, b) in zip(left, right) {
      guard a == b || a.lowercased() == b.lowercased() else { break }
      end = left.index(after: end)
    }
    return String(left[..<end])
  }
}

/// Lays words out in columns, as a shell lists files.
enum WordColumns {
  private static let limit = 200

  static func render(_ words: [String], width: Int) -> [String] {
    let shown = words.prefix(limit).map { DisplayText.line(of: $0) }
    let cell = (shown.map { DisplayWidth.of($0) }.max() ?? 0) + 2
    let columns = max(1, (width - 1) / cell)
    let rows = (shown.count + columns - 1) / columns
    var lines = (0..<rows).map { row in
      var line = ""
      for index in stride(from: row, to: shown.count, by: max(rows, 1)) {
        line += DisplayText.padded(shown[index], to: cell)
      }
      while line.last == " " { line.removeLast() }
      return DisplayText.cut(line, to: max(1, width - 1))
    }
    if words.count > limit { lines.append("… and \(HumanText.count(words.count - limit)) more") }
    return lines
  }
}
