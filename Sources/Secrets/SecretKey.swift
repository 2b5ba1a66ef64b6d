internal import CSodium
internal import Foundation

/// The key that values in the store are sealed with: XChaCha20-Poly1305 of libsodium, so that what was changed, or moved to
/// another place, does not open.
public struct SecretKey: Sendable {
  private let bytes: [UInt8]

  static let size = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
  private static let nonceSize = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
  private static let tagSize = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

  /// A new key.
  public init() { bytes = Randomness.bytes(Self.size) }

  /// - Parameter base64: 32 bytes.
  /// - Throws: ``SecretsError`` when the text is no key; it is not repeated in the error.
  public init(base64 text: String) throws(SecretsError) {
    guard let data = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
      data.count == Self.size
    else {
      throw SecretsError(
        "the secret key is not 32 bytes in Base64", hint: "Make one with: openssl rand -base64 32")
    }
    bytes = [UInt8](data)
  }

  /// Reads the key from its file, and makes both when there is no file.
  ///
  /// - Parameter path: readable for its owner alone.
  /// - Throws: ``SecretsError``.
  public static func kept(at path: String) throws(SecretsError) -> SecretKey {
    if let text = try? String(contentsOfFile: path, encoding: .utf8) { return try SecretKey(base64: text) }
    guard !FileManager.default.fileExists(atPath: path) else {
      throw SecretsError(
        "the secret key '\(path)' cannot be read", hint: "Give this user the right to read it.")
    }
    let key = SecretKey()
    let folder = (path as NSString).deletingLastPathComponent
    let text = Data(key.bytes).base64EncodedString() + "\n"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw SecretsError("the secret key's folder '\(folder)' cannot be made: \(error.localizedDescription)")
    }
    // Made under another name first, so that nobody reads half a key; of two that are made at once, one stays.
    let draft = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max))"
    guard
      FileManager.default.createFile(
        atPath: draft, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    else { throw SecretsError("the secret key '\(path)' cannot be written") }
    let isFirst = link(draft, path) == 0
    unlink(draft)
    if isFirst { return key }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SecretsError("the secret key '\(path)' cannot be written")
    }
    return try SecretKey(base64: text)
  }

  /// Reads a key from its file.
  ///
  /// - Throws: ``SecretsError`` when there is none, or it is no key.
  public static func read(at path: String) throws(SecretsError) -> SecretKey {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SecretsError("the secret key '\(path)' cannot be read")
    }
    return try SecretKey(base64: text)
  }

  /// Writes the key into a new file, for its owner alone.
  ///
  /// - Throws: ``SecretsError``.
  public func write(to path: String) throws(SecretsError) {
    let text = Data((Data(bytes).base64EncodedString() + "\n").utf8)
    guard !FileManager.default.fileExists(atPath: path),
      FileManager.default.createFile(atPath: path, contents: text, attributes: [.posixPermissions: 0o600])
    else { throw SecretsError("the secret key '\(path)' cannot be written") }
  }

  /// Seals a text.
  ///
  /// - Parameter place: where it is to be kept; it opens only with the same one.
  public func seal(_ text: String, for place: String) -> [UInt8] {
    let nonce = Randomness.bytes(Self.nonceSize)
    let message = [UInt8](text.utf8)
    let context = [UInt8](place.utf8)
    var sealed = [UInt8](repeating: 0, count: message.count + Self.tagSize)
    // Fails for no input; its result is 0 by its documentation.
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      &sealed, nil, message, UInt64(message.count), context, UInt64(context.count), nil, nonce, bytes)
    return nonce + sealed
  }

  /// Opens what was sealed.
  ///
  /// - Throws: ``SecretsError`` when it was sealed with another key or for another place, or was changed.
  public func open(_ sealed: [UInt8], for place: String) throws(SecretsError) -> String {
    let count = sealed.count - Self.nonceSize - Self.tagSize
    let context = [UInt8](place.utf8)
    guard count >= 0 else { throw Self.closed }
    var message = [UInt8](repeating: 0, count: max(count, 1))
    let body = Array(sealed[Self.nonceSize...])
    guard
      crypto_aead_xchacha20poly1305_ietf_decrypt(
        &message, nil, nil, body, UInt64(body.count), context, UInt64(context.count), sealed, bytes) == 0
    else { throw Self.closed }
    return String(decoding: message.prefix(count), as: UTF8.self)
  }

  /// What proves that a text comes from whoever has the key.
  func authentication(of text: String) -> [UInt8] {
    var mac = [UInt8](repeating: 0, count: Int(crypto_auth_BYTES))
    let message = [UInt8](text.utf8)
    crypto_auth(&mac, message, UInt64(message.count), signingKey)
    return mac
  }

  /// Takes the same time wherever the two differ.
  func isAuthentic(_ mac: [UInt8], of text: String) -> Bool {
    let message = [UInt8](text.utf8)
    return mac.count == Int(crypto_auth_BYTES)
      && crypto_auth_verify(mac, message, UInt64(message.count), signingKey) == 0
  }

  /// One key seals, another signs.
  private var signingKey: [UInt8] {
    var derived = [UInt8](repeating: 0, count: Int(crypto_auth_KEYBYTES))
    let purpose = [UInt8]("tarn: signatures of tokens".utf8)
    crypto_generichash(&derived, derived.count, purpose, UInt64(purpose.count), bytes, bytes.count)
    return derived
  }

  private static let closed = SecretsError(
    "a secret in the store does not open with this key",
    hint: "Start with the key that the store was made with.")
}

extension SecretKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "SecretKey" }
  public var debugDescription: String { "SecretKey" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
