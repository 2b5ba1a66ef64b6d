import Foundation
import TestKit
import Testing

/// The check of a lake sees what is wrong with it.
@Suite struct LakeCheckTests {
  /// Damage to a whole lake, and a part of what has to be said about it.
  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let statements: [String]
    let said: String
  }

  static let damages = [
    Damage(
      testDescription: "an acknowledged transaction is gone",
      statements: [
        "DELETE FROM ledger WHERE seq = 3", "DELETE FROM a WHERE seq = 3", "DELETE FROM b WHERE seq = 3",
      ],
      said: "acknowledged and gone: [3]"),
    Damage(
      testDescription: "a transaction is there twice", statements: ["INSERT INTO ledger VALUES (0, 3)"],
      said: "transaction 3 is there 2 times"),
    Damage(
      testDescription: "rows of one table are gone", statements: ["DELETE FROM b WHERE seq = 19"],
      said: "transaction 19 has 0 rows in b"),
    Damage(
      testDescription: "a row is there twice", statements: ["INSERT INTO a VALUES (0, 19, 0)"],
      said: "rows of transaction 19 in a stand twice or lack some"),
    Damage(
      testDescription: "a transaction that was never begun is there",
      statements: ["INSERT INTO ledger VALUES (0, 77)"],
      said: "never begun, and there: [77]"),
    Damage(
      testDescription: "a snapshot is missing",
      statements: ["DELETE FROM __ducklake_metadata_dl.ducklake_snapshot WHERE snapshot_id = 5"],
      said: "snapshots have gaps"),
  ]

  @Test("damage is seen", arguments: damages) func damageIsSeen(damage: Damage) async throws {
    try await FaultRun.inPlace {
      let lab = try await Self.wholeLake()
      let vandal = try await FaultWorker.start(lab.lake, .plain)
      try await vandal.perform(.run(session: "damage", damage.statements))
      await vandal.end()
      let problems = try await LakeCheck.run(lab.lake, lab.record).problems
      #expect(problems.contains { $0.contains(damage.said) }, "\(problems)")
    }
  }

  @Test("missing files and orphans are seen") func filesAreSeen() async throws {
    try await FaultRun.inPlace {
      let lab = try await Self.wholeLake()
      let whole = try await lab.check()
      #expect(whole.orphans.isEmpty)
      let orphan = lab.lake.dataPath + "main/a/left-behind.parquet"
      try Data("PAR1".utf8).write(to: URL(fileURLWithPath: orphan))
      #expect(try await lab.check().orphans == [orphan])
      try await lab.checkOrphanRemoval()

      let folder = lab.lake.dataPath + "main/a/"
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
        $0.hasSuffix(".parquet")
      }
      try FileManager.default.removeItem(atPath: folder + (try #require(files.first)))
      let problems = try await LakeCheck.run(lab.lake, lab.record).problems
      #expect(!problems.isEmpty)
    }
  }

  private static func wholeLake() async throws -> FaultLab {
    let lab = try await FaultLab(.sqlite, named: "whole")
    let worker = try await FaultWorker.start(lab.lake)
    await lab.write(in: worker, count: 20)
    await worker.end()
    lab.take(worker, wasKilled: false)
    try await lab.check()
    return lab
  }
}
