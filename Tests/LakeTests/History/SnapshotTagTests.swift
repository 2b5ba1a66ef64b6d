import Foundation
import TestKit
import Testing

@testable import Lake

@Suite struct SnapshotTagTests {
  @Test(arguments: TestLakes.Kind.installed)
  func namesSnapshots(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      #expect(try await lake.tags().isEmpty)
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      try await lake.execute("INSERT INTO t VALUES (2)")
      try await lake.tag("first.load", at: 1, author: "ann", note: "it's the first")
      try await lake.tag("second-load_2")
      try await lake.protect(1, note: "kept")
      try await lake.protect(1, note: "again")
      let tags = try await lake.tags()
      #expect(tags.map(\.name) == [nil, "first.load", "second-load_2"])
      #expect(tags.map(\.snapshot) == [1, 1, 2])
      #expect(tags[1].author == "ann" && tags[1].note == "it's the first" && tags[0].note == "kept")
      #expect(abs(tags[0].created.timeIntervalSinceNow) < 600)
      #expect(try await lake.snapshot("first.load") == 1)
      #expect(try await lake.snapshot("second-load_2") == 2)
      #expect(try await lake.snapshot("1") == 1)

      #expect(try await lake.untag("first.load").snapshot == 1)
      #expect(try await lake.untag("1").name == nil)
      #expect(try await lake.tags().map(\.name) == ["second-load_2"])
      try await lake.tag("first.load", at: 2)
      #expect(try await lake.snapshot("first.load") == 2)
      // What was tagged changes nothing of the lake.
      #expect(try await lake.currentSnapshot() == 2)
    }
  }

  @Test(arguments: [TestLakes.Kind.sqlite, .duckdb, .postgresql].filter(TestLakes.Kind.installed.contains))
  func momentsMeanTheLastSnapshotBefore(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT 1 AS a")
      try await lake.execute("INSERT INTO t VALUES (2)")
      let snapshots = try await lake.snapshots()
      for snapshot in snapshots {
        #expect(try await lake.snapshot(.time(snapshot.time.addingTimeInterval(0.000_5))) >= snapshot.id)
        // As tarn lake snapshots prints it, to the second: the last snapshot of that second.
        let printed = snapshot.time.formatted(.iso8601)
        let second = snapshot.time.timeIntervalSince1970.rounded(.down)
        let last = snapshots.filter { $0.time.timeIntervalSince1970.rounded(.down) == second }.map(\.id).max()
        #expect(try await lake.snapshot(printed) == last)
      }
      #expect(try await lake.snapshot(.version(1)) == 1)
      #expect(try await lake.snapshot("9999-01-01") == 2)
      let early = await lakeError { try await lake.snapshot("1999-01-01") }
      #expect(early?.code == .notFound)
      #expect(early?.message == "lake 'main' has no snapshot at or before 1999-01-01")
    }
  }

  @Test(arguments: ["", "a b", "ü", "-x", "7", "-7", "2026-11-20", "a/b", String(repeating: "a", count: 129)])
  func whatIsNoName(name: String) {
    #expect(throws: LakeError.self) { try TagName.check(name) }
  }

  @Test func whatIsWrongIsSaid() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INT)")
      try await lake.tag("release")
      let taken = await lakeError { try await lake.tag("release") }
      #expect(
        taken?.description
          == "lake 'main' has a tag 'release' already, on snapshot 1. Remove it first: tarn lake untag release."
      )
      let missing = await lakeError { try await lake.tag("x", at: 7) }
      #expect(missing?.description == "lake 'main' has no snapshot 7. It has snapshots 0 to 1.")
      let mistyped = await lakeError { try await lake.snapshot("relaese") }
      #expect(
        mistyped?.description
          == "'relaese' is no snapshot of lake 'main': no number, no time, and no tag. Did you mean 'release'?"
      )
      let negative = await lakeError { try await lake.snapshot("-3") }
      #expect(negative?.description == "lake 'main' has no snapshot -3. It has snapshots 0 to 1.")
      let other = await lakeError { try await lake.untag("other") }
      #expect(other?.description == "lake 'main' has no tag 'other'. Tags: release.")
      let unprotected = await lakeError { try await lake.untag("1") }
      #expect(
        unprotected?.description
          == "snapshot 1 of lake 'main' is not protected. It is tagged: remove release by name.")
    }
  }

  @Test func anExpiredSnapshotIsSaidToBe() async throws {
    try await TestLakes.withLake { lake, _ in
      try await lake.execute("CREATE TABLE t (a INT)")
      for value in 0..<3 { try await lake.execute("INSERT INTO t VALUES (\(value))") }
      try await lake.runTrusted("CALL ducklake_expire_snapshots('dl', versions => [1, 2])")
      let naming = await lakeError { try await lake.snapshot("2") }
      #expect(
        naming?.description
          == "snapshot 2 of lake 'main' has expired. The nearest that is left: 0, 3.")
      let tagging = await lakeError { try await lake.tag("late", at: 1) }
      #expect(tagging?.code == .notFound)
      let comparing = await lakeError { try await lake.diff(from: 1, to: 4) }
      #expect(comparing?.code == .notFound)
      let restoring = await lakeError { try await lake.restore(to: 1) }
      #expect(restoring?.code == .notFound)
    }
  }
}
