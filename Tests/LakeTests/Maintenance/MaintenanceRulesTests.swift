import Foundation
import LakeSettings
import Testing

@testable import Lake

/// The decisions of maintenance, without a lake.
@Suite struct MaintenanceRulesTests {
  @Test func aTurnThatWasTooLongMakesTheNextSmaller() {
    var pacer = TurnPacer(target: .milliseconds(100), start: 32, smallest: 2, largest: 1000)
    pacer.learn(did: 32, took: .milliseconds(160))
    #expect(pacer.amount == 20)
    // By half at most, and never below the smallest.
    pacer.learn(did: 20, took: .seconds(10))
    #expect(pacer.amount == 10)
    for _ in 0..<9 { pacer.learn(did: pacer.amount, took: .seconds(10)) }
    #expect(pacer.amount == 2)
    // Doubled at most, and never above the largest.
    pacer.learn(did: 2, took: .milliseconds(1))
    #expect(pacer.amount == 4)
    for _ in 0..<20 { pacer.learn(did: pacer.amount, took: .milliseconds(1)) }
    #expect(pacer.amount == 1000)
    // A remainder done in no time says nothing.
    pacer.learn(did: 3, took: .microseconds(10))
    #expect(pacer.amount == 1000)
  }

  private static let start = Date(timeIntervalSince1970: 1_000_000)
  /// Snapshots 1 to 10, an hour apart.
  private static let hourly = (1...10).map {
    ExpiryRule.Entry(id: Int64($0), time: start.addingTimeInterval(Double($0) * 3600))
  }
  private static let atTen = start.addingTimeInterval(10 * 3600)

  private func expired(
    hours: Double, last: Int = 1, protected: Set<Int64> = [], needed: Int64? = nil
  ) -> (ids: [Int64], heldBack: Int) {
    ExpiryRule(age: hours * 3600, last: last, protected: protected, firstNeeded: needed)
      .expired(Self.hourly.shuffled(), now: Self.atTen)
  }

  @Test func oldSnapshotsExpire() {
    #expect(expired(hours: 3).ids == [1, 2, 3, 4, 5, 6])
    #expect(expired(hours: 3, last: 6).ids == [1, 2, 3, 4])
    #expect(expired(hours: 3, protected: [2, 5]).ids == [1, 3, 4, 6])
    #expect(expired(hours: 100).ids.isEmpty)
    // The newest is kept whatever the rule says.
    #expect(expired(hours: -1, last: 0).ids == [1, 2, 3, 4, 5, 6, 7, 8, 9])
  }

  @Test func whatAnOpenTransactionNeedsStays() {
    let held = expired(hours: 3, needed: 4)
    // 4 and later were committed beside it, 3 is what it reads.
    #expect(held.ids == [1, 2])
    #expect(held.heldBack == 4)
    #expect(expired(hours: 3, needed: 0).ids.isEmpty)
    #expect(expired(hours: 3, needed: 9).heldBack == 0)
  }

  @Test func tiersCoverAllSizesOnce() {
    let tiers = MergeTiers(below: 32_000_000).tiers
    #expect(tiers.first?.lower == 0)
    #expect(tiers.last?.upper == 32_000_000)
    for (tier, next) in zip(tiers, tiers.dropFirst()) { #expect(tier.upper == next.lower) }
    #expect(tiers.count == 4)
    #expect(MergeTiers(below: 100).tiers == [.init(lower: 0, upper: 100)])
  }

  @Test func theWorstFilesAreRewrittenFirst() {
    let files = [0.3, 0.9, 0.5, 0.5, 0.5, 0.7].map { DeletedShare(share: $0, bytes: 10, rows: 1) }
    #expect(RewriteChoice.next(files, budget: 20)?.threshold == 0.7)
    #expect(RewriteChoice.next(files, budget: 20)?.chosen.count == 2)
    // Equal ones come together, or not at all.
    #expect(RewriteChoice.next(files, budget: 49)?.threshold == 0.7)
    #expect(RewriteChoice.next(files, budget: 50)?.threshold == 0.5)
    // At least the first ones, whatever the budget.
    #expect(RewriteChoice.next(files, budget: 0)?.chosen.count == 1)
    #expect(RewriteChoice.next([], budget: 100) == nil)
  }

  @Test func onlyFilesNamedByDuckLakeAreOrphans() {
    let rule = OrphanRule(storage: "/lake/data/", others: ["/lake/data/other/"])
    let name = "ducklake-01a1f827-53b1-70e7-a275-7cbff23f0722"
    for own in [
      "main/t/\(name).parquet", "main/t/\(name)-delete.parquet", "main/t/a=1/b=x%20y/\(name).parquet",
      "main/t/\(name)-deletes.puffin",
    ] { #expect(rule.mayBeOwn("/lake/data/" + own), "\(own)") }
    for foreign in [
      "main/t/part-0.parquet", "main/t/\(name).parquet.bak", "main/t/\(name).csv", "main/t/x\(name).parquet",
      "main/t/ducklake-1.parquet", "other/main/t/\(name).parquet", "x.branches/b/main/t/\(name).parquet",
      "main/../../elsewhere/\(name).parquet",
    ] { #expect(!rule.mayBeOwn("/lake/data/" + foreign), "\(foreign)") }
    #expect(!rule.mayBeOwn("/lake/data.branches/b/main/t/\(name).parquet"))
  }

  @Test func keysAreReadFromACommitsNote() {
    #expect(CommitNote.keys(in: #"{"tarn":1,"keys":["a","b'c"],"job":"x"}"#) == ["a", "b'c"])
    #expect(CommitNote.keys(in: #"{"tarn":1}"#).isEmpty)
    #expect(CommitNote.keys(in: "no JSON \"keys\"").isEmpty)
    #expect(CommitNote.keys(in: nil).isEmpty)
  }
}
