internal import CSodium

/// What texts are known by.
public enum Digest {
  /// SHA-256 of the text's UTF-8, in hexadecimal digits.
  public static func of(_ text: String) -> String {
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    let bytes = [UInt8](text.utf8)
    crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
    return digest.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
  }
}
