internal import CSodium

/// Bytes that nobody can guess.
enum Randomness {
  static func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    // On Linux from getrandom(2), with or without sodium_init().
    randombytes_buf(&bytes, count)
    return bytes
  }
}
