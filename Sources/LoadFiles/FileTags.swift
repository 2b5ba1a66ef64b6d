internal import Foundation
internal import HTTPClient

/// What servers of HTTP call the present versions of files: the entity tag (`ETag`) of RFC 9110.
///
/// A file that was put there again as it was has another time of change and the same tag; one that was changed twice within a second may
/// have the same time, and another tag.
public enum FileTags {
  private static let redirections = 5
  private static let atOnce = 8

  /// Asks for the tags of files.
  ///
  /// - Parameter names: as a load names them; those that are no addresses of HTTP are passed over.
  /// - Returns: the tags by name. Those of files whose servers tell none, or do not answer, are missing: reading them tells
  ///   why.
  /// - Throws: `CancellationError`.
  public static func ofFiles(_ names: [String]) async throws -> [String: String] {
    let addresses = names.filter { $0.hasPrefix("http://") || $0.hasPrefix("https://") }
    guard !addresses.isEmpty else { return [:] }
    let transport = CurlTransport(maximumConnections: atOnce)
    defer { transport.close() }
    return try await withThrowingTaskGroup(of: (String, String?).self) { group in
      var tags: [String: String] = [:]
      var rest = addresses[...]
      func begin() {
        guard let name = rest.popFirst() else { return }
        group.addTask { (name, try await tag(of: name, transport)) }
      }
      for _ in 0..<atOnce { begin() }
      while let (name, tag) = try await group.next() {
        tags[name] = tag
        begin()
      }
      return tags
    }
  }

  private static func tag(of name: String, _ transport: CurlTransport) async throws -> String? {
    var address = URL(string: name)
    for _ in 0...redirections {
      guard let url = address else { return nil }
      let answer: ClientAnswer
      do { answer = try await transport.send(ClientRequest(url: url, method: "HEAD")) } catch is ClientFailure
      {
        return nil
      }
      switch answer.status {
      case 200..<300: return answer.header("ETag")
      case 301, 302, 303, 307, 308:
        address = answer.header("Location").flatMap { URL(string: $0, relativeTo: url)?.absoluteURL }
      default: return nil
      }
    }
    return nil
  }
}
