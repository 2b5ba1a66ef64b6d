import Foundation
import TestKit
import Testing

/// What plain DuckLake does under the same faults, for docs/reliability.md: nothing is expected, all is printed.
/// `TARN_FAULTS_PLAIN=1 swift test --filter PlainDuckLakeTests`
@Suite(.serialized, .enabled(if: FaultRun.triesPlainDuckLake, "only with TARN_FAULTS_PLAIN=1"))
struct PlainDuckLakeTests {
  @Test(arguments: TestLakes.Kind.catalogs) func writersAreKilled(kind: TestLakes.Kind) async throws {
    let lab = try await FaultLab(kind, named: "plain kill", means: .plain)
    var random = FaultRun.random("plain kill")
    for _ in 0..<FaultRun.kills {
      let worker = try await FaultWorker.start(lab.lake, .plain)
      let writing = Task { await lab.write(in: worker) }
      await worker.untilAcknowledged(random.number(1...6))
      try await Task.sleep(for: .microseconds(random.number(0...60_000)))
      await worker.kill()
      await writing.value
      lab.take(worker, wasKilled: true)
    }
    try await Self.report("kill -9 of a writer, \(FaultRun.kills) times", lab)
  }

  @Test(arguments: TestLakes.Kind.catalogs, [false, true])
  func manyWriters(kind: TestLakes.Kind, onOwnTables: Bool) async throws {
    let lab = try await FaultLab(kind, writers: 8, ownTables: onOwnTables, named: "plain", means: .plain)
    let worker = try await FaultWorker.start(lab.lake, .plain)
    let clock = ContinuousClock()
    let start = clock.now
    try await Self.limited(worker) { await lab.write(in: worker, count: 4) }
    let time = clock.now - start
    lab.take(worker, wasKilled: true)
    try await Self.report("8 threads on \(onOwnTables ? "many tables" : "one table"), \(time)", lab)
  }

  @Test(arguments: TestLakes.Kind.catalogs) func manyProcesses(kind: TestLakes.Kind) async throws {
    let lab = try await FaultLab(kind, writers: 8, named: "plain", means: .plain)
    let refusals = Shared<[String]>([])
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        group.addTask {
          do {
            let worker = try await FaultWorker.start(lab.lake, .plain)
            try await Self.limited(worker) { await lab.write(in: worker, count: 4, writers: [writer]) }
            lab.take(worker, wasKilled: true)
          } catch { refusals.change { $0.append("\(error)") } }
        }
      }
    }
    let refused =
      refusals.value.isEmpty
      ? "" : "; \(refusals.value.count) could not open: \(refusals.value[0].prefix(160))"
    try await Self.report("8 processes on one table", lab, refused)
  }

  @Test(
    .enabled(if: TestPostgreSQL.isInstalled),
    arguments: [PostgreSQLProxy.Fault.loseReply, .loseCommit, .cutInTransaction])
  func commitsGoAstray(fault: PostgreSQLProxy.Fault) async throws {
    let server = try await PrivatePostgreSQL()
    let proxy = try PostgreSQLProxy(to: server.port)
    let lab = try await FaultLab(.postgresql, named: "plain", on: server.catalog, means: .plain)
    let worker = try await FaultWorker.start(lab.lake.through(port: proxy.port), .plain)
    for seq in 0..<8 {
      if seq.isMultiple(of: 2) { proxy.arm(fault) }
      try await worker.perform(.write(lab.plans[0], from: seq, count: 1))
    }
    await worker.kill()
    lab.take(worker, wasKilled: false)
    try await Self.report("\(fault), 4 times", lab)
    await server.stop()
  }

  @Test(.enabled(if: TestPostgreSQL.isInstalled)) func serverIsRestarted() async throws {
    let server = try await PrivatePostgreSQL()
    let lab = try await FaultLab(.postgresql, named: "plain", on: server.catalog, means: .plain)
    let worker = try await FaultWorker.start(lab.lake, .plain)
    try await worker.perform(.write(lab.plans[0], from: 0, count: 3))
    try await server.kill()
    try await server.start()
    try await worker.perform(.write(lab.plans[0], from: 3, count: 5))
    await worker.kill()
    lab.take(worker, wasKilled: false)
    try await Self.report("PostgreSQL killed and started", lab)
    await server.stop()
  }

  @Test(arguments: TestLakes.Kind.catalogs) func twoTransactions(kind: TestLakes.Kind) async throws {
    let deletes = try? await TwoDeletes.left(kind, .plain, processes: 1)
    print(
      "PLAIN | few and many deletes | \(kind) | 50 rows should be left: \(deletes.map { "\($0)" } ?? "failed")"
    )
    let expiry = try? await ExpiryUnderTransaction.left(kind, .plain, processes: 1)
    print(
      "PLAIN | expiry under a transaction | \(kind) | 25 should be left: \(expiry.map { "\($0)" } ?? "failed")"
    )
  }

  @Test(arguments: TestLakes.Kind.catalogs) func newFiles(kind: TestLakes.Kind) async throws {
    let lab = try await FaultLab(kind, named: "plain", means: .plain)
    let faults = try await FaultInjector(in: lab.folder)
    let worker = try await FaultWorker.start(lab.lake, .plain, faults: faults)
    try faults.trace(true)
    try await worker.perform(.transaction(["INSERT INTO a SELECT 9, 9, range FROM range(5000)"]))
    try faults.trace(false)
    let calls = try faults.traced()
    let synced = calls.count { $0.call == .sync && $0.path.contains(".parquet") }
    await worker.end()
    print("PLAIN | new files on disk | \(kind) | syncs of Parquet files: \(synced)")
  }

  @Test(arguments: TestLakes.Kind.catalogs) func clockJumps(kind: TestLakes.Kind) async throws {
    let lab = try await FaultLab(kind, named: "plain", means: .plain)
    let faults = try await FaultInjector(in: lab.folder)
    let worker = try await FaultWorker.start(lab.lake, .plain, faults: faults)
    for (index, offset) in [0, -400_000, 400_000, -10, 0].enumerated() {
      try faults.moveClock(by: .seconds(offset))
      try await worker.perform(.write(lab.plans[0], from: index * 3, count: 3))
    }
    await worker.end()
    lab.take(worker, wasKilled: false)
    try await Self.report("the clock jumps", lab)
  }

  @Test(
    arguments: TestLakes.Kind.catalogs, IOErrorTests.ofDataFiles + IOErrorTests.ofCatalogs)
  func systemCallsFail(kind: TestLakes.Kind, failure: IOErrorTests.Failure) async throws {
    guard kind != .postgresql || failure.path != "catalog" else { return }
    let lab = try await FaultLab(kind, named: "plain io", means: .plain)
    let faults = try await FaultInjector(in: lab.folder)
    let worker = try await FaultWorker.start(lab.lake, .plain, faults: faults)
    try await worker.perform(.write(lab.plans[0], from: 0, count: 2))
    try faults.arm([failure.call], on: [failure.path], .fail(failure.error), times: 1)
    try await worker.perform(.write(lab.plans[0], from: 2, count: 10))
    let fired = try faults.fired
    await worker.kill()
    lab.take(worker, wasKilled: true)
    try await Self.report("\(failure.testDescription), failed \(fired) times", lab)
  }

  // MARK: Means

  /// Kills a process that does not come to an end.
  private static func limited(_ worker: FaultWorker, _ body: @escaping @Sendable () async -> Void)
    async throws
  {
    let limit = Task {
      try await Task.sleep(for: .seconds(30))
      await worker.kill()
    }
    await body()
    limit.cancel()
    await worker.kill()
  }

  private static func report(_ fault: String, _ lab: FaultLab, _ more: String = "") async throws {
    let check = try await LakeCheck.run(lab.lake, lab.record)
    let failures = Dictionary(
      grouping: lab.record.failed.map { String(($0.failure?.message ?? "").suffix(200)) }
    ) { $0 }
    .map { "\($0.value.count) times '\($0.key)'" }.sorted()
    print(
      """
      PLAIN | \(fault) | \(lab.kind) | \(lab.record.acknowledged) acknowledged, \(lab.record.failed.count) failed, \
      \(check.failedYetCommitted.count) of them committed, \(check.orphans.count) orphans\(more); \
      problems: \(check.problems); failures: \(failures.prefix(3))
      """)
  }
}
