import Dispatch

extension DispatchQueue {
  /// Runs calls that wait for a disk, away from the threads of tasks.
  ///
  /// - Throws: what `body` throws.
  func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      async { continuation.resume(with: Swift.Result { try body() }) }
    }
  }
}
