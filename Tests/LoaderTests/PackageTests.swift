import DuckDB
import Foundation
import Lake
import SQLText
import Synchronization
import TestKit
import Testing

@testable import Loader

/// Several loads as one package: prepared side by side, written at once.
@Suite struct PackageTests {
  /// Loads of all kinds, and the rows of their two rounds.
  private struct Lab {
    let folder: TemporaryFolder

    func write(_ round: Int) throws {
      func lines(_ count: Int, _ line: (Int) -> String) -> String {
        (0..<count).map { line($0) + "\n" }.joined()
      }
      try folder.write(lines(600) { #"{"id": \#($0 + round * 600), "v": "x\#($0)"}"# }, to: "flat.jsonl")
      try folder.write(
        lines(40) { #"{"id": \#($0 + round * 40), "items": [{"a": \#($0), "tags": ["x", "y"]}, {"a": 0}]}"# },
        to: "nested.jsonl")
      try folder.write(
        lines(300) { #"{"id": \#($0 + round * 200), "round": \#(round), "parts": [{"p": \#($0)}]}"# }
          + #"{"id": \#(round * 200), "round": -1, "parts": []}"# + "\n", to: "merged.jsonl")
      try folder.write(
        lines(5) { #"{"name": "n\#($0)", "value": \#($0 * ($0 == 2 ? round : 1))}"# }, to: "versions.jsonl")
      try folder.write(
        lines(20) { "\($0 % 4 + round),\($0)\n" }.replacing("\n\n", with: "\n"), to: "days.csv")
      let days = try String(contentsOfFile: folder["days.csv"], encoding: .utf8)
      try folder.write("day,n\n" + days, to: "days.csv")
      try folder.write("{\"id\": 1}\n{\"id\": \n{\"id\": 3}\n", to: "broken.jsonl")
    }

    func loads(into dataset: String) -> [Load] {
      func load(_ name: String, _ change: (inout Load) -> Void = { _ in }) -> Load {
        let ending = name == "days" ? "csv" : "jsonl"
        var load = Load(.files([folder["\(name).\(ending)"]]), into: dataset, table: name)
        change(&load)
        return load
      }
      return [
        load("flat"), load("nested"),
        load("merged") {
          $0.writeDisposition = .merge(.upsert())
          $0.primaryKey = ["id"]
        },
        load("versions") { $0.writeDisposition = .merge(.scd2()) },
        load("days") {
          $0.writeDisposition = .replace(.partition)
          $0.columns = [ColumnHints("day", ["partition": .bool(true)])]
        },
        load("broken") { $0.badRows = .setAside },
      ]
    }
  }

  /// What is in each table, ids and times aside.
  private func contents(of dataset: String, in lake: Lake) async throws -> [String: [String]] {
    let hidden = [
      "_dlt_id", "_dlt_load_id", "_dlt_parent_id", "_dlt_root_id", "_dlt_valid_from", "load_id",
    ]
    var contents: [String: [String]] = [:]
    for table in try await lake.tables().map(\.name) where !table.hasPrefix("_dlt_") {
      let columns = try await rows(
        lake,
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'dl' AND schema_name = '\(dataset)' AND table_name = '\(table)' ORDER BY column_index"
      ).filter { !hidden.contains($0) }
      guard !columns.isEmpty else { continue }
      let list = columns.map { $0 == "_dlt_valid_to" ? "_dlt_valid_to IS NULL" : "\"\($0)\"" }
      contents[table] = try await rows(
        lake, "SELECT \(list.joined(separator: ", ")) FROM dl.\(dataset).\"\(table)\" ORDER BY ALL")
    }
    return contents
  }

  /// Each takes what the others have made so far for leftovers of an attempt that was killed.
  @Test func deliveriesOfOneKeyAtTheSameMomentAreWrittenOnce() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write((0..<600).map { "{\"id\": \($0)}\n" }.joined(), to: "rows.jsonl")
      let load = Load(.files([folder["rows.jsonl"]]), into: "raw", table: "rows")
      for round in 1...12 {
        let summaries = try await withThrowingTaskGroup(of: LoadSummary.self) { group in
          for _ in 0..<5 {
            group.addTask { try await Loader(lake).load([load], key: "round \(round)") }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(summaries.count { !$0.isRepeat } == 1, "round \(round)")
        #expect(Set(summaries.map(\.snapshot)).count == 1, "round \(round)")
        #expect(try await rows(lake, "SELECT count(*) FROM dl.raw.rows") == ["\(600 * round)"])
      }
    }
  }

  @Test func aPackageMakesTheTablesThatItsLoadsMakeAlone() async throws {
    try await withLoaderLake { lake, folder in
      let lab = Lab(folder: folder)
      let loader = Loader(lake)
      for round in 0..<2 {
        try lab.write(round)
        let before = try await lake.currentSnapshot()
        let summary = try await loader.load(lab.loads(into: "together"))
        #expect(summary.snapshot == before + 1)
        #expect(summary.rejectedRows == 1)
        #expect(summary.tables.first { $0.name == "nested__items__tags" }?.rows == 80)
        for load in lab.loads(into: "alone") { try await loader.load(load) }
        let together = try await contents(of: "together", in: lake)
        let alone = try await contents(of: "alone", in: lake)
        #expect(together.keys.sorted() == alone.keys.sorted())
        for (table, rows) in alone { #expect(together[table] == rows, "\(table), round \(round)") }
        #expect(together["flat"]?.count == 600 * (round + 1))
        #expect(together["merged"]?.count == 300 + 200 * round)
        #expect(together["days"]?.count == 20 + 5 * round)
      }
      #expect(try await leftTables(lake).isEmpty)
      await loader.close()
    }
  }

  @Test func aLoadThatFailsTakesThePackageAlong() async throws {
    try await withLoaderLake { lake, folder in
      let lab = Lab(folder: folder)
      try lab.write(0)
      var loads = lab.loads(into: "ds")
      loads[5].badRows = .stop
      let loader = Loader(lake)
      let before = try await lake.currentSnapshot()
      let error = await #expect(throws: LoadError.self) { try await loader.load(loads) }
      #expect(error?.message.contains("line 2 of") == true, "\(String(describing: error))")
      #expect(try await lake.currentSnapshot() == before)
      #expect(try await leftTables(lake).isEmpty)
      let data = lake.configuration.storage.dataPath
      let files = FileManager.default.enumerator(atPath: data)?.compactMap { $0 as? String } ?? []
      #expect(files.filter { $0.hasSuffix(".parquet") }.isEmpty)
      await loader.close()
    }
  }

  @Test func aTableOfTwoLoadsIsRefused() async throws {
    try await withLoaderLake { lake, folder in
      // `a` has a table `a__b` below it, and the second load is called so.
      try folder.write(#"{"id": 1, "b": [{"v": "x"}]}"# + "\n", to: "a.jsonl")
      try folder.write(#"{"v": 7, "w": 8}"# + "\n", to: "a__b.jsonl")
      let loads = ["a", "a__b"].map { Load(.files([folder["\($0).jsonl"]]), into: "ds", table: $0) }
      let loader = Loader(lake)
      let error = await #expect(throws: LoadError.self) { try await loader.load(loads) }
      await loader.close()
      #expect(error?.code == .declaration)
      #expect(error?.message == "'a' and 'a__b' would both have the table 'a__b'")
      #expect(try await lake.tables().isEmpty)
      #expect(try await leftTables(lake).isEmpty)
    }
  }

  /// Each of four waits until all four have begun: one after the other, none would end.
  @Test(.timeLimit(.minutes(15))) func severalAreWorkedOnAtOnce() async throws {
    try await withLoaderLake { lake, _ in
      var sessions: [EngineSession] = []
      for _ in 0..<SideBySide.limit { sessions.append(try await lake.ownSession()) }
      let arrivals = Arrivals(expected: SideBySide.limit)
      let results = try await SideBySide(sessions: sessions).map(Array(0..<10)) { item, session in
        if item < SideBySide.limit { await arrivals.meet() }
        return try await session.runTrusted("SELECT \(item)").scalar()?.intValue ?? -1
      }
      #expect(results == Array(0..<10))
      struct Failure: Error {}
      await #expect(throws: Failure.self) {
        try await SideBySide(sessions: sessions).map(Array(0..<10)) { item, _ in
          guard item != 3 else { throw Failure() }
          // Ends only when it is cancelled.
          if item == 1 { try await Task.sleep(for: .seconds(3600)) }
        }
      }
      for session in sessions { await session.close() }
    }
  }

  /// Lets all go on once the last one has come.
  private actor Arrivals {
    private let expected: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(expected: Int) { self.expected = expected }

    func meet() async {
      await withCheckedContinuation { continuation in
        waiting.append(continuation)
        guard waiting.count == expected else { return }
        for one in waiting { one.resume() }
      }
    }
  }

  /// The loader's tables that are still in the engine's own database.
  private func leftTables(_ lake: Lake) async throws -> [String] {
    try await rows(
      lake, "SELECT schema_name FROM duckdb_schemas() WHERE schema_name LIKE 'tarn_load%'")
  }

  private func rows(_ lake: Lake, _ sql: String) async throws -> [String] {
    try await lake.query(SQL(raw: sql)).result().rows.map { row in
      row.values.map { "\($0)" }.joined(separator: "|")
    }
  }
}
