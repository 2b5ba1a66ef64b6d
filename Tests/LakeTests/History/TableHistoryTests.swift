import TestKit
import Testing

@testable import Lake

@Suite struct TableHistoryTests {
  /// `snapshot words inserted/deleted/updated`, oldest first.
  private func lines(_ events: [TableEvent]) -> [String] {
    events.reversed().map { event in
      let counts = [event.inserted, event.deleted, event.updated].map { $0.map(String.init) ?? "?" }
      return "\(event.snapshot) \(event.operations.joined(separator: "+")) \(counts.joined(separator: "/"))"
    }
  }

  @Test(arguments: RestoreTests.kinds) func tellsWhatHappened(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      for statement in [
        "CREATE TABLE t AS SELECT range AS id, 'a' AS name FROM range(100)",  // 1
        "CREATE TABLE other AS SELECT 1 AS id",  // 2
        "INSERT INTO t SELECT range + 1000, 'b' FROM range(40)",  // 3
        "INSERT INTO t VALUES (5000, 'inlined')",  // 4
        "UPDATE t SET name = 'c' WHERE id < 30",  // 5
        "DELETE FROM t WHERE id BETWEEN 50 AND 54",  // 6
        "INSERT INTO other VALUES (2)",  // 7
        "ALTER TABLE t ADD COLUMN more INT",  // 8
        "ALTER TABLE t RENAME TO renamed",  // 9
      ] {
        try await lake.execute("\(raw: statement)")
      }
      try await lake.transaction(CommitMessage(author: "ann", text: "two things", extraInfo: #"{"tarn":1}"#))
      {
        try await $0.execute("INSERT INTO renamed SELECT range, 'd', 1 FROM range(20, 45)")
        try await $0.execute("DELETE FROM renamed WHERE id = 5000")
      }
      let expected = [
        "1 create+insert 100/0/0", "3 insert 40/0/0", "4 insert 1/0/0", "5 update 0/0/30", "6 delete 0/5/0",
        "8 alter 0/0/0", "9 rename 0/0/0", "10 insert+delete 25/1/0",
      ]
      let events = try await lake.history(of: "renamed")
      #expect(lines(events) == expected)
      #expect(events[0].author == "ann" && events[0].message == "two things" && events[0].extraInfo != nil)
      #expect(events[1].renamed == ["t", "renamed"])
      #expect(
        try await lines(lake.history(of: "Renamed", limit: 2)) == Array(expected.suffix(2)))

      // Compaction is upkeep, and changes no number that was told before.
      try await lake.runTrusted("CALL ducklake_flush_inlined_data('dl')")
      try await lake.runTrusted("CALL ducklake_merge_adjacent_files('dl')")
      try await lake.runTrusted("CALL ducklake_rewrite_data_files('dl', delete_threshold => 0.0)")
      let after = try await lake.history(of: "renamed")
      let changes = after.filter { !$0.isUpkeep }
      #expect(lines(changes) == expected)
      let upkeep = after.filter(\.isUpkeep)
      #expect(!upkeep.isEmpty)
      #expect(upkeep.map { [$0.inserted, $0.deleted, $0.updated] } == upkeep.map { _ in [0, 0, 0] })

      try await lake.execute("DROP TABLE renamed")
      try await lake.execute("CREATE TABLE renamed AS SELECT 1 AS x")
      try await lake.execute("CREATE OR REPLACE TABLE renamed AS SELECT 2 AS x FROM range(3)")
      let last = try await lake.currentSnapshot()
      #expect(
        try await lines(lake.history(of: "renamed", limit: 3)) == [
          "\(last - 2) drop 0/0/0", "\(last - 1) create+insert 1/0/0", "\(last) replace+insert 3/0/0",
        ])
      // The name that it had before has its part of the history, to the renaming.
      #expect(try await lake.history(of: "t").contains { $0.snapshot == 9 && $0.operations == ["rename"] })
      let unknown = await lakeError { try await lake.history(of: "renamd") }
      #expect(unknown?.description == "lake 'main' knows of no table 'renamd'. Did you mean 'renamed'?")
    }
  }

  @Test(arguments: RestoreTests.kinds) func worksWhereSnapshotsExpired(kind: TestLakes.Kind) async throws {
    try await TestLakes.withLake(kind) { lake, _ in
      try await lake.execute("CREATE TABLE t AS SELECT range AS id FROM range(100)")
      for part in 0..<4 { try await lake.execute("INSERT INTO t SELECT range FROM range(\(20 + part))") }
      try await lake.execute("DELETE FROM t WHERE id = 1")
      try await lake.runTrusted("CALL ducklake_expire_snapshots('dl', versions => [1, 3])")
      #expect(
        try await lines(lake.history(of: "t")) == [
          "2 insert 20/0/0", "4 insert 22/0/0", "5 insert 23/0/0", "6 delete 0/5/0",
        ])
    }
  }
}
