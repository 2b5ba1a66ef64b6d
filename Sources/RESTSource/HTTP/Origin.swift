import Foundation

/// The server that a URL leads to: scheme, host and port.
struct Origin: Hashable, CustomStringConvertible {
  let isSecure: Bool
  let host: String
  let port: Int
  let hasCredentials: Bool

  /// Nil for what is no `http:` or `https:` URL.
  init?(url text: String) {
    guard let url = URL(string: text) else { return nil }
    self.init(url)
  }

  init?(_ url: URL) {
    guard let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
      let host = url.host()?.lowercased(), !host.isEmpty
    else { return nil }
    isSecure = scheme == "https"
    self.host = host.hasSuffix(".") ? String(host.dropLast()) : host
    port = url.port ?? (isSecure ? 443 : 80)
    hasCredentials = url.user() != nil || url.password() != nil
  }

  var description: String { "\(host):\(port)" }

  /// Whether secrets meant for this server may go to another: to itself, and from its plain port to its secure one.
  func vouches(for other: Origin) -> Bool {
    guard host == other.host, !isSecure || other.isSecure else { return false }
    return port == other.port || (port == 80 && !isSecure && other.port == 443 && other.isSecure)
  }

  /// Whether a declared `host` or `host:port` means this server.
  func isNamed(_ declared: String) -> Bool {
    let name = declared.lowercased()
    return name == "\(host):\(port)" || name == host
  }
}
