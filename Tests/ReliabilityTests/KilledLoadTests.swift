import DuckDB
import Foundation
import Lake
import LakeSettings
import SQLText
import TestKit
import Testing

/// The binary itself is killed while `tarn load` runs, and the same command is run again: the same rows, once, in one
/// snapshot, and nothing besides.
@Suite(
  .enabled(if: FileManager.default.isExecutableFile(atPath: Checkout.binary), "make build makes the binary"))
struct KilledLoadTests {
  @Test("kill -9 of tarn load at random moments", arguments: TestLakes.Kind.catalogs)
  func commandIsKilled(_ kind: TestLakes.Kind) async throws {
    try await FaultRun.inPlace {
      let lab = try await KilledLoadLab(kind)
      var random = FaultRun.random("load" + kind.rawValue)
      let undisturbed = ContinuousClock().now
      try lab.writeSources(0)
      let first = try await lab.tarn.run("load", "-f", "all.load.yaml")
      try #require(first.status == 0, "\(first)")
      var time = undisturbed.duration(to: .now)
      var snapshot = try await lab.check(after: 0, snapshot: nil)
      var killed = 0
      for package in 1...FaultRun.kills {
        try lab.writeSources(package)
        let start = ContinuousClock().now
        let running = try lab.tarn.start(["load", "-f", "all.load.yaml"])
        try await Task.sleep(for: time * (Double(random.number(0...1000)) / 1000))
        running.signal(SIGKILL)
        let outcome = await running.outcome()
        if outcome.status == 0 {
          // The first took longer, having other work beside it.
          time = min(time, start.duration(to: .now)) * 0.8
        } else {
          killed += 1
        }
        // Whoever was told that it is loaded has no reason to run it again, unless it is still noted as pending.
        if !outcome.errors.contains("loaded ") || lab.hasNotes {
          let again = try await lab.tarn.run("load", "-f", "all.load.yaml")
          try #require(again.status == 0, "package \(package): \(again). \(FaultRun.again)")
        }
        snapshot = try await lab.check(after: package, snapshot: snapshot)
      }
      #expect(killed > 0, "every command ended before it could be killed")
    }
  }
}

/// A workspace with one lake and one declared load of three tables.
private struct KilledLoadLab {
  let folder: TemporaryFolder
  let tarn: TarnProcess
  private let lake: LakeConfiguration

  /// How many rows of each table a package has: some are kept in the catalog, some become files before the turn, some in it.
  private static let (events, orders, items, states) = (3000, 600, 1200, 5)

  init(_ kind: TestLakes.Kind) async throws {
    folder = try TemporaryFolder("killed-load")
    lake = try await TestLakes.configuration(kind, in: folder)
    var environment: [String: String] = [:]
    let catalog: String
    switch lake.catalog {
    case .sqlite(let path): catalog = "{type: sqlite, path: \(path)}"
    case .duckdb(let path): catalog = "{type: duckdb, path: \(path)}"
    case .postgresql(let server):
      environment["CATALOG_PASSWORD"] = TestPostgreSQL.password
      catalog =
        "{type: postgresql, host: 127.0.0.1, port: \(server.port), database: \(server.database), user: tarn, "
        + "schema: \(server.schema ?? "public"), password_env: CATALOG_PASSWORD}"
    }
    try folder.write(
      "lakes:\n  main:\n    catalog: \(catalog)\n    storage: \(lake.storage.dataPath)\nfiles: [in/]\n",
      to: "tarn.yaml")
    try folder.write(
      """
      source: in
      into: main/ds
      tables:
        events:
        orders:
        states: {write_disposition: {disposition: merge, strategy: upsert}, primary_key: name}
      """, to: "all.load.yaml")
    tarn = TarnProcess(in: folder.path, environment: environment)
  }

  /// Puts a package's rows into the files that the load reads.
  func writeSources(_ package: Int) throws {
    func lines(_ count: Int, _ line: (Int) -> String) -> String {
      (0..<count).map { line($0) + "\n" }.joined()
    }
    try folder.write(lines(Self.events) { #"{"package": \#(package), "n": \#($0)}"# }, to: "in/events.jsonl")
    try folder.write(
      lines(Self.orders) { #"{"package": \#(package), "n": \#($0), "items": [{"a": 1}, {"a": 2}]}"# },
      to: "in/orders.jsonl")
    try folder.write(
      lines(Self.states) { #"{"name": "s\#($0)", "package": \#(package)}"# }, to: "in/states.jsonl")
  }

  private var notes: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder[".tarn/loads"])) ?? []
  }

  /// Whether a load is noted that did not come to its end.
  var hasNotes: Bool { !notes.isEmpty }

  /// Checks that each package up to this one is there once, and nothing else.
  ///
  /// - Parameter snapshot: the last one before the package; nil when that does not matter.
  /// - Returns: the last snapshot.
  func check(after package: Int, snapshot: Int64?) async throws -> Int64 {
    try await TestLakes.withEngine([lake]) { engine in
      let lake = try await engine.lake()
      let place = "after package \(package). \(FaultRun.again)"
      func numbers(_ sql: String) async throws -> [[Int64]] {
        try await lake.query(SQL(raw: sql)).result().rows.map { row in
          row.values.map { Int64($0.intValue ?? -1) }
        }
      }
      let packages = Int64(package) + 1
      for (table, count) in [("events", Self.events), ("orders", Self.orders)] {
        let found = try await numbers(
          "SELECT count(*), count(DISTINCT (package, n)), count(DISTINCT package) FROM dl.ds.\(table)")
        #expect(found == [[packages * Int64(count), packages * Int64(count), packages]], "\(table) \(place)")
      }
      let items = try await numbers(
        "SELECT count(*), count(DISTINCT o._dlt_id) FROM dl.ds.orders o JOIN dl.ds.orders__items i ON i._dlt_parent_id = o._dlt_id"
      )
      #expect(items == [[packages * Int64(Self.items), packages * Int64(Self.orders)]], "items \(place)")
      #expect(
        try await numbers("SELECT count(*) FROM dl.ds.orders__items") == [[packages * Int64(Self.items)]])
      let states = try await numbers("SELECT count(*), min(package), max(package) FROM dl.ds.states")
      #expect(states == [[Int64(Self.states), Int64(package), Int64(package)]], "states \(place)")
      #expect(try await numbers("SELECT count(*) FROM dl.ds._dlt_loads") == [[packages]], "loads \(place)")
      let tables = Set(try await lake.columns(of: nil).map { "\($0.schema).\($0.table)" })
      let own = [
        "events", "orders", "orders__items", "states", "_dlt_loads", "_dlt_version", "_dlt_pipeline_state",
      ]
      #expect(tables == Set(own.map { "ds." + $0 }), "\(place)")
      #expect(notes == [], "\(place)")
      try await checkFiles(lake, own, place)
      let last = try await lake.currentSnapshot()
      if let snapshot { #expect(last == snapshot + 1, "\(place)") }
      return last
    }
  }

  /// Each file beside the tables is one that the catalog knows.
  private func checkFiles(_ lake: Lake, _ tables: [String], _ place: String) async throws {
    var known: Set<String> = []
    for table in tables {
      let files = try await lake.query(
        SQL(raw: "SELECT data_file, delete_file FROM ducklake_list_files('dl', '\(table)', schema => 'ds')")
      ).result()
      known.formUnion(
        files.rows.flatMap {
          $0.values.compactMap { $0.stringValue.map { ($0 as NSString).lastPathComponent } }
        })
    }
    let data =
      FileManager.default.enumerator(atPath: self.lake.storage.dataPath)?.compactMap { $0 as? String } ?? []
    let there = data.filter { $0.hasSuffix(".parquet") }.map { ($0 as NSString).lastPathComponent }
    #expect(Set(there).subtracting(known) == [], "files that nobody knows \(place)")
  }
}
