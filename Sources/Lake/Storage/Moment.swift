import Foundation

/// A moment on both clocks: what the wall said, and how long the machine has been up.
struct Moment: Sendable {
  /// Milliseconds since 1970.
  let wall: Int64
  private let steady: ContinuousClock.Instant

  static var now: Moment { Moment(wall: Int64(Date.now.timeIntervalSince1970 * 1000), steady: .now) }

  /// Whether the wall clock was set between this moment and a later one.
  func isJumped(until later: Moment) -> Bool {
    let passed = (later.steady - steady) / .milliseconds(1)
    return abs(Double(later.wall - wall) - passed) > 50
  }
}
