internal import Foundation
internal import Glibc
internal import Synchronization

/// What a process is told on its standard input: a socket, for writing to a pipe whose reader has ended would end the writer.
final class ProcessInput: Sendable {
  /// Our end; nil when it is closed.
  private let own: Mutex<Int32?>
  /// The process's end, until it has been started.
  let other: Int32

  /// - Throws: ``ScriptProcessError``.
  init() throws(ScriptProcessError) {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    else {
      throw ScriptProcessError("cannot talk to a script: \(String(cString: strerror(errno)))")
    }
    own = Mutex(ends[0])
    other = ends[1]
  }

  deinit { close() }

  /// The process has its end now.
  func started() { Glibc.close(other) }

  /// - Returns: false when there is nobody to read it.
  func write(_ text: String) -> Bool {
    own.withLock { descriptor in
      guard let descriptor else { return false }
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        bytes = bytes.dropFirst(count)
      }
      return true
    }
  }

  /// Ends the input.
  func close() {
    own.withLock { descriptor in
      if let descriptor { Glibc.close(descriptor) }
      descriptor = nil
    }
  }
}
