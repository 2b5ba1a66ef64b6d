internal import Secrets

extension Accounts {
  /// A word that proves that this server, or another with its key, has said a text.
  public func signature(of text: String) -> String { SignedToken.make(text, key: key).text }

  /// The text that a signature proves; nil when it was made with another key, or changed.
  public func text(signedBy signature: String) -> String? {
    SignedToken.text(of: BearerToken(signature), key: key)
  }
}
