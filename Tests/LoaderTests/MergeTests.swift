import DuckDB
import Lake
import SQLText
import TestKit
import Testing

@testable import Loader

/// Merges beyond the golden cases: children, deletions, order of duplicates, snapshots of changes.
@Suite struct MergeTests {
  private func rows(_ lake: Lake, _ sql: String) async throws -> [String] {
    try await lake.query(SQL(raw: sql)).result().rows.map { row in
      row.values.map { "\($0)" }.joined(separator: "|")
    }
  }

  private func load(
    _ lake: Lake, _ folder: TemporaryFolder, _ lines: [String], _ disposition: WriteDisposition,
    key: [String] = ["id"], mergeKey: [String] = [], columns: [ColumnHints] = []
  ) async throws {
    try folder.write(lines.joined(separator: "\n") + "\n", to: "t.jsonl")
    try await Loader(lake).load(
      Load(
        .files([folder["t.jsonl"]]), into: "ds", table: "t", writeDisposition: disposition, primaryKey: key,
        mergeKey: mergeKey, columns: columns))
  }

  @Test(arguments: [MergeStrategy.deleteInsert(), .upsert()])
  func childrenGoAndComeWithTheirRow(_ strategy: MergeStrategy) async throws {
    try await withLoaderLake { lake, folder in
      try await load(
        lake, folder,
        [#"{"id": 1, "k": [{"a": [1, 2]}, {"a": [3]}]}"#, #"{"id": 2, "k": [{"a": [4]}]}"#], .merge(strategy))
      try await load(
        lake, folder, [#"{"id": 1, "k": [{"a": [9]}]}"#, #"{"id": 3, "k": []}"#], .merge(strategy))
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t ORDER BY id") == ["1", "2", "3"])
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t__k") == ["2"])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__k__a ORDER BY value") == ["4", "9"])
      #expect(
        try await rows(
          lake, "SELECT count(*) FROM dl.ds.t__k__a c JOIN dl.ds.t r ON r._dlt_id = c._dlt_root_id") == ["2"])
    }
  }

  @Test func aRowMarkedAsDeletedTakesItsPredecessorWithIt() async throws {
    try await withLoaderLake { lake, folder in
      let hints = [ColumnHints("gone", ["hard_delete": .bool(true)])]
      try await load(
        lake, folder, [#"{"id": 1, "v": "a", "gone": false}"#, #"{"id": 2, "v": "b"}"#],
        .merge(.deleteInsert()), columns: hints)
      try await load(
        lake, folder, [#"{"id": 1, "gone": true}"#, #"{"id": 9, "gone": true}"#], .merge(.deleteInsert()),
        columns: hints)
      #expect(try await rows(lake, "SELECT id, v FROM dl.ds.t ORDER BY id") == ["2|b"])
      try await load(lake, folder, [#"{"id": 2, "gone": true}"#], .merge(.upsert()), columns: hints)
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t").isEmpty)
    }
  }

  @Test func dedupSortDecidesWhichRowCounts() async throws {
    try await withLoaderLake { lake, folder in
      let hints = [ColumnHints("n", ["dedup_sort": .string("desc")])]
      try await load(
        lake, folder,
        [#"{"id": 1, "n": 1, "k": [1]}"#, #"{"id": 1, "n": 3, "k": [3]}"#, #"{"id": 1, "n": 2, "k": [2]}"#],
        .merge(.deleteInsert()), columns: hints)
      #expect(try await rows(lake, "SELECT id, n FROM dl.ds.t") == ["1|3"])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__k") == ["3"])
    }
  }

  @Test func insertOnlyAddsWhatIsNewInEachTable() async throws {
    try await withLoaderLake { lake, folder in
      try await load(lake, folder, [#"{"id": 1, "v": "a", "k": [1]}"#], .merge(.insertOnly))
      try await load(
        lake, folder, [#"{"id": 1, "v": "b", "k": [7, 8]}"#, #"{"id": 2, "k": [9]}"#], .merge(.insertOnly))
      #expect(try await rows(lake, "SELECT id, v FROM dl.ds.t ORDER BY id") == ["1|a", "2|NULL"])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__k ORDER BY value") == ["1", "8", "9"])
    }
  }

  @Test func aSnapshotOfChangesDeletesWhatIsAbsent() async throws {
    try await withLoaderLake { lake, folder in
      try await load(lake, folder, [#"{"id": 1, "v": 1}"#, #"{"id": 2, "v": 2}"#], .merge(.cdc()))
      try await load(lake, folder, [#"{"id": 2, "v": 3}"#, #"{"id": 4, "v": 4}"#], .merge(.cdc()))
      #expect(try await rows(lake, "SELECT id, v FROM dl.ds.t ORDER BY id") == ["2|3", "4|4"])
    }
  }

  @Test func versionsOfRowsKeepTheirChildren() async throws {
    try await withLoaderLake { lake, folder in
      try await load(
        lake, folder, [#"{"nk": 1, "k": [1]}"#, #"{"nk": 2, "k": [2]}"#], .merge(.scd2()), key: [])
      try await load(
        lake, folder, [#"{"nk": 1, "k": [1, 5]}"#, #"{"nk": 2, "k": [2]}"#], .merge(.scd2()), key: [])
      #expect(try await rows(lake, "SELECT count(*), count(_dlt_valid_to) FROM dl.ds.t") == ["3|1"])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__k ORDER BY value") == ["1", "1", "2", "5"])
    }
  }

  @Test func replacingEmptiesChildrenToo() async throws {
    try await withLoaderLake { lake, folder in
      try await load(lake, folder, [#"{"id": 1, "k": [1]}"#], .replace(), key: [])
      try await load(lake, folder, [#"{"id": 2}"#], .replace(), key: [])
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t") == ["2"])
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t__k") == ["0"])
    }
  }

  @Test(arguments: [
    MergeStrategy.upsert(.init(skipsUnchangedRows: true)), .cdc(.init(skipsUnchangedRows: true)),
  ])
  func rowsThatAreAsTheyWereStay(_ strategy: MergeStrategy) async throws {
    try await withLoaderLake { lake, folder in
      let hints = [ColumnHints("gone", ["hard_delete": .bool(true)])]
      let first = [
        #"{"id": 1, "v": "a", "k": [1, 2]}"#, #"{"id": 2, "v": "b", "k": [3]}"#,
        #"{"id": 3, "v": null, "k": [4]}"#,
        #"{"id": 4, "v": "d", "k": [5]}"#,
      ]
      try await load(lake, folder, first, .merge(strategy), columns: hints)
      let before = try await rows(lake, "SELECT _dlt_load_id FROM dl.ds.t LIMIT 1")[0]
      try await load(
        lake, folder,
        [
          #"{"id": 1, "v": "a", "k": [1, 9]}"#, #"{"id": 2, "v": "B", "k": [3]}"#,
          #"{"id": 3, "v": null, "k": []}"#,
          #"{"id": 4, "gone": true, "k": [5]}"#, #"{"id": 5, "v": "e", "k": [6]}"#,
        ], .merge(strategy), columns: hints)
      #expect(
        try await rows(lake, "SELECT id, v, _dlt_load_id = '\(before)' FROM dl.ds.t ORDER BY id") == [
          "1|a|true", "2|B|false", "3|NULL|true", "5|e|false",
        ])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__k ORDER BY value") == ["1", "3", "6", "9"])
      // Nothing to change is nothing changed: rows keep their places.
      let kept = try await rows(lake, "SELECT rowid, id FROM dl.ds.t ORDER BY ALL")
      try await load(
        lake, folder,
        [
          #"{"id": 1, "v": "a", "k": [1, 9]}"#, #"{"id": 2, "v": "B", "k": [3]}"#, #"{"id": 3, "v": null}"#,
          #"{"id": 5, "v": "e", "k": [6]}"#,
        ], .merge(strategy), columns: hints)
      #expect(try await rows(lake, "SELECT rowid, id FROM dl.ds.t ORDER BY ALL") == kept)
    }
  }

  @Test func aRowVersionDecidesWhetherARowHasChanged() async throws {
    try await withLoaderLake { lake, folder in
      let strategy = MergeStrategy.upsert(.init(skipsUnchangedRows: true, rowVersion: "Rev"))
      try await load(
        lake, folder, [#"{"id": 1, "v": "a", "Rev": 1}"#, #"{"id": 2, "v": "b", "Rev": 1}"#], .merge(strategy)
      )
      try await load(
        lake, folder, [#"{"id": 1, "v": "x", "Rev": 1}"#, #"{"id": 2, "v": "y", "Rev": 2}"#], .merge(strategy)
      )
      #expect(try await rows(lake, "SELECT id, v FROM dl.ds.t ORDER BY id") == ["1|a", "2|y"])
    }
  }

  @Test func aRowVersionTellsVersionsApart() async throws {
    try await withLoaderLake { lake, folder in
      let strategy = MergeStrategy.scd2(.init(rowVersion: "rev"))
      try await load(
        lake, folder,
        [#"{"id": 1, "v": "a", "rev": "r1", "k": [1]}"#, #"{"id": 2, "v": "b", "rev": "r2", "k": [2]}"#],
        .merge(strategy), key: [])
      try await load(
        lake, folder,
        [#"{"id": 1, "v": "x", "rev": "r1", "k": [7]}"#, #"{"id": 2, "v": "y", "rev": "r3", "k": [8]}"#],
        .merge(strategy), key: [])
      #expect(
        try await rows(lake, "SELECT id, v, _dlt_valid_to IS NULL FROM dl.ds.t ORDER BY ALL") == [
          "1|a|true", "2|b|false", "2|y|true",
        ])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__k ORDER BY 1") == ["1", "2", "8"])
    }
  }

  @Test func aPartitionIsReplacedAndNoOther() async throws {
    try await withLoaderLake { lake, folder in
      let hints = [ColumnHints("day", ["partition": .bool(true)])]
      func load(_ lines: [String]) async throws {
        try await self.load(lake, folder, lines, .replace(.partition), key: [], columns: hints)
      }
      try await load([
        #"{"id": 1, "day": "mon", "k": [{"l": [1]}]}"#, #"{"id": 2, "day": "tue", "k": [{"l": [2]}]}"#,
        #"{"id": 3}"#,
      ])
      let tuesday = [#"{"id": 4, "day": "tue", "k": [{"l": [3, 4]}]}"#, #"{"id": 4, "day": "tue"}"#]
      try await load(tuesday)
      try await load(tuesday)
      #expect(
        try await rows(lake, "SELECT id, day FROM dl.ds.t ORDER BY ALL") == [
          "1|mon", "3|NULL", "4|tue", "4|tue",
        ])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__k__l ORDER BY 1") == ["1", "3", "4"])
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t__k") == ["2"])
      // Rows without a value are a partition, too.
      try await load([#"{"id": 5}"#])
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t WHERE day IS NULL") == ["5"])
      let snapshots = try await lake.currentSnapshot()
      try await load(tuesday)
      #expect(try await lake.currentSnapshot() == snapshots + 1)
    }
  }

  @Test func aPartitionByDayIsThatDayOfThatMonth() async throws {
    try await withLoaderLake { lake, folder in
      let hints = [ColumnHints("at", ["partition": .string("day")])]
      for lines in [
        [#"{"id": 1, "at": "2026-01-05T01:00:00Z"}"#, #"{"id": 2, "at": "2026-02-05T01:00:00Z"}"#],
        [#"{"id": 3, "at": "2026-02-05T23:00:00Z"}"#],
      ] {
        try await load(lake, folder, lines, .replace(.partition), key: [], columns: hints)
      }
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t ORDER BY id") == ["1", "3"])
    }
  }

  @Test(arguments: [nil, "bucket(8)"]) func withoutPartitionsNothingIsReplaced(_ hint: String?) async throws {
    try await withLoaderLake { lake, folder in
      let hints = hint.map { [ColumnHints("id", ["partition": .string($0)])] } ?? []
      let error = await #expect(throws: LoadError.self) {
        try await load(lake, folder, [#"{"id": 1}"#], .replace(.partition), key: [], columns: hints)
      }
      #expect(error?.code == .declaration)
    }
  }

  @Test func hintsOfPartitionAndOrderAreApplied() async throws {
    try await withLoaderLake { lake, folder in
      let hints = [ColumnHints("p", ["partition": .bool(true)]), ColumnHints("id", ["sort": .bool(true)])]
      try await load(
        lake, folder, [#"{"id": 2, "p": "a"}"#, #"{"id": 1, "p": "b"}"#], .append, key: [], columns: hints)
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t") == ["2"])
    }
  }
}
