/// Chooses how much work fits into one turn, from how long the turns before it took.
///
/// A value, without a clock of its own, so that it is tested alone.
struct TurnPacer: Sendable {
  /// How long a turn should last, about.
  let target: Duration
  /// How much to do in the next turn, in the caller's own measure.
  private(set) var amount: Double
  private let smallest: Double
  private let largest: Double

  init(target: Duration, start: Double, smallest: Double, largest: Double) {
    self.target = target
    self.smallest = smallest
    self.largest = largest
    amount = min(max(start, smallest), largest)
  }

  /// The bytes that a turn takes on in any case: 20 MB for each second. Whatever is slower has a loaded machine or a slow
  /// storage for a reason, where each turn costs much by itself: smaller ones would only be more.
  static func fewestBytes(in turn: Duration) -> Double { turn.inSeconds * 20e6 }

  /// Learns from a turn. The amount changes by no more than half or double at a time: one slow disk access is no reason
  /// to go on in crumbs.
  ///
  /// - Parameters:
  ///   - did: how much was done, which may be less than ``amount``.
  ///   - took: how long the turn was held.
  mutating func learn(did: Double, took: Duration) {
    guard did > 0 else { return }
    let fits = did * target.inSeconds / max(took.inSeconds, 0.000_1)
    // A small remainder done in no time says nothing of a larger amount.
    if fits < amount || did >= amount / 2 { amount = min(max(fits, amount / 2), amount * 2) }
    amount = min(max(amount, smallest), largest)
  }
}
