import Foundation
import LakeSettings
import TestKit
import Testing

/// A process that has the lake, or its turn, dies while another one waits for it.
@Suite struct KilledEngineTests {
  /// How soon the one who waits has to be served. Its patience is 60 s, so this tells being served from giving up.
  private static let soon = Duration.seconds(10)

  @Test("kill -9 of the engine while another process waits", arguments: TestLakes.Kind.catalogs)
  func whileAnotherWaits(kind: TestLakes.Kind) async throws {
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, writers: 2, named: "engine")
      for _ in 0..<max(2, FaultRun.kills / 5) {
        let holder = try await FaultWorker.start(lab.lake)
        _ = try await holder.perform(
          .run(session: "held", ["BEGIN", "INSERT INTO a SELECT 99, 0, range FROM range(50)"]))
        let waiting = Task {
          let worker = try await FaultWorker.start(lab.lake)
          await lab.write(in: worker, count: 1, writers: [1])
          return worker
        }
        try await Self.untilSomebodyWaits(for: lab)
        await holder.kill()
        let clock = ContinuousClock()
        let killed = clock.now
        let worker = try await waiting.value
        let waited = clock.now - killed
        #expect(waited < Self.soon, "waited \(waited) after the holder's end")
        #expect(worker.outcomes.compactMap(\.failure?.description) == [])
        #expect(worker.outcomes.count == 1)
        await worker.end()
        lab.take(worker, wasKilled: false)
      }
      try await lab.check()
      let reader = try await FaultWorker.start(lab.lake, .plain)
      #expect(try await reader.query("SELECT count(*) FROM a WHERE writer = 99") == [["0"]])
      await reader.end()
      try await lab.checkOrphanRemoval()
    }
  }

  /// The one who waits holds a lock on a file beside the catalog (`OwnerLock`). On a PostgreSQL catalog it may either wait
  /// for an advisory lock or go through at once.
  private static func untilSomebodyWaits(for lab: FaultLab) async throws {
    guard let catalog = lab.lake.configuration.catalog.filePath else { return }
    let deadline = ContinuousClock().now + .seconds(30)
    while ContinuousClock().now < deadline {
      let file = open(catalog + ".owner.waiting", O_RDWR | O_CLOEXEC)
      if file >= 0 {
        let isFree = flock(file, LOCK_EX | LOCK_NB) == 0
        close(file)
        if !isFree { return }
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("nobody waits for \(catalog)")
  }
}
