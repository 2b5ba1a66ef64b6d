#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A thread for the loop, so that the cooperative pool never waits for sockets.
enum LoopThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }

  /// Starts a detached thread.
  ///
  /// - Returns: What went wrong, when no thread was started.
  static func start(_ run: @escaping @Sendable () -> Void) -> HTTPServerError? {
    let body = Unmanaged.passRetained(Body(run))
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, loopThreadMain, body.toOpaque())
    guard code == 0 else {
      body.release()
      return .system("cannot start a server's thread", SystemText.error(code))
    }
    pthread_detach(thread)
    return nil
  }

  fileprivate static func main(_ context: UnsafeMutableRawPointer) {
    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
  }
}

private func loopThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let context { LoopThread.main(context) }
  return nil
}

/// A clock that only goes forward.
enum LoopClock {
  /// Milliseconds since some moment.
  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }
}

extension Duration {
  /// Rounded up; 0 for less than nothing, and never so much that sums with the time overflow.
  var wholeMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard self > .zero else { return 0 }
    guard seconds < 1 << 40 else { return 1 << 50 }
    return UInt64(seconds) * 1000 + UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

enum SystemText {
  /// What the system calls an error.
  static func error(_ code: Int32) -> String {
    String(cString: strerror(code))
  }
}

extension HTTPServerError {
  static func system(_ what: String, _ why: String) -> HTTPServerError {
    HTTPServerError(code: .system, description: "\(what): \(why)")
  }
}
