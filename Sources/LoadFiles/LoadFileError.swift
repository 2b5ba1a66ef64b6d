/// A declared load that cannot be used, told in one line with the place.
public struct LoadFileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// Line in the file, from 1.
  public let line: Int?
  /// What is wrong.
  public let message: String
  /// What to do.
  public let hint: String?

  public init(_ message: String, hint: String? = nil, path: String, line: Int? = nil) {
    self.message = message
    self.hint = hint
    self.path = path
    self.line = line
  }

  public var description: String {
    let place = line.map { "\(path):\($0): " } ?? "\(path): "
    guard let hint else { return place + message }
    return place + message + (message.hasSuffix(".") || message.hasSuffix("?") ? " " : ". ") + hint
  }
}
