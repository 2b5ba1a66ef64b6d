import Foundation

/// Chooses the snapshots that may expire. Pure, so that it is tested without a lake.
struct ExpiryRule: Sendable {
  /// One snapshot of a lake.
  struct Entry: Sendable, Hashable {
    let id: Int64
    let time: Date
  }

  /// How long snapshots are kept.
  let age: TimeInterval
  /// How many of the newest are kept.
  let last: Int
  /// Snapshots that have a tag or that a branch started from.
  let protected: Set<Int64>
  /// The first snapshot that an open transaction needs to notice what was committed beside it; nil when none does.
  let firstNeeded: Int64?

  /// What may expire, the oldest first, and how many would if no transaction were open.
  func expired(_ entries: [Entry], now: Date) -> (ids: [Int64], heldBack: Int) {
    let ordered = entries.sorted { $0.id < $1.id }
    let old = ordered.dropLast(max(1, last)).filter { entry in
      entry.time < now.addingTimeInterval(-age) && !protected.contains(entry.id)
    }
    guard let firstNeeded else { return (old.map(\.id), 0) }
    // The transaction itself reads the snapshot before.
    let base = ordered.last { $0.id < firstNeeded }?.id
    let free = old.filter { $0.id < firstNeeded && $0.id != base }
    return (free.map(\.id), old.count - free.count)
  }
}
