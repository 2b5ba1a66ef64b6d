import Foundation

/// Bytes that nobody can guess, many at a time: asked for singly, each costs a call of the system.
enum RandomBytes {
  /// What the system gives at once.
  private static let limit = 256

  /// Fills memory.
  ///
  /// - Throws: ``LoadError`` with code `data` when the system has none.
  static func fill(_ target: UnsafeMutableRawBufferPointer) throws(LoadError) {
    var rest = target[...]
    while !rest.isEmpty {
      let part = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(limit))
      guard let start = part.baseAddress, getentropy(start, part.count) == 0 else {
        throw LoadError(.data, "the system gives no random bytes: \(String(cString: strerror(errno)))")
      }
      rest = rest.dropFirst(part.count)
    }
  }
}
