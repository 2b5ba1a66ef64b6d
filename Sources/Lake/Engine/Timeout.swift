import Threads

/// Runs `body`, and cancels it when it takes longer than `limit`.
///
/// - Throws: ``LakeError`` with code `timeout`; what `body` throws.
func withTimeout<Value: Sendable>(
  _ limit: Duration?, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  guard let limit else { return try await body() }
  return try await withThrowingTaskGroup(of: Value?.self) { group in
    group.addTask { try await body() }
    group.addTask {
      try await Pause.wait(for: limit)
      return nil
    }
    defer { group.cancelAll() }
    // Cancellation of the caller ends the sleep, too: then the body's own error says more.
    do {
      if let first = try await group.next(), let value = first { return value }
    } catch {
      throw error
    }
    group.cancelAll()
    while let late = await group.nextResult() {
      if case .success(let value?) = late { return value }
    }
    throw LakeError(
      .timeout, "the query was stopped after its limit of \(limit.formattedSeconds)",
      hint: "Raise limits.timeout in tarn.yaml or --timeout.")
  }
}

extension Duration {
  /// `250 ms`, `2.5 s`, `90 s`.
  var formattedSeconds: String {
    let seconds = Double(components.seconds) + Double(components.attoseconds) / 1e18
    if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\((seconds * 10).rounded() / 10) s"
  }
}
