import Foundation

/// Time as a run sees it; tests have one that does not pass by itself.
protocol RunClock: Sendable {
  /// Time since some fixed moment.
  var now: Duration { get }
  /// Seconds since 1970.
  var secondsSince1970: Int { get }
  /// - Throws: `CancellationError`.
  func sleep(for duration: Duration) async throws
  /// A number from 0 to 1, another each time, so that many clients do not come back together.
  func jitter() -> Double
}

struct SystemRunClock: RunClock {
  private let start = ContinuousClock.now

  var now: Duration { ContinuousClock.now - start }
  var secondsSince1970: Int { Int(Date().timeIntervalSince1970) }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
  func jitter() -> Double { Double.random(in: 0...1) }
}
