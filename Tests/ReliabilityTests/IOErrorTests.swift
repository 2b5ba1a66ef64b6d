import Foundation
import TestKit
import Testing

/// A system call fails: the transaction fails whole, and the lake goes on.
@Suite struct IOErrorTests {
  /// One kind of failure.
  struct Failure: Sendable, CustomTestStringConvertible {
    let call: FaultInjector.Call
    /// Parts of paths; the catalog's file and its log where it says `catalog`.
    let path: String
    let error: Int32

    var testDescription: String { "\(call) of \(path): \(String(cString: strerror(error)))" }
  }

  static let ofDataFiles = [
    Failure(call: .open, path: ".parquet", error: EACCES),
    Failure(call: .write, path: ".parquet", error: EIO),
    Failure(call: .write, path: ".parquet", error: ENOSPC),
    Failure(call: .unlink, path: ".parquet", error: EIO),
  ]

  static let ofCatalogs = [
    Failure(call: .write, path: "catalog", error: EIO),
    Failure(call: .write, path: "catalog", error: ENOSPC),
    Failure(call: .sync, path: "catalog", error: EIO),
  ]

  @Test("an I/O error of a data file", arguments: TestLakes.Kind.catalogs, ofDataFiles)
  func ofDataFile(kind: TestLakes.Kind, failure: Failure) async throws {
    try await run(kind, failure)
  }

  @Test(
    "an I/O error of the catalog", arguments: TestLakes.Kind.catalogs.filter { $0 != .postgresql }, ofCatalogs
  )
  func ofCatalog(kind: TestLakes.Kind, failure: Failure) async throws {
    try await run(kind, failure)
  }

  private func run(_ kind: TestLakes.Kind, _ failure: Failure) async throws {
    try await FaultRun.inPlace {
      let lab = try await FaultLab(kind, named: "io")
      var random = FaultRun.random("io \(kind) \(failure.testDescription)")
      let faults = try await FaultInjector(in: lab.folder)
      let worker = try await FaultWorker.start(lab.lake, faults: faults)
      await lab.write(in: worker, count: 2)
      try faults.arm(
        [failure.call], on: [failure.path], .fail(failure.error),
        after: failure.call == .unlink ? 0 : random.number(0...3), times: 1)
      // Files are deleted where a transaction is given up.
      if failure.call == .unlink {
        let statements = ["BEGIN", "INSERT INTO a SELECT 9, 9, range FROM range(500)", "ROLLBACK"]
        _ = try? await worker.perform(.run(session: "given up", statements))
      }
      var next = 2
      while try faults.fired == 0, next < 60 {
        try await worker.perform(.write(lab.plans[0], from: next, count: 1))
        next += 1
      }
      let fired = try faults.fired
      #expect(fired == 1, "nothing failed")
      try faults.disarm()
      try await worker.perform(.write(lab.plans[0], from: next, count: 2))
      let last = worker.outcomes.suffix(2)
      // The same process goes on, unless DuckDB itself gave up; then a new one does.
      #expect(
        last.allSatisfy { $0.isAcknowledged || $0.failure?.code == "engine" },
        "\(last.compactMap(\.failure?.description))")
      await worker.end()
      lab.take(worker, wasKilled: false)
      try await lab.check()
      try await lab.checkOrphanRemoval()
      try await lab.checkThatItGoesOn()
    }
  }
}
