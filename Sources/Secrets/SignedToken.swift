internal import CSodium
internal import Foundation

/// A word that proves by itself what it says, so that nothing has to be stored for it: HMAC-SHA-512-256 of libsodium.
public struct SignedToken: Sendable {
  /// What stands before it.
  public static let prefix = "job_"

  /// Makes a token that carries a text.
  ///
  /// - Parameters:
  ///   - text: readable for whoever has the token.
  ///   - key: whoever has it can make and check tokens.
  public static func make(_ text: String, key: SecretKey) -> BearerToken {
    let payload = Data(text.utf8).base64EncodedString()
    let mac = Data(key.authentication(of: prefix + payload)).base64EncodedString()
    return BearerToken(prefix + payload + "." + mac)
  }

  /// - Returns: the text; nil when the token was not made with this key.
  public static func text(of token: BearerToken, key: SecretKey) -> String? {
    guard token.text.hasPrefix(prefix), let dot = token.text.lastIndex(of: "."),
      let mac = Data(base64Encoded: String(token.text[token.text.index(after: dot)...])),
      key.isAuthentic([UInt8](mac), of: String(token.text[..<dot])),
      let payload = Data(base64Encoded: String(token.text[..<dot].dropFirst(prefix.count)))
    else { return nil }
    return String(decoding: payload, as: UTF8.self)
  }
}

extension SecretKey {
  /// A secret that whoever has the key can work out again, so that it need not be stored.
  ///
  /// - Parameter purpose: what it is for; one of another purpose tells nothing about it. No purpose may begin with
  ///   ``SignedToken/prefix``.
  /// - Returns: letters, digits, `-` and `_`.
  public func derivedSecret(for purpose: String) -> String {
    Base64URL.text(of: authentication(of: "derived secret: " + purpose))
  }
}

/// Base64 with letters that mean nothing in addresses and header fields (RFC 4648, section 5), without padding.
public enum Base64URL {
  public static func text(of bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
      "=", with: "")
  }

  /// - Returns: nil for a text that is none.
  public static func bytes(of text: String) -> [UInt8]? {
    guard !text.contains(where: { "+/=".contains($0) }) else { return nil }
    let plain = text.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    return Data(base64Encoded: plain + padding).map { [UInt8]($0) }
  }
}
