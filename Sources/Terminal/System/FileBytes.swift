#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Reads small files whole.
enum FileBytes {
  /// The bytes of a file, or nil when there is none.
  static func read(_ path: String) throws(OutputError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw OutputError(code: errno, name: path)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = readBlock(descriptor, &block)
      if count == 0 { return bytes }
      if count > 0 {
        bytes += block[..<count]
      } else if errno != EINTR {
        throw OutputError(code: errno, name: path)
      }
    }
  }

  /// Reads up to a block from a file, pipe or terminal.
  ///
  /// - Returns: How many bytes, 0 at the end, or -1 with `errno`.
  static func readBlock(_ descriptor: Int32, _ block: inout [UInt8]) -> Int {
    systemRead(descriptor, &block)
  }
}

// Out of the scope in which `read` means the function above.
private func systemRead(_ descriptor: Int32, _ block: inout [UInt8]) -> Int {
  read(descriptor, &block, block.count)
}
