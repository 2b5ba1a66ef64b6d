import Foundation
import TestKit
import Testing

/// Two transactions of which plain DuckLake loses one without a word.
@Suite struct ConflictTests {
  @Test("a few rows and many are deleted at the same time", arguments: TestLakes.Kind.catalogs)
  func deletesInOneProcess(kind: TestLakes.Kind) async throws {
    let left = try await FaultRun.inPlace { try await TwoDeletes.left(kind, .tarn, processes: 1) }
    #expect(left == .init(counted: 50, read: 50))
  }

  @Test(
    "a few rows and many are deleted by two processes at the same time",
    .enabled(if: TestPostgreSQL.isInstalled))
  func deletesInTwoProcesses() async throws {
    let left = try await FaultRun.inPlace { try await TwoDeletes.left(.postgresql, .tarn, processes: 2) }
    #expect(left == .init(counted: 50, read: 50))
  }

  @Test("snapshots expire under an open transaction", arguments: TestLakes.Kind.catalogs)
  func expiryInOneProcess(kind: TestLakes.Kind) async throws {
    let left = try await FaultRun.inPlace {
      try await ExpiryUnderTransaction.left(kind, .tarn, processes: 1)
    }
    #expect(left == .init(counted: 25, read: 25))
  }

  @Test(
    "another process lets snapshots expire under an open transaction",
    .enabled(if: TestPostgreSQL.isInstalled))
  func expiryInTwoProcesses() async throws {
    let left = try await FaultRun.inPlace {
      try await ExpiryUnderTransaction.left(.postgresql, .tarn, processes: 2)
    }
    #expect(left == .init(counted: 25, read: 25))
  }
}

/// duckdb/ducklake#1215: of 100 rows in a Parquet file one transaction deletes 5, which is noted in the catalog, and another
/// deletes 50 with these among them, which makes a file of deletes. 50 rows must be left.
enum TwoDeletes {
  static func left(_ kind: TestLakes.Kind, _ means: FaultWorker.Means, processes: Int) async throws
    -> Interleaving.Left
  {
    try await Interleaving.run(kind, means, processes: processes) { first, second in
      try await first.perform(.run(session: "1", ["BEGIN", "DELETE FROM t WHERE i < 5"]))
      let other = Interleaving.Other {
        try await second.perform(.run(session: "2", ["BEGIN", "DELETE FROM t WHERE i < 50", "COMMIT"]))
      }
      await other.runsOrWaits()
      try await first.perform(.run(session: "1", ["COMMIT"]))
      await other.end()
    }
  }
}

/// duckdb/ducklake#1472: of 100 rows an open transaction deletes 50; another deletes 25 others, and the snapshots up to then
/// expire before the first commits. 25 rows must be left.
enum ExpiryUnderTransaction {
  static func left(_ kind: TestLakes.Kind, _ means: FaultWorker.Means, processes: Int) async throws
    -> Interleaving.Left
  {
    try await Interleaving.run(kind, means, processes: processes) { first, second in
      try await first.perform(.run(session: "1", ["BEGIN", "DELETE FROM t WHERE i < 50"]))
      let other = Interleaving.Other {
        try await second.perform(
          .run(session: "2", ["DELETE FROM t WHERE i >= 75", "INSERT INTO b VALUES (9, 9, 9)"]))
        try await second.perform(.trusted("CALL ducklake_expire_snapshots('dl', older_than => now())"))
      }
      await other.runsOrWaits()
      do {
        try await first.perform(.run(session: "1", ["COMMIT"]))
        await other.end()
      } catch {
        // Whoever is told of a conflict tries again.
        await other.end()
        try await second.perform(.run(session: "3", ["DELETE FROM t WHERE i < 50"]))
      }
    }
  }
}

/// Two transactions on a table `t` with 100 rows, one of which is open while the other runs.
enum Interleaving {
  /// - Returns: what is left in `t`, as a new process sees it.
  static func run(
    _ kind: TestLakes.Kind, _ means: FaultWorker.Means, processes: Int,
    _ body: (FaultWorker, FaultWorker) async throws -> Void
  ) async throws -> Left {
    let lab = try await FaultLab(kind, named: "interleaving", means: means)
    let first = try await FaultWorker.start(lab.lake, means)
    try await first.perform(.run(session: "make", ["CREATE TABLE t AS SELECT range AS i FROM range(100)"]))
    let second = processes == 1 ? first : try await FaultWorker.start(lab.lake, means)
    try await body(first, second)
    await first.end()
    if processes > 1 { await second.end() }
    let reader = try await FaultWorker.start(lab.lake, .plain)
    let counted = try await reader.query("SELECT count(*) FROM t")
    let read = try await reader.query("SELECT i FROM t WHERE i + 0 >= 0")
    await reader.end()
    return Left(counted: counted.first?.first.flatMap { $0 }.flatMap { Int($0) } ?? -1, read: read.count)
  }

  /// The rows that are left: DuckLake takes their number from the catalog, and the rows themselves from files.
  struct Left: Equatable {
    let counted: Int
    let read: Int
  }

  /// What runs while a transaction is open, if it may.
  final class Other: Sendable {
    private let task: Task<Void, Never>
    private let ended = Shared(false)

    init(_ body: @escaping @Sendable () async throws -> Void) {
      let ended = ended
      task = Task {
        // Whether it fails does not matter: what counts is what is in the lake.
        try? await body()
        ended.change { $0 = true }
      }
    }

    /// Waits until it has ended, or long enough for all that does not wait for a turn. Too short a time would only make the
    /// test miss a fault.
    func runsOrWaits() async {
      let deadline = ContinuousClock().now + .milliseconds(1500)
      while !ended.value, ContinuousClock().now < deadline { try? await Task.sleep(for: .milliseconds(5)) }
    }

    func end() async { await task.value }
  }
}
