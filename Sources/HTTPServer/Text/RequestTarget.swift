/// What stands between method and version in a request's first line.
struct RequestTarget: Sendable, Equatable {
  /// As sent, without query; `*` for a request to the server as a whole.
  let path: String
  /// The segments of the path, decoded: of `/a/b%20c` they are `a` and `b c`.
  let segments: [String]
  /// As sent, without the question mark.
  let query: String

  /// Reads a target.
  ///
  /// - Returns: Nil for a text that is none: it has no slash in front, holds control characters or spaces, a `%` without two
  ///   digits, bytes that are no UTF-8, or segments `.` and `..`, which clients take out before they send.
  init?(_ text: String) {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
    // A fragment is never sent; who cuts it off and who does not would see two different paths.
    guard !text.utf8.contains(UInt8(ascii: "#")) else { return nil }
    let rest = RequestTarget.withoutOrigin(text)
    let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
    path = String(rest[..<mark])
    query = mark == rest.endIndex ? "" : String(rest[rest.utf8.index(after: mark)...])
    if path == "*" {
      segments = []
      return
    }
    guard path.utf8.first == UInt8(ascii: "/") else { return nil }
    var decoded: [String] = []
    for segment in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    {
      guard let segment = PercentDecoding.decode(segment), segment != ".", segment != ".." else { return nil }
      decoded.append(segment)
    }
    segments = decoded
  }

  /// Takes `http://host` off, which clients send to proxies and which every server has to understand.
  private static func withoutOrigin(_ text: String) -> Substring {
    if text.utf8.first == UInt8(ascii: "/") { return text[...] }
    for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
      let rest = text.utf8.dropFirst(scheme.utf8.count)
      let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
      guard end != rest.endIndex, rest[end] == UInt8(ascii: "/") else { return "/" + text[end...] }
      return text[end...]
    }
    return text[...]
  }
}
