import Foundation
import TestKit
import Testing

/// A writer is killed with `kill -9`: what it was told to be committed is there, and nothing half.
@Suite struct KilledWriterTests {
  @Test(
    "kill -9 of a writer at random moments",
    arguments: TestLakes.Kind.catalogs + [.sqliteOnS3].filter { TestLakes.Kind.installed.contains($0) })
  func atRandomMoments(kind: TestLakes.Kind) async throws {
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, writers: 2, named: "kill")
      var random = FaultRun.random("kill moments \(kind)")
      for _ in 0..<(kind == .sqliteOnS3 ? max(2, FaultRun.kills / 5) : FaultRun.kills) {
        let worker = try await FaultWorker.start(lab.lake)
        let writing = Task { await lab.write(in: worker) }
        await worker.untilAcknowledged(random.number(1...6))
        // The moment itself is what is tried: anywhere in a transaction of some 20 to 50 milliseconds.
        try await Task.sleep(for: .microseconds(random.number(0...60_000)))
        await worker.kill()
        await writing.value
        lab.take(worker, wasKilled: true)
        try await lab.check()
      }
      #expect(lab.record.acknowledged > 0)
      #expect(lab.record.failed.compactMap(\.failure?.description) == [])
      try await lab.checkOrphanRemoval()
      try await lab.checkThatItGoesOn()
    }
  }

  /// Kills at a chosen system call reach the moments between two writes that random ones seldom hit.
  @Test("kill -9 of a writer at a system call", arguments: TestLakes.Kind.catalogs)
  func atSystemCalls(kind: TestLakes.Kind) async throws {
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, named: "kill call")
      var random = FaultRun.random("kill calls \(kind)")
      let calls: [FaultInjector.Call] = [.open, .write, .sync, .truncate, .unlink, .rename, .link, .send]
      for _ in 0..<max(3, FaultRun.kills / 2) {
        let faults = try await FaultInjector(in: lab.folder)
        let worker = try await FaultWorker.start(lab.lake, faults: faults)
        try faults.arm(calls, on: [lab.folder.path, "socket:"], .kill, after: random.number(0...90))
        await lab.write(in: worker, count: 40)
        let made = try faults.matched
        #expect(!worker.isRunning, "the writer was not killed: it made \(made) calls")
        await worker.kill()
        lab.take(worker, wasKilled: true)
        try await lab.check()
      }
      try await lab.checkOrphanRemoval()
      try await lab.checkThatItGoesOn()
    }
  }
}
