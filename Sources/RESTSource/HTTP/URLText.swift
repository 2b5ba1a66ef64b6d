import Foundation

/// Writes parts of URLs.
enum URLText {
  private static let unreserved = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)

  /// A text of which nothing has a meaning in a URL.
  static func encoded(_ text: String, keeping kept: String = "") -> String {
    var encoded = ""
    for byte in text.utf8 {
      if unreserved.contains(byte) || kept.utf8.contains(byte) {
        encoded.unicodeScalars.append(UnicodeScalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += (digits.count < 2 ? "%0" : "%") + digits
      }
    }
    return encoded
  }

  /// A value within a path: slashes stay, as names such as `owner/name` are common values.
  static func pathPart(_ text: String) -> String { encoded(text, keeping: "/:@!$&'()*+,;=") }

  /// A base and a path with one slash between them; a path that is a whole URL replaces the base.
  static func joined(_ base: String, _ path: String) -> String {
    if Origin(url: path) != nil { return path }
    guard !path.isEmpty else { return base }
    var start = base
    while start.hasSuffix("/") { start.removeLast() }
    return start + "/" + path.drop { $0 == "/" }
  }

  /// A URL with more parameters; those of the same name go.
  static func adding(_ parameters: [(name: String, value: String)], to url: String) -> String {
    guard !parameters.isEmpty else { return url }
    var (rest, fragment) = (Substring(url), Substring())
    if let hash = url.firstIndex(of: "#") { (rest, fragment) = (url[..<hash], url[hash...]) }
    let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let names = Set(parameters.map(\.name))
    var pairs = (parts.count == 2 ? parts[1] : "").split(separator: "&").map(String.init).filter { pair in
      let name = pair.prefix { $0 != "=" }
      return !names.contains(name.removingPercentEncoding ?? String(name))
    }
    pairs += parameters.map { encoded($0.name) + "=" + encoded($0.value) }
    return parts[0] + "?" + pairs.joined(separator: "&") + fragment
  }

  /// A form as browsers send it.
  static func form(_ fields: [(name: String, value: String)]) -> [UInt8] {
    func part(_ text: String) -> String { encoded(text).replacing("%20", with: "+") }
    return Array(fields.map { part($0.name) + "=" + part($0.value) }.joined(separator: "&").utf8)
  }
}
