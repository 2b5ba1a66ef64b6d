import Foundation
import Synchronization

/// Takes secrets out of everything that people may see.
final class Redactor: Sendable {
  private let secrets = Mutex<Set<String>>([])

  /// Hides a secret from now on, also where a URL has encoded it.
  func hide(_ secret: String) {
    guard !secret.isEmpty else { return }
    secrets.withLock {
      $0.insert(secret)
      $0.insert(URLText.encoded(secret))
      $0.insert(String(decoding: JSONText.quoted(secret).dropFirst().dropLast(), as: UTF8.self))
    }
  }

  /// A text without secrets.
  func shown(_ text: String) -> String {
    // The longest first, or a part of one would leave its rest.
    let hidden = secrets.withLock { $0.sorted { ($0.count, $0) > ($1.count, $1) } }
    return hidden.reduce(text) { $0.replacing($1, with: "***") }
  }

  /// A URL without secrets: user, password and query parameters that are named like secrets go too.
  func shown(url: URL) -> String {
    var text = url.absoluteString
    if url.user() != nil || url.password() != nil, let range = text.range(of: "@"),
      let start = text.range(of: "://")
    {
      text.replaceSubrange(start.upperBound..<range.lowerBound, with: "***")
    }
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return shown(text) }
    let query = parts[1].split(separator: "&", omittingEmptySubsequences: false).map { pair in
      let name = pair.prefix { $0 != "=" }
      return SensitiveNames.isBetterHidden(name.removingPercentEncoding ?? String(name))
        ? name + "=***" : pair
    }
    return shown(parts[0] + "?" + query.joined(separator: "&"))
  }

  /// The beginning of a body in one line.
  func excerpt(_ body: [UInt8]) -> String {
    // Secrets go before the text is cut, or the half of one could stay at the end.
    let text = shown(String(decoding: body.prefix(20_000), as: UTF8.self))
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let shown = String(
      line.filter { $0.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } })
    return shown.count > 200 ? shown.prefix(200) + "…" : shown
  }
}
