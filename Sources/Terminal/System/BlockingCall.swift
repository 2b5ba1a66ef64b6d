#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Threads for calls that wait for a person or a pipe, so that the cooperative pool never does.
enum BlockingCall {
  private final class Body {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }

  /// Runs a blocking call on a thread made for it.
  ///
  /// - Throws: ``OutputError`` named `thread` when the system has none to give; what the call throws.
  static func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let code = start { continuation.resume(with: Swift.Result { try body() }) }
      if code != 0 { continuation.resume(throwing: OutputError(code: code, name: "thread")) }
    }
  }

  /// Starts a detached thread.
  ///
  /// - Returns: 0, or the error's number when no thread was started.
  static func start(_ run: @escaping @Sendable () -> Void) -> Int32 {
    let body = Unmanaged.passRetained(Body(run))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = pthread_create(&thread, nil, blockingCallMain, body.toOpaque())
    if code != 0 {
      body.release()
      return code
    }
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
    return 0
  }

  fileprivate static func main(_ context: UnsafeMutableRawPointer) {
    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
  }
}

#if canImport(Darwin)
  private func blockingCallMain(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    BlockingCall.main(context)
    return nil
  }
#else
  private func blockingCallMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { BlockingCall.main(context) }
    return nil
  }
#endif
