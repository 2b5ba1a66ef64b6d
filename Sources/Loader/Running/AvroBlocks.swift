import Foundation

/// The blocks of an Avro file: each tells how long it is and ends with the file's mark, so that nothing has to be read to
/// see whether the last one is there. DuckDB reads a file that was cut off as far as it goes, and says nothing.
enum AvroBlocks {
  /// Whether a file is made of whole blocks. Files that cannot be opened, and those that are no Avro at all, are left to
  /// those who read them.
  static func areWhole(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path), let size = try? handle.seekToEnd() else {
      return true
    }
    defer { try? handle.close() }
    var walk = Walk(handle: handle, size: size)
    guard walk.read(4) == Data([0x4F, 0x62, 0x6A, 1]) else { return true }
    guard walk.skipMetadata(), let mark = walk.read(16) else { return false }
    while walk.offset < size {
      guard walk.number() != nil, let length = walk.number(), length >= 0, walk.skip(length),
        walk.read(16) == mark
      else { return false }
    }
    return true
  }

  /// The schema in a file's header, as text of JSON; nil for what is no Avro.
  static func schema(of path: String) -> String? {
    guard let handle = FileHandle(forReadingAtPath: path), let size = try? handle.seekToEnd() else {
      return nil
    }
    defer { try? handle.close() }
    var walk = Walk(handle: handle, size: size)
    guard walk.read(4) == Data([0x4F, 0x62, 0x6A, 1]) else { return nil }
    return walk.metadata("avro.schema").map { String(decoding: $0, as: UTF8.self) }
  }

  private struct Walk {
    let handle: FileHandle
    let size: UInt64
    var offset: UInt64 = 0

    /// Passes over what the header says of the file: pairs of texts in groups, of which the last is empty.
    mutating func skipMetadata() -> Bool {
      while let count = number() {
        if count == 0 { return true }
        // A group of a negative count tells its size, too.
        if count < 0, number() == nil { return false }
        for _ in 0..<count.magnitude * 2 {
          guard let length = number(), length >= 0, skip(length) else { return false }
        }
      }
      return false
    }

    /// What the header says under a key.
    mutating func metadata(_ key: String) -> Data? {
      while let count = number(), count != 0 {
        if count < 0, number() == nil { return nil }
        for _ in 0..<count.magnitude {
          guard let nameLength = number(), nameLength >= 0, nameLength < size,
            let name = read(Int(nameLength)),
            let length = number(), length >= 0, length < size
          else { return nil }
          if name == Data(key.utf8) { return read(Int(length)) }
          guard skip(length) else { return nil }
        }
      }
      return nil
    }

    mutating func skip(_ count: Int64) -> Bool {
      offset += UInt64(count)
      return offset <= size
    }

    mutating func read(_ count: Int) -> Data? {
      guard (try? handle.seek(toOffset: offset)) != nil, let data = try? handle.read(upToCount: count),
        data.count == count
      else { return nil }
      offset += UInt64(count)
      return data
    }

    /// A whole number: seven bits a byte, the lowest first, and the sign in the lowest bit of all.
    mutating func number() -> Int64? {
      var bits: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 64, by: 7) {
        guard let byte = read(1)?.first else { return nil }
        bits |= UInt64(byte & 0x7F) << shift
        if byte & 0x80 == 0 { return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1) }
      }
      return nil
    }
  }
}
