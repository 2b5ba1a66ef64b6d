/// A word that proves who a client is. The store keeps its hash alone.
public struct BearerToken: Sendable, Hashable {
  /// What the client sends.
  public let text: String

  /// So that people and scanners know what they see.
  private static let prefixOfAll = "tarn_"
  private static let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
  /// Of 62 letters each: 40 of them are more than 238 bits.
  private static let length = 40

  /// A new one.
  public init() {
    var letters: [UInt8] = []
    while letters.count < Self.length {
      // Beyond the last whole multiple of 62 some letters would be likelier.
      letters += Randomness.bytes(Self.length).filter { $0 < 248 }.map { Self.letters[Int($0) % 62] }
    }
    text = Self.prefixOfAll + String(decoding: letters.prefix(Self.length), as: UTF8.self)
  }

  public init(_ text: String) { self.text = text }

  /// What the store keeps: SHA-256, in hexadecimal digits. A slow hash is for words that can be guessed.
  public var hash: String { Digest.of(text) }

  /// Its first letters, by which people tell tokens apart.
  public var prefix: String { String(text.prefix(10)) }
}
