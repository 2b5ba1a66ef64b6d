public import Yams

/// A text that is one YAML document (JSON is YAML, too).
public enum YAMLDocument {
  /// Reads it.
  ///
  /// - Returns: its root, whose nodes know their lines.
  /// - Throws: ``YAMLDocumentError``.
  public static func root(of text: String) throws(YAMLDocumentError) -> Node {
    let documents: [Node]
    do { documents = try all(in: text) } catch let error as YamlError { throw unreadable(error) } catch {
      throw YAMLDocumentError(.unreadable)
    }
    guard let root = documents.first else { throw YAMLDocumentError(.empty) }
    guard documents.count == 1 else { throw YAMLDocumentError(.several, line: documents[1].mark?.line) }
    return root
  }

  private static func all(in text: String) throws -> [Node] {
    var sequence = try Yams.compose_all(yaml: text)
    var documents: [Node] = []
    while let document = sequence.next() { documents.append(document) }
    if let error = sequence.error { throw error }
    return documents
  }

  private static func unreadable(_ error: YamlError) -> YAMLDocumentError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      YAMLDocumentError(.unreadable, problem: problem, line: mark.line)
    default: YAMLDocumentError(.unreadable)
    }
  }
}

/// Why a text is not one YAML document.
public struct YAMLDocumentError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong with it.
  public enum Kind: Sendable, Hashable {
    case empty
    /// A line of `---` divides it.
    case several
    case unreadable
  }

  public let kind: Kind
  /// What the parser says, when it says something.
  public let problem: String?
  /// Counted from 1; nil when nobody can tell.
  public let line: Int?

  init(_ kind: Kind, problem: String? = nil, line: Int? = nil) {
    self.kind = kind
    self.problem = problem
    self.line = line
  }

  /// One sentence, without the line.
  public var description: String {
    switch kind {
    case .empty: "the file is empty"
    case .several: "a line of `---` divides the file"
    case .unreadable: "this is no readable YAML" + (problem.map { " (\($0))" } ?? "")
    }
  }
}
