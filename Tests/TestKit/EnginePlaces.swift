import Foundation

/// Lets a few tests at a time have an engine: each has threads and memory of its own, and Swift Testing would start them
/// all at once.
actor EnginePlaces {
  static let shared = EnginePlaces()

  private var free = 3
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Runs `body` when there is a place.
  nonisolated func run<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    await take()
    do {
      let result = try await body()
      await give()
      return result
    } catch {
      await give()
      throw error
    }
  }

  private func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func give() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
