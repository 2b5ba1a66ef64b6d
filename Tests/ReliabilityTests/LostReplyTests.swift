import Foundation
import LakeSettings
import TestKit
import Testing

/// PostgreSQL carries a COMMIT out, and the answer is lost on its way.
@Suite(.enabled(if: TestPostgreSQL.isInstalled)) struct LostReplyTests {
  /// The outcome is found out before anything is reported: the writer is told that its transaction was committed.
  @Test(
    "the answer to a COMMIT is lost",
    arguments: [TestLakes.Kind.postgresql, .postgresqlOnS3].filter { TestLakes.Kind.installed.contains($0) })
  func replyIsLost(kind: TestLakes.Kind) async throws {
    try await FaultRun.inPlace {
      let server = try await PrivatePostgreSQL()
      let proxy = try PostgreSQLProxy(to: server.port)
      let lab = try await FaultLab(kind, named: "lost reply", on: server.catalog)
      let worker = try await FaultWorker.start(lab.lake.through(port: proxy.port))
      let rounds = max(3, FaultRun.kills / 3)
      for seq in 0..<rounds {
        proxy.arm(.loseReply)
        try await worker.perform(.write(lab.plans[0], from: seq, count: 1))
        #expect(proxy.strikes == seq + 1)
      }
      await worker.end()
      lab.take(worker, wasKilled: false)
      #expect(lab.record.acknowledged == rounds)
      #expect(lab.record.failed.compactMap(\.failure?.description) == [], "they were committed")
      try await lab.check()
      try await lab.checkOrphanRemoval()
      try await lab.checkThatItGoesOn()
      await server.stop()
    }
  }

  /// While the catalog cannot be reached nobody knows: the files stay, and nobody is told that nothing was committed.
  @Test(
    "the answer to a COMMIT is lost, and PostgreSQL cannot be reached")
  func replyIsLostAndServerIsGone() async throws {
    try await FaultRun.inPlace {
      let server = try await PrivatePostgreSQL()
      let proxy = try PostgreSQLProxy(to: server.port)
      let lab = try await FaultLab(.postgresql, named: "lost reply", on: server.catalog)
      let worker = try await FaultWorker.start(lab.lake.through(port: proxy.port))
      // A Parquet file is what may be lost.
      let plan = lab.plans[0]
      let seq = try #require((0..<50).first { plan.rows($0) > 10 })
      proxy.arm(.loseReply, staysDown: true)
      _ = try? await worker.perform(.write(plan, from: seq, count: 1))
      #expect(proxy.strikes == 1)
      #expect(worker.outcomes.first?.failure != nil)
      proxy.restore()
      await worker.end()
      lab.take(worker, wasKilled: false)
      // It was committed, and what it wrote is whole.
      let check = try await lab.check(toldTruth: false)
      #expect(check.failedYetCommitted.map(\.seq) == [seq])
      try await lab.checkThatItGoesOn(toldTruth: false)
      await server.stop()
    }
  }
}
