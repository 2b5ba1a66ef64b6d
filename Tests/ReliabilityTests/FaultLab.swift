import Foundation
import LakeSettings
import TestKit
import Testing

/// A lake that is ill-treated, and a record of what its writers were told.
final class FaultLab: Sendable {
  let kind: TestLakes.Kind
  let folder: TemporaryFolder
  let lake: LakeAddress
  private let state: Shared<WriterRecord>

  /// Makes a lake with the writers' tables in it.
  ///
  /// - Parameters:
  ///   - kind: its catalog and storage.
  ///   - server: where a PostgreSQL catalog is; nil for the server that the tests share.
  ///   - folder: where the lake is; nil for a temporary folder.
  ///   - means: through what the lake is made.
  ///   - placing: puts parts of the lake elsewhere.
  init(
    _ kind: TestLakes.Kind, writers: Int = 1, ownTables: Bool = false, named name: String,
    on server: PostgreSQLCatalog? = nil, in folder: TemporaryFolder? = nil, means: FaultWorker.Means = .tarn,
    placing: (inout LakeConfiguration) -> Void = { _ in }
  ) async throws {
    self.kind = kind
    self.folder = try folder ?? TemporaryFolder("faults")
    var configuration = try await TestLakes.configuration(kind, in: self.folder)
    if let server { configuration.catalog = .postgresql(server) }
    placing(&configuration)
    lake = LakeAddress(configuration)
    var random = FaultRun.random(name + kind.rawValue)
    let seed = random.next()
    let plans = (0..<writers).map { WriterPlan(writer: $0, seed: seed, ownTables: ownTables) }
    state = Shared(WriterRecord(plans))
    if means == .plain { try self.folder.makeHome(of: lake) }
    let maker = try await FaultWorker.start(lake, means)
    for statement in Set(plans.flatMap(\.preparation)).sorted() {
      try await maker.perform(.run(session: "make", [statement]))
    }
    await maker.end()
  }

  var record: WriterRecord { state.value }
  var plans: [WriterPlan] { record.plans }

  // MARK: Writers

  /// Lets all writers write in one process, side by side, until they are stopped or have made so many transactions each.
  func write(in worker: FaultWorker, count: Int? = nil, writers: [Int]? = nil) async {
    let record = record
    await withTaskGroup(of: Void.self) { group in
      for plan in record.plans where writers?.contains(plan.writer) ?? true {
        // The end of the process is what some tests wait for.
        group.addTask {
          _ = try? await worker.perform(.write(plan, from: record.next(plan.writer), count: count))
        }
      }
    }
  }

  /// Stops the writers of a process, ends it, and takes over what they were told.
  func finish(_ worker: FaultWorker, _ writing: Task<Void, Never>) async {
    _ = try? await worker.perform(.stop)
    await writing.value
    await worker.end()
    take(worker, wasKilled: false)
  }

  /// Takes over what the writers of a process that has ended were told.
  func take(_ worker: FaultWorker, wasKilled: Bool) {
    state.change { $0.take(worker.outcomes, wasKilled: wasKilled) }
  }

  // MARK: Checks

  /// Checks the lake: everything acknowledged is there once, nothing half.
  ///
  /// - Parameters:
  ///   - toldTruth: whether a transaction that was told to have failed must not be there.
  @discardableResult
  func check(toldTruth: Bool = true, at location: SourceLocation = #_sourceLocation) async throws -> LakeCheck
  {
    let check = try await LakeCheck.run(lake, record)
    #expect(check.problems == [], "\(FaultRun.again)", sourceLocation: location)
    if toldTruth {
      let wrong = check.failedYetCommitted.map { "\($0.seq): \($0.failure?.description ?? "")" }
      #expect(wrong == [], "committed, and told to have failed. \(FaultRun.again)", sourceLocation: location)
    }
    return check
  }

  /// Lets orphans be removed, and checks that nothing else goes with them.
  func checkOrphanRemoval(at location: SourceLocation = #_sourceLocation) async throws {
    let problems = try await LakeCheck.removeOrphans(lake, record)
    #expect(problems == [], "\(FaultRun.again)", sourceLocation: location)
  }

  /// Checks that a new process writes and is acknowledged.
  func checkThatItGoesOn(
    toldTruth: Bool = true, at location: SourceLocation = #_sourceLocation
  ) async throws {
    let worker = try await FaultWorker.start(lake)
    await write(in: worker, count: 2)
    await worker.end()
    take(worker, wasKilled: false)
    #expect(worker.outcomes.count == 2 * plans.count, sourceLocation: location)
    #expect(worker.outcomes.compactMap(\.failure?.description) == [], sourceLocation: location)
    try await check(toldTruth: toldTruth, at: location)
  }
}

extension TestLakes.Kind {
  /// The three catalogs, on local files; those that are installed.
  static let catalogs: [TestLakes.Kind] = [.sqlite, .duckdb, .postgresql].filter { installed.contains($0) }
}

extension TemporaryFolder {
  /// Makes the folders that DuckDB does not make by itself.
  func makeHome(of lake: LakeAddress) throws {
    try FileManager.default.createDirectory(
      atPath: lake.configuration.catalog.filePath.map { ($0 as NSString).deletingLastPathComponent } ?? path,
      withIntermediateDirectories: true)
    if lake.isLocal {
      try FileManager.default.createDirectory(atPath: lake.dataPath, withIntermediateDirectories: true)
    }
  }
}
