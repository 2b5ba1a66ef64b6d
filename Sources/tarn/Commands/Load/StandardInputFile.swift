import Foundation

/// Standard input as a file: a load reads its source more than once.
///
/// Its name is made of its content, so that a command that died is recognised when it is fed the same again.
struct StandardInputFile {
  let path: String

  /// - Parameters:
  ///   - folder: where to keep it.
  ///   - table: the table that it is loaded into.
  /// - Throws: ``CommandFailure``.
  init(in folder: String, table: String) throws {
    let folder = folder + "/loads/input"
    let unfinished = "\(folder)/\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: unfinished))
      let output = try FileHandle(forWritingTo: URL(fileURLWithPath: unfinished))
      var hash = ContentHash()
      var head = Data()
      while let data = try FileHandle.standardInput.read(upToCount: 1 << 20), !data.isEmpty {
        if head.count < 16 { head.append(data.prefix(16)) }
        hash.add(data)
        try output.write(contentsOf: data)
      }
      try output.close()
      guard let ending = Self.ending(head) else {
        unlink(unfinished)
        throw CommandFailure.failed("standard input is empty")
      }
      path = "\(folder)/\(table)-\(hash.text)\(ending)"
      guard rename(unfinished, path) == 0 else { throw CommandFailure.failed("cannot write \(path)") }
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      unlink(unfinished)
      throw CommandFailure.failed("standard input could not be read: \(error.localizedDescription)")
    }
  }

  func remove() { unlink(path) }

  /// What the first bytes tell of the format; nil when there are none.
  private static func ending(_ head: Data) -> String? {
    if head.isEmpty { return nil }
    if head.starts(with: [0x1F, 0x8B]) { return ".gz" }
    if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return ".zst" }
    if head.starts(with: Data("PAR1".utf8)) { return ".parquet" }
    let first = head.first { !Character(UnicodeScalar($0)).isWhitespace }
    switch first {
    case UInt8(ascii: "{"): return ".jsonl"
    case UInt8(ascii: "["): return ".json"
    default: return ""
    }
  }
}

/// 128 bits that tell contents apart: two sums after Fowler, Noll and Vo.
private struct ContentHash {
  private var first: UInt64 = 0xCBF2_9CE4_8422_2325
  private var second: UInt64 = 0x8422_2325_CBF2_9CE4

  mutating func add(_ data: Data) {
    for byte in data {
      first = (first ^ UInt64(byte)) &* 0x100_0000_01B3
      second = (second &+ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
    }
  }

  var text: String { String(first, radix: 16) + String(second, radix: 16) }
}
