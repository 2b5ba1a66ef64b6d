/// Where a secret comes from. The secret itself never stands in a workspace file, a description or a log.
public enum SecretSource: Sendable, Hashable, Codable, CustomStringConvertible, CustomDebugStringConvertible {
  /// An environment variable of the process.
  case environment(String)
  /// The first line of a file; absolute path.
  case file(String)
  /// Given by the program that uses the library.
  case value(String)

  public var description: String {
    switch self {
    case .environment(let name): "environment variable \(name)"
    case .file(let path): "file \(path)"
    case .value: "(hidden)"
    }
  }

  public var debugDescription: String { description }
}
