import Foundation
import LakeSettings
import TestKit
import Testing

/// No space is left: for the catalog, for the data files, or for both.
@Suite(.enabled(if: SmallDisk.hindrance == nil, Comment(rawValue: SmallDisk.hindrance ?? "")))
struct FullDiskTests {
  enum Part: String, CaseIterable, Sendable {
    case catalog, data, both
  }

  @Test("the disk is full", arguments: TestLakes.Kind.catalogs, Part.allCases)
  func diskIsFull(kind: TestLakes.Kind, part: Part) async throws {
    try await FaultRun.inPlace {
      let folder = try TemporaryFolder("full")
      let onServer = kind == .postgresql && part != .data
      let disk = try SmallDisk(at: folder["disk"], megabytes: onServer ? 96 : 48)
      defer { disk.unmount() }
      let server = onServer ? try await PrivatePostgreSQL(home: disk.path + "/home") : nil
      let lab = try await FaultLab(
        kind, named: "full \(part)", on: server?.catalog, in: folder,
        placing: { lake in
          if part != .data {
            switch lake.catalog {
            case .sqlite: lake.catalog = .sqlite(path: folder["disk/catalog.sqlite"])
            case .duckdb: lake.catalog = .duckdb(path: folder["disk/catalog.ducklake"])
            case .postgresql: break
            }
          }
          if part != .catalog { lake.storage = .folder(folder["disk/data"]) }
        })
      var random = FaultRun.random("full \(kind) \(part)")
      for _ in 0..<2 {
        let worker = try await FaultWorker.start(lab.lake)
        await lab.write(in: worker, count: 3)
        #expect(worker.outcomes.count { $0.isAcknowledged } == 3)
        try disk.fill(leaving: random.number(0...32) * 1024)
        var next = lab.record.next(0) + 3
        while worker.outcomes.allSatisfy(\.isAcknowledged), next < lab.record.next(0) + 300 {
          try await worker.perform(.write(lab.plans[0], from: next, count: 1))
          next += 1
        }
        #expect(worker.outcomes.contains { !$0.isAcknowledged }, "the disk did not fill up")
        disk.free()
        try await server?.startIfItEnded()
        // The same process goes on, unless DuckDB itself gave up; then a new one does.
        let told = worker.outcomes.count
        try await worker.perform(.write(lab.plans[0], from: next, count: 2))
        let goesOn = worker.outcomes.dropFirst(told).allSatisfy { outcome in
          outcome.isAcknowledged || outcome.failure?.code == "engine"
        }
        #expect(goesOn, "\(worker.outcomes.last?.failure?.description ?? "")")
        await worker.end()
        lab.take(worker, wasKilled: false)
        try await lab.check()
      }
      try await lab.checkOrphanRemoval()
      try await lab.checkThatItGoesOn()
      await server?.stop()
    }
  }
}
