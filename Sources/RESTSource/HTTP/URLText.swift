import Foundation

/// Writes parts of URLs.
enum URLText {
  private static let unreserved = Set(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8)

  /// A text of which nothing has a meaning in a URL.
  static func encoded(_ text: String, keeping kept: String = "") -> String {
    encoded(bytes: text.utf8, keeping: kept)
  }

  private static func encoded(bytes: some Sequence<UInt8>, keeping kept: String = "") -> String {
    var encoded = ""
    for byte in bytes {
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

  /// A URL of which characters that URLs do not have are encoded, as browsers and Python do it. Foundation would then
  /// encode what is encoded already once more.
  static func url(_ text: String, relativeTo base: URL? = nil) -> URL? {
    let bytes = Array(text.utf8)
    let authorityEnd = text.range(of: "://").flatMap { mark in
      text[..<mark.lowerBound].allSatisfy(\.isLetter)
        ? text[mark.upperBound...].firstIndex { "/?#".contains($0) } : nil
    }
    let start = authorityEnd.map { text.utf8.distance(from: text.startIndex, to: $0) } ?? 0
    var repaired: [UInt8] = Array(bytes[..<start])
    for (index, byte) in bytes.enumerated().dropFirst(start) {
      let isEscape =
        byte == UInt8(ascii: "%") && index + 2 < bytes.count
        && bytes[(index + 1)...(index + 2)].allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
      if isEscape || unreserved.contains(byte) || ":/?#@!$&'()*+,;=".utf8.contains(byte) {
        repaired.append(byte)
      } else {
        repaired += Array(encoded(bytes: [byte]).utf8)
      }
    }
    return URL(string: String(decoding: repaired, as: UTF8.self), relativeTo: base)?.absoluteURL
  }

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
