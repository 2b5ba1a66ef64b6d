import DuckDB
import Foundation
import Lake
import SQLText
import TestKit
import Testing

@testable import Loader

/// Loads end to end: one snapshot, books, files of all kinds, what fails and what is tried again.
@Suite struct LoadTests {
  private func rows(_ lake: Lake, _ sql: String) async throws -> [String] {
    try await lake.query(SQL(raw: sql)).result().rows.map { row in
      row.values.map { "\($0)" }.joined(separator: "|")
    }
  }

  @Test func aLoadOfManyTablesIsOneSnapshotWithAMessage() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write(#"{"id": 1, "items": [{"a": 1, "tags": ["x"]}, {"a": 2}]}"# + "\n", to: "t.jsonl")
      let before = try await lake.currentSnapshot()
      let summary = try await Loader(lake).load(Load(.files([folder["t.jsonl"]]), into: "ds", table: "t"))
      #expect(summary.snapshot == before + 1)
      #expect(try await lake.currentSnapshot() == before + 1)
      #expect(summary.tables.map { "\($0.name) \($0.rows)" } == ["t 1", "t__items 2", "t__items__tags 1"])
      let snapshot = try #require(try await lake.snapshots().first { $0.id == summary.snapshot })
      #expect(snapshot.message?.contains(summary.loadID) == true)
      #expect(try await rows(lake, "SELECT load_id, status FROM dl.ds._dlt_loads") == ["\(summary.loadID)|0"])
      let stored = try await rows(lake, "SELECT schema FROM dl.ds._dlt_version")
      let schema = try StoredSchema(parsing: try #require(stored.first))
      #expect(schema.versionHash == schema.contentHash)
      #expect(schema.chain(of: "t").map(\.name) == ["t", "t__items", "t__items__tags"])
    }
  }

  @Test(arguments: TestLakes.Kind.installed)
  func loadsOnEveryKindOfLake(_ kind: TestLakes.Kind) async throws {
    let sources = try TemporaryFolder("load")
    var settings = EngineSettings()
    settings.reachableFiles = [sources.path]
    try await TestLakes.withLake(kind, settings: settings) { lake, _ in
      let loader = Loader(lake)
      let many = (0..<1000).map { #"{"id": \#($0), "v": "a"}"# }
      try sources.write(many.joined(separator: "\n") + "\n", to: "many.jsonl")
      try sources.write(#"{"id": 1, "v": 7, "k": [1, 2], "new": true}"# + "\n", to: "few.jsonl")
      try await loader.load(Load(.files([sources["many.jsonl"]]), into: "ds", table: "t"))
      let merge = Load(
        .files([sources["few.jsonl"]]), into: "ds", table: "t", writeDisposition: .merge(.upsert()),
        primaryKey: ["id"])
      try await loader.load(merge)
      try await loader.load(merge)
      await loader.close()
      #expect(
        try await rows(lake, "SELECT count(*), count(new), max(v) FILTER (id = 1) FROM dl.ds.t") == [
          "1000|1|7"
        ])
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t__k") == ["2"])
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds._dlt_loads") == ["3"])
    }
  }

  @Test func aSecondLoadOfTheSameColumnsWritesNoSchema() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write(#"{"id": 1}"# + "\n", to: "t.jsonl")
      let load = Load(.files([folder["t.jsonl"]]), into: "ds", table: "t")
      try await Loader(lake).load(load)
      let second = try await Loader(lake).load(load)
      #expect(second.schemaChanges.isEmpty)
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds._dlt_version") == ["1"])
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds._dlt_pipeline_state") == ["1"])
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds._dlt_loads") == ["2"])
    }
  }

  @Test(arguments: ["parquet", "csv"])
  func filesWithTypesOfTheirOwn(_ format: String) async throws {
    try await withLoaderLake { lake, folder in
      let file = folder["t.\(format)"]
      try await lake.query(
        """
        COPY (SELECT 1 AS id, 1.5::DOUBLE AS f, 'x' AS "My Text", DATE '2024-01-02' AS d, true AS b)
        TO \(raw: SQLLiteral.string(file))
        """
      ).execute()
      try await Loader(lake).load(Load(.files([file]), into: "ds", table: "t"))
      #expect(
        try await rows(lake, "SELECT id, f, my_text, d::VARCHAR, b FROM dl.ds.t") == [
          "1|1.5|x|2024-01-02|true"
        ])
    }
  }

  @Test func typedValuesBecomeTypedColumns() async throws {
    try await withLoaderLake { lake, folder in
      let file = folder["t.parquet"]
      try await lake.query(
        """
        COPY (SELECT 1::BIGINT AS id, DATE '2024-01-02' AS d, TIME '01:02:03.000004' AS t,
          TIMESTAMPTZ '2024-01-02 03:04:05.000006+00' AS ts, '\\x00\\x01'::BLOB AS "by",
          123456789012345678901234567.123456789::DECIMAL(38,9) AS v, {'a': 1, 'l': [1, 2]} AS s)
        TO \(raw: SQLLiteral.string(file))
        """
      ).execute()
      try await Loader(lake).load(Load(.files([file]), into: "ds", table: "t"))
      let columns = try await lake.columns(of: "t", schema: "ds")
      #expect(
        columns.map { "\($0.name) \($0.type)" } == [
          "id BIGINT", "d DATE", "t TIME", "ts TIMESTAMP WITH TIME ZONE", "by BLOB", "v DECIMAL(38,9)",
          "s__a INTEGER", "_dlt_load_id VARCHAR", "_dlt_id VARCHAR",
        ])
      #expect(
        try await rows(lake, "SELECT v::VARCHAR, s__a FROM dl.ds.t") == [
          "123456789012345678901234567.123456789|1"
        ])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__s__l ORDER BY _dlt_list_idx") == ["1", "2"])
    }
  }

  @Test func manyRowsTakeTheFastPathAndAreAllThere() async throws {
    try await withLoaderLake { lake, folder in
      let lines = (0..<3000).map { number in
        #"{"id": \#(number), "late": \#(number < 2000 ? "null" : number < 2500 ? "1" : "2.5"), "ts": "2024-01-02T03:04:05Z"}"#
      }
      try folder.write(lines.joined(separator: "\n") + "\n", to: "t.jsonl")
      let summary = try await Loader(lake).load(Load(.files([folder["t.jsonl"]]), into: "ds", table: "t"))
      #expect(summary.tables.map(\.rows) == [3000])
      // The first value of `late` is a whole number, though no row of the head has one.
      #expect(
        try await rows(
          lake,
          "SELECT count(*), count(late), count(late__v_double), count(DISTINCT _dlt_id), sum(id) FROM dl.ds.t"
        )
          == ["3000|500|500|3000|4498500"])
    }
  }

  @Test func manyUniformRowsGoStraightIntoFiles() async throws {
    try await withLoaderLake { lake, folder in
      let lines = (0..<3000).map { #"{"id": \#($0), "name": "n\#($0)", "ts": "2024-01-02T03:04:05Z"}"# }
      try folder.write(lines.joined(separator: "\n") + "\n", to: "t.jsonl")
      for _ in 0..<2 {
        try await Loader(lake).load(Load(.files([folder["t.jsonl"]]), into: "ds", table: "t"))
      }
      #expect(
        try await rows(
          lake, "SELECT count(*), count(DISTINCT _dlt_id), sum(id), min(ts)::VARCHAR FROM dl.ds.t") == [
            "6000|6000|8997000|2024-01-02 03:04:05+00"
          ])
      #expect(try await lake.files(of: "t", schema: "ds").count == 2)
    }
  }

  @Test func incrementalLoadsTakeNewRowsOnce() async throws {
    try await withLoaderLake { lake, folder in
      func load(_ file: String) -> Load {
        Load(
          .files([folder[file]]), into: "ds", table: "t", primaryKey: ["id"],
          incremental: Incremental(cursorPath: "at"))
      }
      try folder.write("{\"id\": 1, \"at\": 10}\n{\"id\": 2, \"at\": 20}\n", to: "a.jsonl")
      try folder.write(
        "{\"id\": 0, \"at\": 5}\n{\"id\": 2, \"at\": 20}\n{\"id\": 3, \"at\": 20}\n{\"id\": 4, \"at\": 30}\n",
        to: "b.jsonl")
      try await Loader(lake).load(load("a.jsonl"))
      try await Loader(lake).load(load("b.jsonl"))
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t ORDER BY id") == ["1", "2", "3", "4"])
      let again = try await Loader(lake).load(load("b.jsonl"))
      #expect(again.skippedFiles == [folder["b.jsonl"]])
      #expect(again.snapshot == nil)
    }
  }

  @Test func aRowWithoutACursorIsAnError() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write("{\"id\": 1, \"at\": 10}\n{\"id\": 2}\n", to: "a.jsonl")
      let load = Load(
        .files([folder["a.jsonl"]]), into: "ds", table: "t", incremental: Incremental(cursorPath: "at"))
      await #expect(throws: LoadError.self) { try await Loader(lake).load(load) }
      let missing = Load(
        .files([folder["a.jsonl"]]), into: "ds", table: "t", incremental: Incremental(cursorPath: "nope"))
      let error = await #expect(throws: LoadError.self) { try await Loader(lake).load(missing) }
      #expect(error?.message.contains("nope") == true)
    }
  }

  @Test func linesThatAreNoJSONStopOrAreSetAside() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write("{\"id\": 1}\n{\"id\": \n{\"id\": 3}\n", to: "t.jsonl")
      var load = Load(.files([folder["t.jsonl"]]), into: "ds", table: "t")
      let error = await #expect(throws: LoadError.self) { try await Loader(lake).load(load) }
      #expect(error?.code == .data)
      #expect(error?.message.contains("line 2") == true, "\(String(describing: error))")
      #expect(try await lake.tables().isEmpty)
      load.badRows = .setAside
      let summary = try await Loader(lake).load(load)
      #expect(summary.rejectedRows == 1)
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t ORDER BY id") == ["1", "3"])
      #expect(try await rows(lake, "SELECT line, content FROM dl.ds._rejects") == ["2|{\"id\": "])
    }
  }

  @Test func aMissingFileIsNamed() async throws {
    try await withLoaderLake { lake, folder in
      let error = await #expect(throws: LoadError.self) {
        try await Loader(lake).load(Load(.files([folder["none.jsonl"]]), into: "ds", table: "t"))
      }
      #expect(error?.code == .source)
      #expect(error?.message.contains("none.jsonl") == true, "\(String(describing: error))")
    }
  }

  @Test func aPackageThatWasCommittedIsNotWrittenTwice() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write("{\"id\": 1}\n", to: "t.jsonl")
      let load = Load(.files([folder["t.jsonl"]]), into: "ds", table: "t")
      let packages = folder["packages"]
      let done = try await commitAndForget(load, lake, packages)
      // The command ended before it could forget the package; the next one finds it.
      let again = try await Loader(lake, packageFolder: packages).load(load)
      #expect(again.isRepeat)
      #expect(again.loadID == done.loadID)
      #expect(again.snapshot == done.snapshot)
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t") == ["1"])
      // It is done now, so the same command loads again.
      let next = try await Loader(lake, packageFolder: packages).load(load)
      #expect(!next.isRepeat)
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t") == ["2"])
    }
  }

  /// Loads as a command does that ends before it can forget its package.
  private func commitAndForget(_ load: Load, _ lake: Lake, _ packages: String) async throws -> LoadSummary {
    let package = try await LoadPackage.open([load], in: packages, lake: lake.name.text)
    #expect(!package.isResumed)
    // Meanwhile nobody else may work on it.
    await #expect(throws: LoadError.self) { try await Loader(lake, packageFolder: packages).load(load) }
    let run = try await PackageRun([load], lake: lake, package: package)
    let summary = try await run.run()
    await run.close()
    return summary
  }

  @Test func filesOfAnAttemptThatDiedAreRemoved() async throws {
    try await withLoaderLake { lake, folder in
      let lines = (0..<3000).map { #"{"id": \#($0)}"# }
      try folder.write(lines.joined(separator: "\n") + "\n", to: "t.jsonl")
      let load = Load(.files([folder["t.jsonl"]]), into: "ds", table: "t")
      let packages = folder["packages"]
      try await dieBeforeTheTurn(load, lake, packages)
      let data = try #require(lake.configuration.storage.dataPath as String?)
      #expect(try parquetFiles(in: data + "ds/t").count == 1)
      let summary = try await Loader(lake, packageFolder: packages).load(load)
      #expect(!summary.isRepeat)
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t") == ["3000"])
      let known = try await lake.files(of: "t", schema: "ds").map { ($0.path as NSString).lastPathComponent }
      #expect(try parquetFiles(in: data + "ds/t") == known)
      #expect(try FileManager.default.contentsOfDirectory(atPath: packages).isEmpty)
    }
  }

  /// Does all that is done before the turn, and nothing after it.
  private func dieBeforeTheTurn(_ load: Load, _ lake: Lake, _ packages: String) async throws {
    let package = try await LoadPackage.open([load], in: packages, lake: lake.name.text)
    let run = try await PackageRun([load], lake: lake, package: package)
    try await run.prepareOnly()
    await run.close()
  }

  private func parquetFiles(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".parquet") }
  }

  @Test func aDryRunChangesNothing() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write(#"{"id": 1, "items": [{"a": 1}]}"# + "\n", to: "t.jsonl")
      let forecast = try await Loader(lake).plan(Load(.files([folder["t.jsonl"]]), into: "ds", table: "t"))
      #expect(forecast.schemaChanges.first?.description == "new table t")
      #expect(forecast.statements.contains { $0.hasPrefix("CREATE TABLE") })
      #expect(try await lake.tables().isEmpty)
    }
  }

  @Test func aTableThatNobodyLoadedIsTakenAsItIs() async throws {
    try await withLoaderLake { lake, folder in
      try await lake.execute("CREATE SCHEMA ds")
      try await lake.execute("CREATE TABLE dl.ds.t (id BIGINT, v VARCHAR, other INTEGER)")
      try await lake.execute("INSERT INTO dl.ds.t VALUES (1, 'a', 5)")
      try folder.write("{\"id\": 2, \"v\": 7}\n", to: "t.jsonl")
      try await Loader(lake).load(Load(.files([folder["t.jsonl"]]), into: "ds", table: "t"))
      #expect(try await rows(lake, "SELECT id, v, other FROM dl.ds.t ORDER BY id") == ["1|a|5", "2|7|NULL"])
    }
  }

  @Test func declaredLoadsAreReadAndTheirMistakesNamed() throws {
    let load = try Load(
      try JSONValue(
        parsing: """
          {"source": "data/orders/*.jsonl", "into": "main/sales", "primary_key": "id",
           "write_disposition": {"disposition": "merge", "strategy": "upsert"}, "schema_contract": {"columns": "freeze"}}
          """))
    #expect(load.table == "orders")
    #expect(load.dataset == "sales")
    #expect(load.writeDisposition == .merge(.upsert()))
    #expect(load.contract.columns == .freeze)
    let error = #expect(throws: LoadError.self) {
      try Load(try JSONValue(parsing: #"{"source": "x.jsonl", "tabel": "t"}"#))
    }
    #expect(error?.description.contains("Did you mean 'table'?") == true)
  }
}
