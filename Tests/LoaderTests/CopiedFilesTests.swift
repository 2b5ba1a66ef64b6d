import DuckDB
import Foundation
import Lake
import SQLText
import TestKit
import Testing

@testable import Loader

/// Files of Parquet that become a table's own as they are.
@Suite struct CopiedFilesTests {
  private func copying(_ files: [String], _ change: (inout Load) -> Void = { _ in }) -> Load {
    var load = Load(.files(files), into: "ds", table: "t")
    load.parquet = .copy
    change(&load)
    return load
  }

  /// Writes a file of Parquet with DuckDB.
  private func write(_ query: String, to file: String, _ lake: Lake) async throws {
    try await lake.query("COPY (\(raw: query)) TO \(raw: SQLLiteral.string(file)) (FORMAT parquet)").execute()
  }

  @Test(arguments: ["sqlite", "duckdb"]) func filesAreTakenAsTheyAre(_ catalog: String) async throws {
    try await withLoaderLake(catalog: catalog) { lake, folder in
      let one = folder["one.parquet"]
      try await write("SELECT i AS id, 'v' || i AS v, i / 2 AS half FROM range(1000) r(i)", to: one, lake)
      try await write(
        "SELECT 1000::BIGINT AS id, NULL::VARCHAR AS v, 0.5::DOUBLE AS half", to: folder["two.parquet"], lake)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: one))
      let loader = Loader(lake)
      let summary = try await loader.load(copying([folder["*.parquet"]]))
      #expect(summary.tables.map(\.rows) == [1001])
      #expect(
        try await lake.columns(of: "t", schema: "ds").map { "\($0.name) \($0.type)" } == [
          "id BIGINT", "v VARCHAR", "half DOUBLE",
        ])
      // The lake has files of its own, byte for byte the same; those of the source are nobody else's.
      let own = try await lake.files(of: "t", schema: "ds").map(\.path)
      #expect(own.count == 2)
      let data = lake.configuration.storage.dataPath
      let copies = try own.map {
        try Data(contentsOf: URL(fileURLWithPath: $0.hasPrefix("/") ? $0 : data + "ds/t/" + $0))
      }
      #expect(copies.contains(bytes))
      #expect(own.allSatisfy { !$0.hasPrefix(folder.path) })
      #expect(try Data(contentsOf: URL(fileURLWithPath: one)) == bytes)
      try FileManager.default.removeItem(atPath: one)
      #expect(
        try await rows(lake, "SELECT count(*), count(v), max(id), sum(half) FROM dl.ds.t") == [
          "1001|1000|1000|249750.5"
        ])
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t WHERE v = 'v77'") == ["77"])
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds._dlt_loads") == ["1"])
      // Other files, in place of all.
      let replaced = try await loader.load(
        copying([folder["two.parquet"]]) { $0.writeDisposition = .replace() })
      #expect(replaced.tables.map(\.rows) == [1])
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t") == ["1000"])
      // Rows in the usual way go on in the same table.
      try folder.write("{\"id\": 5, \"v\": \"x\"}\n", to: "t.jsonl")
      try await loader.load(Load(.files([folder["t.jsonl"]]), into: "ds", table: "t"))
      #expect(
        try await rows(lake, "SELECT id, _dlt_id IS NULL FROM dl.ds.t ORDER BY id") == [
          "5|false", "1000|true",
        ])
      await loader.close()
    }
  }

  @Test func columnsMayComeAndBeMissing() async throws {
    try await withLoaderLake { lake, folder in
      let loader = Loader(lake)
      try await write("SELECT 1::BIGINT AS id, 2::INTEGER AS n", to: folder["a.parquet"], lake)
      try await loader.load(copying([folder["a.parquet"]]))
      try await write("SELECT 2::INTEGER AS id, 'new' AS w", to: folder["b.parquet"], lake)
      let summary = try await loader.load(copying([folder["b.parquet"]]))
      #expect(summary.schemaChanges.map { $0.column } == ["w"])
      #expect(try await rows(lake, "SELECT id, n, w FROM dl.ds.t ORDER BY id") == ["1|2|NULL", "2|NULL|new"])
      await loader.close()
    }
  }

  /// Each would give wrong rows or wrong names.
  @Test(arguments: [
    ("SELECT 1 AS \"Order Id\"", "would be called 'order_id'"),
    ("SELECT 1 AS id, {'a': 1} AS s", "nested"),
    ("SELECT 1 AS id, [1, 2] AS l", "nested"),
    ("SELECT 1 AS id, 'nan'::DOUBLE AS x", "column 'x' has NaN"),
    ("SELECT 'one' AS id", "column 'id' is of type VARCHAR, and the table's is BIGINT"),
    ("SELECT 1 AS id, NULL::INTEGER AS must", "'must' must have a value"),
  ]) func whatIsNotRightIsRefused(_ query: String, _ said: String) async throws {
    try await withLoaderLake { lake, folder in
      let loader = Loader(lake)
      try await write("SELECT 7::BIGINT AS id, 7::INTEGER AS must", to: folder["good.parquet"], lake)
      let must: (inout Load) -> Void = { $0.columns = [ColumnHints("must", ["nullable": .bool(false)])] }
      try await loader.load(copying([folder["good.parquet"]], must))
      try await write(query.contains("must") ? query : query + ", 1 AS must", to: folder["bad.parquet"], lake)
      let before = try await lake.currentSnapshot()
      let error = await #expect(throws: LoadError.self) {
        try await loader.load(copying([folder["bad.parquet"]], must))
      }
      #expect(error?.description.contains(said) == true, "\(String(describing: error))")
      #expect(error?.description.contains("without parquet: copy") == true)
      #expect(try await lake.currentSnapshot() == before)
      // No copy is left.
      let left = try FileManager.default.contentsOfDirectory(
        atPath: lake.configuration.storage.dataPath + "ds/t")
      let known = try await lake.files(of: "t", schema: "ds").map { ($0.path as NSString).lastPathComponent }
      #expect(left == known)
      // The same rows come in when they are written anew.
      var anew = Load(.files([folder["bad.parquet"]]), into: "ds2", table: "t")
      anew.columns = []
      #expect(try await loader.load(anew).tables.first?.rows == 1)
      await loader.close()
    }
  }

  private static let python = Checkout.folder + "/.deps/frames-venv/bin/python"

  /// DuckLake 1.0 passes over rows of such files: with later rows in the table, none of theirs is found.
  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: python), "needs pyarrow: scripts/setup-tests"),
    arguments: [("write_statistics=False", "written without statistics"), ("", "has NaN")])
  func filesOfOtherProgramsAreLookedAt(_ option: String, _ said: String) async throws {
    try await withLoaderLake { lake, folder in
      let file = folder["t.parquet"]
      let script = """
        import pyarrow as pa, pyarrow.parquet as pq
        table = pa.table({'id': pa.array([1, 2], pa.int64()), 'x': [1.0, \(option.isEmpty ? "float('nan')" : "2.0")]})
        pq.write_table(table, '\(file)'\(option.isEmpty ? "" : ", " + option))
        """
      try #require(try await Program.finish(Self.python, ["-c", script]).status == 0)
      let error = await #expect(throws: LoadError.self) { try await Loader(lake).load(copying([file])) }
      #expect(error?.message.contains(said) == true, "\(String(describing: error))")
    }
  }

  @Test func whatLooksAtRowsDoesNotGoWithIt() async throws {
    try await withLoaderLake { lake, folder in
      try await write("SELECT 1::BIGINT AS id", to: folder["t.parquet"], lake)
      let changes: [(inout Load) -> Void] = [
        {
          $0.writeDisposition = .merge(.upsert())
          $0.primaryKey = ["id"]
        },
        { $0.writeDisposition = .replace(.partition) }, { $0.badRows = .setAside },
        { $0.incremental = Incremental(cursorPath: "id") },
      ]
      for change in changes {
        let error = await #expect(throws: LoadError.self) {
          try await Loader(lake).load(copying([folder["t.parquet"]], change))
        }
        #expect(error?.code == .declaration)
      }
      let partitioned = await #expect(throws: LoadError.self) {
        try await Loader(lake).load(
          copying([folder["t.parquet"]]) { $0.columns = [ColumnHints("id", ["partition": .bool(true)])] })
      }
      #expect(partitioned?.message.contains("partitioned") == true)
      try folder.write("{\"id\": 1}\n", to: "t.jsonl")
      let other = await #expect(throws: LoadError.self) {
        try await Loader(lake).load(copying([folder["t.jsonl"]]))
      }
      #expect(other?.message.contains("jsonl") == true)
      // Files alone are told apart as ever.
      let known = copying([folder["t.parquet"]]) { $0.incremental = Incremental() }
      let loader = Loader(lake)
      #expect(try await loader.load(known).tables.map(\.rows) == [1])
      #expect(try await loader.load(known).skippedFiles.count == 1)
      await loader.close()
    }
  }

  private func rows(_ lake: Lake, _ sql: String) async throws -> [String] {
    try await lake.query(SQL(raw: sql)).result().rows.map { row in
      row.values.map { "\($0)" }.joined(separator: "|")
    }
  }
}
