#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Reads lines from a pipe or a file. Line breaks are `\n` or `\r\n`; a byte order mark at the start is left out.
final class PlainLineReader {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var start = 0
  private var isAtEnd = false
  private var isAtBeginning = true

  init(_ descriptor: Int32) {
    self.descriptor = descriptor
  }

  func readLine() async throws -> LineInput {
    var searched = start
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return .line(text(start..<end))
      }
      if isAtEnd {
        defer { start = buffer.count }
        return start < buffer.count ? .line(text(start..<buffer.count)) : .end
      }
      buffer.removeFirst(start)
      start = 0
      searched = buffer.count
      let block = try await Self.read(descriptor)
      isAtEnd = block.isEmpty
      buffer += block
    }
  }

  private func text(_ range: Range<Int>) -> String {
    var bytes = buffer[range]
    if isAtBeginning, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    isAtBeginning = false
    if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func read(_ descriptor: Int32) async throws -> [UInt8] {
    try await BlockingCall.run {
      var block = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = FileBytes.readBlock(descriptor, &block)
        if count >= 0 { return Array(block[..<count]) }
        if errno == EAGAIN {
          var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          poll(&poller, 1, -1)
        } else if errno != EINTR {
          throw OutputError(code: errno, name: "standard input")
        }
      }
    }
  }
}
