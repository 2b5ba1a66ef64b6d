import Foundation
import Testing

@testable import Threads

@Suite struct PauseTests {
  @Test func itWaitsForItsTime() async throws {
    let clock = ContinuousClock()
    let begin = clock.now
    try await Pause.wait(for: .milliseconds(30))
    #expect(clock.now - begin >= .milliseconds(30))
    try await Pause.wait(until: begin)
    try await Pause.wait(for: .zero)
  }

  /// Each of them would wait for longer than the test may take.
  @Test func aCancelledOneEndsAtOnce() async throws {
    for time in [Duration.seconds(3600), .seconds(Int64.max)] {
      let begun = Task { try await Pause.wait(for: time) }
      await Task.yield()
      begun.cancel()
      await #expect(throws: CancellationError.self) { try await begun.value }
      let cancelledBefore = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        try await Pause.wait(for: time)
      }
      await #expect(throws: CancellationError.self) { try await cancelledBefore.value }
    }
  }

  /// In a process of its own, since all others' memory counts, too.
  @Test func cancelledOnesLeaveNothingBehind() async throws {
    await #expect(processExitsWith: .success) {
      func cancelled(_ count: Int) async {
        for _ in 0..<count {
          let task = Task { try await Pause.wait(for: .seconds(3600)) }
          // So that some of them have begun to wait.
          await Task.yield()
          task.cancel()
          _ = await task.result
        }
      }
      func residentPages() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return Int(text.split(separator: " ")[1]) ?? 0
      }
      await cancelled(5000)
      let before = try residentPages()
      await cancelled(100_000)
      // Those of `Task.sleep` hold some 300 bytes each: more than 7,000 pages.
      let held = try residentPages() - before
      guard held < 3000 else { fatalError("\(held) pages") }
    }
  }

  @Test func manyAtOnceEndAsTheyShould() async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<2000 {
        group.addTask {
          let task = Task { try await Pause.wait(for: .microseconds(number % 50)) }
          if number.isMultiple(of: 2) { task.cancel() }
          return await (try? task.value) != nil || number.isMultiple(of: 2)
        }
      }
      let ended = try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      #expect(ended == 2000)
    }
  }
}
