/// A workspace that cannot be used, told in one line with the place.
public struct WorkspaceError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, when one is at fault.
  public let path: String?
  /// Line in the file, from 1.
  public let line: Int?
  /// What is wrong.
  public let message: String
  /// What to do.
  public let hint: String?

  public init(_ message: String, hint: String? = nil, path: String? = nil, line: Int? = nil) {
    self.message = message
    self.hint = hint
    self.path = path
    self.line = line
  }

  public var description: String {
    let place = [path, line.map(String.init)].compactMap { $0 }.map { $0 + ":" }.joined() + " "
    return (path == nil && line == nil ? "" : place) + message + (hint.map { ". " + $0 } ?? "")
  }

  func inFile(_ path: String) -> WorkspaceError {
    WorkspaceError(message, hint: hint, path: path, line: line)
  }
}
