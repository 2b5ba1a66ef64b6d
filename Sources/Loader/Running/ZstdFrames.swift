import Foundation

/// The frames of a zstd file: their blocks tell how long they are, so that nothing has to be unpacked to see whether the
/// last one is there.
enum ZstdFrames {
  /// Whether a file is made of whole frames. Files that cannot be opened are left to those who read them.
  static func areWhole(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path), let size = try? handle.seekToEnd() else {
      return true
    }
    defer { try? handle.close() }
    var walk = Walk(handle: handle, size: size)
    while walk.offset < size { guard walk.frame() else { return false } }
    return true
  }

  private struct Walk {
    let handle: FileHandle
    let size: UInt64
    var offset: UInt64 = 0

    mutating func frame() -> Bool {
      guard let magic = read(4).map(Self.number) else { return false }
      // Frames that hold nothing of the content tell their length.
      if magic & 0xFFFF_FFF0 == 0x184D_2A50 { return read(4).map(Self.number).map { skip($0) } ?? false }
      guard magic == 0xFD2F_B528, let descriptor = read(1)?.first, skip(UInt64(Self.headerSize(descriptor)))
      else {
        return false
      }
      while let header = read(3).map(Self.number) {
        let kind = header >> 1 & 3
        guard kind != 3, skip(kind == 1 ? 1 : header >> 3) else { return false }
        // The last block; a checksum may follow.
        if header & 1 == 1 { return descriptor & 4 == 0 || skip(4) }
      }
      return false
    }

    /// How long the frame's header is behind its descriptor: window, dictionary, size of the content.
    private static func headerSize(_ descriptor: UInt8) -> Int {
      let isSingle = descriptor & 0x20 != 0
      let dictionary = [0, 1, 2, 4][Int(descriptor & 3)]
      let content = [isSingle ? 1 : 0, 2, 4, 8][Int(descriptor >> 6)]
      return (isSingle ? 0 : 1) + dictionary + content
    }

    private mutating func skip(_ count: UInt64) -> Bool {
      offset += count
      return offset <= size
    }

    private mutating func read(_ count: Int) -> Data? {
      guard (try? handle.seek(toOffset: offset)) != nil, let data = try? handle.read(upToCount: count),
        data.count == count
      else { return nil }
      offset += UInt64(count)
      return data
    }

    private static func number(_ data: Data) -> UInt64 { data.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
  }
}
