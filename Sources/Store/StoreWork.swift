import Synchronization

/// A closure that somebody waits for, on its way to a thread with a connection.
struct StoreWork: Sendable {
  /// Does the work; its result is kept.
  let run: @Sendable (StoreTransaction) throws -> Void
  /// Tells the one who waits: with the result that was kept, or the error.
  let end: @Sendable ((any Error)?) -> Void

  /// Hands a closure over and waits for what becomes of it.
  ///
  /// - Parameter submit: hands over; false when nobody takes it any more.
  static func perform<Result: Sendable>(
    _ body: @escaping @Sendable (StoreTransaction) throws -> Result, _ submit: (StoreWork) -> Bool
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let kept = Kept<Result>()
      let work = StoreWork { transaction in
        let result = try body(transaction)
        kept.value.withLock { $0 = result }
      } end: { error in
        if let error { return continuation.resume(throwing: error) }
        guard let result = kept.value.withLock({ $0 }) else {
          return continuation.resume(throwing: StoreError(.unavailable, "the store did not do its work"))
        }
        continuation.resume(returning: result)
      }
      if !submit(work) {
        continuation.resume(throwing: StoreError(.unavailable, "the store is closed"))
      }
    }
  }

  private final class Kept<Result: Sendable>: Sendable {
    let value = Mutex<Result?>(nil)
  }
}
