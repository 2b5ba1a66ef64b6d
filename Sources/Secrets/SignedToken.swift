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
