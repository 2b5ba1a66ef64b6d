import Foundation
import TestKit
import Testing

/// The wall clock jumps while writers write: snapshots are in the order of their numbers all the same.
@Suite struct ClockTests {
  @Test("the clock jumps", arguments: TestLakes.Kind.catalogs)
  func clockJumps(kind: TestLakes.Kind) async throws {
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, writers: 2, named: "clock")
      var random = FaultRun.random("clock \(kind)")
      let faults = try await FaultInjector(in: lab.folder)
      let worker = try await FaultWorker.start(lab.lake, faults: faults)
      let told = try await worker.query("SELECT epoch(now())::BIGINT")
      try faults.moveClock(by: .seconds(-86_400))
      let earlier = try await worker.query("SELECT epoch(now())::BIGINT")
      let moved = (Int(told[0][0] ?? "") ?? 0) - (Int(earlier[0][0] ?? "") ?? 0)
      #expect((86_000...86_500).contains(moved), "the process's clock was not moved: \(moved) s")

      let writing = Task { await lab.write(in: worker) }
      for _ in 0..<max(4, FaultRun.kills / 2) {
        try faults.moveClock(by: .seconds(random.number(-400_000...400_000)))
        let count = worker.outcomes.count { $0.isAcknowledged }
        #expect(await worker.untilAcknowledged(count + 3))
      }
      await lab.finish(worker, writing)
      #expect(lab.record.failed.compactMap(\.failure?.description) == [])
      try await lab.check()
      try await lab.checkOrphanRemoval()
      try await lab.checkThatItGoesOn()
    }
  }
}
