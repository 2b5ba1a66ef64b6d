/// Lets requests start: so many at the same time, so many within a period, none while the API asks for a pause.
actor RequestGate {
  private let permits: Permits
  private let limit: RESTRateLimit?
  private let clock: any RunClock
  /// When the latest requests started or shall start, as many as the limit counts.
  private var starts: [Duration] = []
  private var pausedUntil = Duration.zero

  init(maximumParallel: Int, limit: RESTRateLimit?, clock: any RunClock) {
    permits = Permits(maximumParallel)
    self.limit = limit
    self.clock = clock
  }

  /// Runs a request when its turn has come.
  nonisolated func run<Value: Sendable>(_ request: () async throws -> Value) async throws -> Value {
    try await permits.take()
    defer { permits.giveBack() }
    try await waitForTurn()
    return try await request()
  }

  /// Holds back all requests that have not started.
  func pause(for duration: Duration) { pausedUntil = max(pausedUntil, clock.now + duration) }

  private func waitForTurn() async throws {
    var start = reserveStart()
    while true {
      start = max(start, pausedUntil)
      let now = clock.now
      guard start > now else { return }
      try await clock.sleep(for: start - now)
    }
  }

  private func reserveStart() -> Duration {
    guard let limit else { return clock.now }
    var start = max(clock.now, starts.last ?? .zero)
    if starts.count >= limit.requests { start = max(start, starts.removeFirst() + limit.period) }
    starts.append(start)
    return start
  }
}
