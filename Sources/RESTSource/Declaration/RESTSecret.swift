internal import Foundation
public import LakeSettings

/// A value that requests need, mostly one that nobody may see.
public enum RESTSecret: Sendable, Hashable {
  /// Kept outside the declaration; shown nowhere.
  case source(SecretSource)
  /// In the open: a user's name, a client's id.
  case plain(String)

  /// Fetches the value.
  ///
  /// - Throws: ``RESTSourceError`` that names the source, never the secret.
  func resolved() throws(RESTSourceError) -> String {
    switch self {
    case .plain(let text), .source(.value(let text)): return text
    case .source(.environment(let name)):
      guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else {
        throw RESTSourceError(
          .settings, "environment variable \(name) is not set", hint: "It holds a credential of the API")
      }
      return text
    case .source(.file(let path)):
      guard let text = try? String(contentsOfFile: path, encoding: .utf8),
        let line = text.split(separator: "\n", omittingEmptySubsequences: false).first,
        case let secret = line.trimmingCharacters(in: .whitespaces), !secret.isEmpty
      else {
        throw RESTSourceError(
          .settings, "cannot read a credential from \(path)", hint: "Its first line is the secret")
      }
      return secret
    }
  }
}

/// Where the secrets of a declaration are.
public enum RESTSecretPlace: Sendable, Hashable {
  /// In the environment and the files of this machine.
  ///
  /// - Parameter folder: where relative paths start, absolute.
  case here(folder: String)
  /// In a server's workspace: the values of variables by what names them, `$var:PATH`.
  case workspace([String: String])

  static func isReference(_ text: String) -> Bool { text.hasPrefix("$var:") }
}
