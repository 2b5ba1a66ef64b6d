// The C library types here are shared with libedit's header, and may count as either module's.
internal import CEdit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A buffered writer onto a file, a pipe or a terminal.
///
/// When the reader of a pipe goes away (`tarn sql … | head`), writing ends without an error and ``isReaderGone`` tells.
/// Everything else that fails, such as a full disk, is thrown. Not Sendable: one task writes at a time.
public final class ByteOutput {
  /// Whether nobody reads any more, so that more work would be in vain.
  public private(set) var isReaderGone = false

  /// How many bytes were given to this output.
  public private(set) var count = 0

  /// What errors call it: `standard output`, or the path.
  public let name: String

  let descriptor: Int32?
  private let isOwned: Bool
  private let capacity: Int
  private var isClosed = false
  private var buffer: [UInt8] = []

  /// Writes onto an open file.
  ///
  /// - Parameters:
  ///   - descriptor: An open file. It stays open.
  ///   - name: What errors call it.
  ///   - capacity: How many bytes are kept back at most.
  public init(descriptor: Int32, name: String, capacity: Int = 1 << 16) {
    self.descriptor = descriptor
    self.name = name
    self.capacity = capacity
    isOwned = false
  }

  /// Makes a file, or empties one that is there.
  ///
  /// - Throws: ``OutputError`` when the file cannot be opened for writing.
  public init(creating path: String) throws(OutputError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputError(code: errno, name: path) }
    self.descriptor = descriptor
    name = path
    capacity = 1 << 16
    isOwned = true
  }

  /// Keeps what is written, for ``contents``.
  public init(collecting name: String = "memory") {
    descriptor = nil
    self.name = name
    capacity = .max
    isOwned = false
  }

  deinit {
    if isOwned, !isClosed, let descriptor { _ = Self.closeFile(descriptor) }
  }

  /// Standard output. Make it once: two buffers onto one file mix their lines.
  public static func standardOutput() -> ByteOutput {
    ByteOutput(descriptor: STDOUT_FILENO, name: "standard output")
  }

  /// Standard error. Flush it after each message.
  public static func standardError() -> ByteOutput {
    ByteOutput(descriptor: STDERR_FILENO, name: "standard error")
  }

  /// What was written and is not flushed yet; all of it for an output that collects.
  public var contents: String { String(decoding: buffer, as: UTF8.self) }

  /// Writes text.
  public func write(_ text: String) throws(OutputError) {
    count += text.utf8.count
    buffer.append(contentsOf: text.utf8)
    try flushIfFull()
  }

  /// Writes text and a line break.
  public func writeLine(_ text: String = "") throws(OutputError) {
    try write(text)
    try write("\n")
  }

  /// Lets a closure add bytes at the end of the buffer.
  public func append(_ body: (inout [UInt8]) -> Void) throws(OutputError) {
    let before = buffer.count
    body(&buffer)
    count += buffer.count - before
    try flushIfFull()
  }

  /// Writes out what is kept back.
  ///
  /// - Throws: ``OutputError`` when the system does not take it, such as `ENOSPC`. What was kept back is dropped then.
  public func flush() throws(OutputError) {
    guard let descriptor else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    guard !isReaderGone, !buffer.isEmpty else { return }
    let code = Self.writeAll(buffer, to: descriptor)
    if code == EPIPE {
      isReaderGone = true
    } else if code != 0 {
      throw OutputError(code: code, name: name)
    }
  }

  /// Writes out what is kept back, and closes a file that this output opened.
  ///
  /// - Throws: ``OutputError`` when either fails; some file systems tell only here that they are full.
  public func close() throws(OutputError) {
    guard !isClosed else { return }
    isClosed = true
    var failure: OutputError?
    do throws(OutputError) { try flush() } catch { failure = error }
    if isOwned, let descriptor {
      let code = Self.closeFile(descriptor)
      if failure == nil, code != 0 { failure = OutputError(code: code, name: name) }
    }
    if let failure { throw failure }
  }

  private func flushIfFull() throws(OutputError) {
    if buffer.count >= capacity { try flush() }
  }

  private static func closeFile(_ descriptor: Int32) -> Int32 {
    // The file is closed even when close fails, so it is not tried twice.
    closeDescriptor(descriptor) == 0 || errno == EINTR ? 0 : errno
  }

  /// Writes all bytes, and gives the error's number or 0.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    BrokenPipe.withoutSignal {
      bytes.withUnsafeBytes { bytes in
        var rest = bytes[...]
        while !rest.isEmpty {
          let written = writeDescriptor(descriptor, UnsafeRawBufferPointer(rebasing: rest))
          if written >= 0 {
            rest = rest.dropFirst(written)
          } else if errno == EAGAIN {
            var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&poller, 1, -1)
          } else if errno != EINTR {
            return errno
          }
        }
        return 0
      }
    }
  }
}

private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }

private func writeDescriptor(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// What the system said when output could not be written.
public struct OutputError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The number of the system's error, such as `ENOSPC`.
  public let code: Int32

  /// Which output it was.
  public let name: String

  init(code: Int32, name: String) {
    self.code = code
    self.name = name
  }

  /// One line: `report.csv: No space left on device`.
  public var description: String { "\(name): \(String(cString: strerror(code)))" }
}

/// Keeps a write to a pipe without a reader from ending the process, without a setting for the whole process that
/// children would inherit.
private enum BrokenPipe {
  static func withoutSignal(_ body: () -> Int32) -> Int32 {
    var pipe = sigset_t()
    var previous = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &previous)
    let code = body()
    if code == EPIPE {
      // The signal that came with it waits for this thread; take it before the mask goes back.
      var atOnce = timespec()
      while sigtimedwait(&pipe, nil, &atOnce) == -1, errno == EINTR {}
    }
    pthread_sigmask(SIG_SETMASK, &previous, nil)
    return code
  }
}
