import DuckDB
import Foundation
import LakeSettings
import TestKit
import Testing

@testable import Lake

@Suite struct OrphanTests {
  private static let name = "ducklake-01a1f827-53b1-70e7-a275-7cbff23f07"

  @Test(arguments: TestLakes.Kind.installed)
  func filesThatNothingNamesGo(_ kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.makeFiles(2)
      let place = lake.configuration.storage.dataPath
      let paths = [
        "main/t/\(Self.name)01.parquet", "main/gone/\(Self.name)02-delete.parquet", "main/t/mine.parquet",
      ]
      for path in paths {
        let copy = "COPY (SELECT 1 AS a) TO '\(place)\(path)' (FORMAT parquet)"
        if case .folder = lake.configuration.storage {
          try FileManager.default.createDirectory(
            atPath: ("\(place)\(path)" as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true)
        }
        try await lake.runTrusted(copy)
      }
      // Young files may belong to a transaction that is not committed yet.
      #expect(try await lake.maintenance().run(.init(tasks: [.orphans])).isEmpty)
      let plan = try await lake.maintenance(inDays: 4).plan(.init(tasks: [.orphans])).of(.orphans)
      #expect(plan?.files == 2 && plan?.bytes ?? 0 > 0)
      let done = try await lake.maintenance(inDays: 4).run(.init(tasks: [.orphans])).of(.orphans)
      #expect(done?.filesRemoved == 2 && done?.bytesSaved == plan?.bytes)
      let left = try await lake.readTrusted(
        "SELECT file FROM glob('\(place)**') ORDER BY file", looksAround: true)
      #expect(left.rowCount == 3)
      #expect(left.rows.contains { $0[0].text?.hasSuffix("mine.parquet") == true })
      #expect(try await lake.content() == [200, 19900])
    }
  }

  @Test func whatAKilledWriterLeftGoes() async throws {
    let folder = try TemporaryFolder("orphans")
    let status = try await TestChild.run("orphan", folder.path, test: "OrphanTests/child")
    #expect(status == SIGKILL)
    try await TestLakes.withEngine([TestLakes.configuration("sqlite", in: folder)]) { engine in
      let lake = try await engine.lake()
      let tracked = try await lake.fileCount()
      let found = try await lake.maintenance(inDays: 4).run(.init(tasks: [.orphans])).of(.orphans)
      #expect(found?.filesRemoved ?? 0 >= 1)
      let left = try await lake.readTrusted(
        "SELECT count(*) FROM glob('\(lake.configuration.storage.dataPath)**')")
      #expect(left.scalar()?.integer == Int64(tracked))
    }
  }

  @Test(.enabled(if: TestChild.task == "orphan", "runs in a child process only"))
  func child() async throws {
    let folder = TestChild.argument + "/lakes/main"
    let lake = try await Lake.open(.embedded(in: folder))
    try await lake.makeFiles(1)
    try await lake.transaction { transaction in
      try await transaction.execute("INSERT INTO t SELECT range, 'x' FROM range(1000)")
      kill(getpid(), SIGKILL)
    }
  }

  @Test func filesOfOthersStay() async throws {
    try await TestLakes.withLake { lake, folder in
      try await lake.makeFiles(1)
      // Beside the storage, and in a folder of branches within it.
      for place in ["data.branches/x/main/t", "data/sub.branches/x/main/t"] {
        try folder.write("x", to: "lakes/main/\(place)/\(Self.name)01.parquet")
      }
      #expect(try await lake.maintenance(inDays: 4).run(.init(tasks: [.orphans])).isEmpty)
    }
  }

  /// A lake whose storage was set to another lake's folder must not empty it.
  @Test func anotherLakesStorageIsNotEmptied() async throws {
    let folder = try TemporaryFolder("shared")
    let first = TestLakes.configuration("sqlite", in: folder)
    try await TestLakes.withEngine([first]) { try await $0.lake().makeFiles(3) }
    var second = TestLakes.configuration("sqlite", in: folder, name: try LakeName("second"))
    second.storage = first.storage
    try await TestLakes.withEngine([second]) { engine in
      let lake = try await engine.lake(second.name)
      let found = try await lake.maintenance(inDays: 4).run(.init(tasks: [.orphans])).of(.orphans)
      #expect(found?.result == .skipped)
      #expect(found?.note?.contains("may be another lake's") == true)
    }
    try await TestLakes.withEngine([first]) { engine in
      let lake = try await engine.lake()
      #expect(try await lake.content() == [300, 44850])
    }
  }
}
