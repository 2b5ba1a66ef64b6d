#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Threads for calls that block, so that the cooperative pool never does.
enum Thread {
  /// DuckDB's planner recurses; this is the stack that a main thread usually has.
  private static let stackSize = 8 << 20

  private final class Start {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
    }
  }

  /// Starts a detached thread.
  ///
  /// - Throws: ``DuckDBError`` of kind `.connection` when the system has no more threads to give.
  static func start(_ body: @escaping @Sendable () -> Void) throws(DuckDBError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSize)
    pthread_attr_setdetachstate(&attributes, numericCast(PTHREAD_CREATE_DETACHED))

    let context = Unmanaged.passRetained(Start(body))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = pthread_create(&thread, &attributes, threadMain, context.toOpaque())
    guard status == 0 else {
      context.release()
      throw DuckDBError(kind: .connection, message: "The system refused a new thread (error \(status)).")
    }
  }

  /// Runs a blocking call on a thread made for it and waits without blocking the caller's thread.
  static func run<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      do {
        try start { continuation.resume(with: Swift.Result { try body() }) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  #if canImport(Darwin)
    private static let threadMain: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = {
      Unmanaged<Start>.fromOpaque($0).takeRetainedValue().body()
      return nil
    }
  #else
    private static let threadMain: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
      if let context = $0 { Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }
  #endif

  /// A number that tells the calling thread from all other living threads.
  static var currentIdentifier: UInt {
    #if canImport(Darwin)
      UInt(bitPattern: pthread_self())
    #else
      UInt(pthread_self())
    #endif
  }
}
