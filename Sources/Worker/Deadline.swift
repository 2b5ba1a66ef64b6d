internal import Threads

/// A limit of time for work that ends when its task is cancelled.
enum Deadline {
  /// The time was over.
  struct Passed: Error, CustomStringConvertible {
    let limit: Duration

    var description: String { "the script ran longer than \(limit.components.seconds) s and was stopped" }
  }

  /// - Parameter time: nil for none.
  /// - Throws: ``Passed``; what `body` throws.
  static func limit<Result: Sendable>(
    _ time: Duration?, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    guard let time else { return try await body() }
    return try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Pause.wait(for: time)
        throw Passed(limit: time)
      }
      defer { group.cancelAll() }
      guard let result = try await group.next() else { throw CancellationError() }
      return result
    }
  }
}
