/// Paths as text, without looking at the disk.
enum Paths {
  /// An absolute path without `.`, `..`, doubled slashes and a slash at the end.
  static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
