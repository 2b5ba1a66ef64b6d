import Foundation
import Testing

@testable import Terminal

#if canImport(Glibc)
  import Glibc
#endif

/// A terminal without a window: what is typed into it, and what appears on it.
final class PseudoTerminal {
  /// What a program uses as its terminal.
  let descriptor: Int32

  private let controller: Int32
  private var seen: [UInt8] = []

  /// How long an expected text may take on a busy machine.
  private static let patience: Int32 = 60_000

  init(width: UInt16 = 80, height: UInt16 = 24) throws {
    // libedit looks the terminal up by its name.
    setenv("TERM", "xterm", 1)
    var first: Int32 = -1
    var second: Int32 = -1
    var size = winsize(ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
    let openPair = try #require(dlsym(UnsafeMutableRawPointer(bitPattern: 0), "openpty"))
    try #require(unsafeBitCast(openPair, to: OpenPair.self)(&first, &second, nil, nil, &size) == 0)
    (controller, descriptor) = (first, second)
  }

  /// `openpty`, which stands in no header that Swift's C library modules have.
  private typealias OpenPair =
    @convention(c) (
      UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<CChar>?,
      UnsafePointer<termios>?, UnsafePointer<winsize>?
    ) -> Int32

  deinit {
    close(controller)
    close(descriptor)
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(controller, bytes, bytes.count)
  }

  func resize(width: UInt16) {
    var size = winsize(ws_row: 24, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
  }

  /// Waits until a text has appeared, and gives everything since the last call, without escape sequences.
  @discardableResult
  func expect(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
    let controller = controller
    while true {
      let shown = Self.plain(seen)
      if shown.contains(text) {
        seen = []
        return shown
      }
      let block = try await BlockingCall.run { () -> [UInt8] in
        var poller = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, Self.patience) > 0 else { return [] }
        var block = [UInt8](repeating: 0, count: 4096)
        return Array(block[..<max(0, FileBytes.readBlock(controller, &block))])
      }
      if block.isEmpty {
        Issue.record("'\(text)' did not appear after '\(shown)'", sourceLocation: sourceLocation)
        throw CancellationError()
      }
      seen += block
    }
  }

  private static func plain(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self).replacing(/\u{1B}(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])/, with: "")
      .replacing("\r\n", with: "\n").replacing("\r", with: "")
  }
}
