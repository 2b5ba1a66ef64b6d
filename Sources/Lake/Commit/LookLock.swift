/// Keeps first looks at a lake's catalog apart from the beginning of write transactions.
///
/// DuckLake 1.0 caches the tables of a schema version in an entry that its transactions point into without holding
/// it (duckdb/ducklake#1248, mended after the version that we pin). When two connections miss the cache at once, the
/// second entry replaces the first; a write transaction that points into the first fails at COMMIT or crashes.
/// Observed with plain DuckDB 1.5.5: one writer beside four readers failed about once in 15 commits.
///
/// So every transaction takes its first look, which loads the entry, under this lock: readers together, a writer
/// alone. Once a writer has looked, nobody misses that version any more, and nothing replaces its entry.
actor LookLock {
  private var together = 0
  private var isAlone = false
  private var waiting: [(alone: Bool, continuation: CheckedContinuation<Void, Never>)] = []

  /// Takes the lock, in the order of arrival. Held for milliseconds only, so a wait cannot be cancelled.
  ///
  /// - Parameter alone: for the first look of a write transaction.
  func lock(alone: Bool) async {
    if waiting.isEmpty, admits(alone: alone) { return admit(alone: alone) }
    await withCheckedContinuation { waiting.append((alone, $0)) }
  }

  func unlock(alone: Bool) {
    if alone { isAlone = false } else { together -= 1 }
    while let next = waiting.first, admits(alone: next.alone) {
      waiting.removeFirst()
      admit(alone: next.alone)
      next.continuation.resume()
    }
  }

  private func admits(alone: Bool) -> Bool { alone ? !isAlone && together == 0 : !isAlone }

  private func admit(alone: Bool) {
    if alone { isAlone = true } else { together += 1 }
  }
}

/// One lake at which a transaction is to look for the first time.
struct FirstLook: Sendable {
  let lake: Lake
  /// The tenure of the lake's turn that the transaction holds; nil when it holds none.
  let tenure: UInt64?

  var writes: Bool { tenure != nil }
}
