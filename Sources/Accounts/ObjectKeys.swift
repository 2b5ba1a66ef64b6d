public import Secrets

/// What clients of object storage sign requests with: an id, and a secret that is never sent.
public struct ObjectKey: Sendable, Hashable {
  /// Says whose it is; letters, digits, `-` and `_`.
  public let id: String
  public let secret: String
}

extension Accounts {
  /// Before the ids of those that belong to jobs, and to tokens of members.
  private static let prefixes = (job: "job_", token: "tok_")

  /// The key of a token. It is worked out and stored nowhere, and is good as long as the token is; the token cannot be
  /// worked out from it.
  public func objectKey(of token: BearerToken) -> ObjectKey {
    let id =
      if let text = SignedToken.text(of: token, key: key) {
        Self.prefixes.job + Base64URL.text(of: [UInt8](text.utf8))
      } else {
        Self.prefixes.token + token.hash
      }
    return ObjectKey(id: id, secret: secret(ofObjectKey: id))
  }

  /// The secret that belongs to an id, whether or not there is such a key.
  public func secret(ofObjectKey id: String) -> String { key.derivedSecret(for: "object key " + id) }

  /// Who a key belongs to; nil when its token is not known or has expired. Nothing proves yet that the sender has the key:
  /// that is for whoever checks the signature.
  ///
  /// - Throws: `StoreError`.
  public func identity(ofObjectKey id: String) async throws -> Identity? {
    if id.hasPrefix(Self.prefixes.job) {
      guard let bytes = Base64URL.bytes(of: String(id.dropFirst(Self.prefixes.job.count))) else { return nil }
      return try await identity(ofJob: String(decoding: bytes, as: UTF8.self))
    }
    guard id.hasPrefix(Self.prefixes.token) else { return nil }
    return try await identity(ofTokenWith: String(id.dropFirst(Self.prefixes.token.count)))
  }
}
