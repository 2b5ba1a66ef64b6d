import Foundation
import TestKit
import Testing

/// Many writers at once: nobody loses anything, and nobody is told of conflicts that turns avoid.
@Suite struct WritersTests {
  @Test("8 writers of one process", arguments: TestLakes.Kind.catalogs, [false, true])
  func ofOneProcess(kind: TestLakes.Kind, onOwnTables: Bool) async throws {
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, writers: 8, ownTables: onOwnTables, named: "threads")
      let worker = try await FaultWorker.start(lab.lake)
      await lab.write(in: worker, count: 4)
      await worker.end()
      lab.take(worker, wasKilled: false)
      #expect(lab.record.acknowledged == 32)
      #expect(lab.record.failed.compactMap(\.failure?.description) == [])
      try await lab.check()
    }
  }

  @Test("8 processes, each on its own tables", arguments: TestLakes.Kind.catalogs)
  func processesOnTheirOwn(kind: TestLakes.Kind) async throws {
    try await Self.run(kind, processes: 8, onOwnTables: true)
  }

  @Test("8 processes on one table", arguments: TestLakes.Kind.catalogs.filter { $0 != .postgresql })
  func processesOnOneTable(kind: TestLakes.Kind) async throws {
    try await Self.run(kind, processes: 8, onOwnTables: false)
  }

  @Test("two processes on one catalog", arguments: TestLakes.Kind.catalogs.filter { $0 != .postgresql })
  func twoProcesses(kind: TestLakes.Kind) async throws {
    try await Self.run(kind, processes: 2, onOwnTables: false, count: 12)
  }

  static func run(
    _ kind: TestLakes.Kind, processes: Int, onOwnTables: Bool, count: Int = 3
  ) async throws {
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, writers: processes, ownTables: onOwnTables, named: "processes")
      try await withThrowingTaskGroup(of: FaultWorker.self) { group in
        for writer in 0..<processes {
          group.addTask {
            let worker = try await FaultWorker.start(lab.lake)
            await lab.write(in: worker, count: count, writers: [writer])
            await worker.end()
            return worker
          }
        }
        for try await worker in group { lab.take(worker, wasKilled: false) }
      }
      #expect(lab.record.failed.compactMap(\.failure?.description) == [])
      #expect(lab.record.acknowledged == count * processes)
      try await lab.check()
      try await lab.checkOrphanRemoval()
    }
  }
}

/// Processes that take turns on a PostgreSQL catalog.
@Suite(.enabled(if: TestPostgreSQL.isInstalled)) struct PostgreSQLTurnTests {
  @Test(
    "8 processes on one table of a PostgreSQL catalog", arguments: [2, 8])
  func processesOnOneTable(processes: Int) async throws {
    try await WritersTests.run(
      .postgresql, processes: processes, onOwnTables: false, count: processes == 2 ? 12 : 3)
  }
}
