import TestKit
import Testing

@testable import Lake

@Suite struct TurnQueueTests {
  @Test func turnsComeInTheOrderOfAsking() async throws {
    let queue = TurnQueue()
    let order = Shared<[Int]>([])
    try await queue.acquire()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        group.addTask {
          try await queue.acquire()
          order.change { $0.append(number) }
          await queue.release()
        }
        await queue.untilWaiting(number + 1)
      }
      await queue.release()
      try await group.waitForAll()
    }
    #expect(order.value == Array(0..<50))
  }

  @Test func atMostSoManyHold() async throws {
    let queue = TurnQueue(holders: 3)
    let now = Shared((holding: 0, most: 0))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          try await queue.acquire()
          now.change { now in
            now.holding += 1
            now.most = max(now.most, now.holding)
          }
          await Task.yield()
          now.change { $0.holding -= 1 }
          await queue.release()
        }
      }
      try await group.waitForAll()
    }
    #expect(now.value.most <= 3)
    #expect(await queue.waiterCount == 0)
  }

  /// Whatever is cancelled whenever: everybody ends, and the turn is free afterwards.
  @Test(arguments: 0..<20)
  func noTurnIsLost(seed: UInt64) async throws {
    var random = Generator(state: seed &+ 1)
    let queue = TurnQueue()
    let granted = Shared(0)
    var tasks: [Task<Void, any Error>] = []
    for _ in 0..<100 {
      let task = Task {
        try await queue.acquire()
        granted.change { $0 += 1 }
        await Task.yield()
        await queue.release()
      }
      tasks.append(task)
      if Bool.random(using: &random) { tasks.randomElement(using: &random)?.cancel() }
      if Bool.random(using: &random) { await Task.yield() }
    }
    for task in tasks { _ = await task.result }
    try await queue.acquire()
    await queue.release()
    #expect(await queue.waiterCount == 0)
    #expect(granted.value > 0)
  }

  @Test func whoIsCancelledLeavesAtOnce() async throws {
    let queue = TurnQueue()
    try await queue.acquire()
    let waiter = Task { try await queue.acquire() }
    await queue.untilWaiting(1)
    waiter.cancel()
    await #expect(throws: CancellationError.self) { try await waiter.value }
    #expect(await queue.waiterCount == 0)
    await queue.release()
    try await queue.acquire()
  }

  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }
}
