extension Connection {
  /// Does several things in one go on the connection's thread; nothing of other tasks comes between them.
  ///
  /// Cancelling the task interrupts the statement that runs, once: after it has thrown, `body` can still roll
  /// back.
  ///
  /// - Parameter body: Runs on the connection's thread.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws; `CancellationError` when the task was cancelled before `body` began.
  public nonisolated func run<T: Sendable>(_ body: @Sendable (isolated Connection) throws -> T) async throws
    -> T
  {
    try await perform(body)
  }

  /// Runs `body` on the connection's thread, as the one piece of work that the calling task may interrupt.
  nonisolated func perform<T: Sendable>(_ body: @Sendable (isolated Connection) throws -> T) async throws -> T
  {
    let ticket = InterruptGate.Ticket()
    return try await withTaskCancellationHandler {
      try await enter(ticket, body)
    } onCancel: {
      gate.cancel(ticket)
    }
  }

  private func enter<T: Sendable>(
    _ ticket: InterruptGate.Ticket, _ body: @Sendable (isolated Connection) throws -> T
  ) throws -> T {
    try gate.begin(ticket)
    defer { gate.end() }
    return try body(self)
  }
}
