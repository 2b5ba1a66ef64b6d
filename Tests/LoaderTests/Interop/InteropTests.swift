import DuckDB
import Foundation
import Lake
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Loader

/// Tarn and the real dlt on one lake: each goes on where the other stopped.
@Suite(.enabled(if: DltPeer.isInstalled, "needs dlt: scripts/setup-tests"))
struct InteropTests {
  private let folder: TemporaryFolder
  private let peer: DltPeer

  init() throws {
    folder = try TemporaryFolder("interop")
    peer = DltPeer(folder: folder, configuration: TestLakes.configuration("sqlite", in: folder))
    try FileManager.default.createDirectory(
      atPath: folder["lakes/main/data"], withIntermediateDirectories: true)
  }

  @Test func dltBeginsTarnGoesOnAndDltAgain() async throws {
    _ = try await peer.perform(
      .load(table: "orders", rows: #"[{"id": 1, "name": "a", "items": [{"n": 1}, {"n": 2}]}]"#))
    try await load(#"{"id": 2, "name": "b", "tip": 1.5, "items": [{"n": 3, "gift": true}]}"#, "orders")
    let seen = try await peer.perform(
      .load(table: "orders", rows: #"[{"id": 3, "name": "c", "tip": 2.5, "city": "Ulm"}]"#),
      .dataset("orders", columns: ["id", "name", "tip"], as: "orders"),
      .read("SELECT n, gift FROM ds.orders__items ORDER BY n", as: "items"),
      .read(
        "SELECT count(*), count(DISTINCT schema_version_hash) FROM ds._dlt_loads WHERE status = 0",
        as: "loads"),
      .read("SELECT count(*), max(version) FROM ds._dlt_version", as: "versions"))
    #expect(cells(seen["orders"]) == ["1,a,None", "2,b,1.5", "3,c,2.5"])
    #expect(cells(seen["items"]) == ["1,None", "2,None", "3,True"])
    #expect(cells(seen["loads"]) == ["3,3"])
    // Three schemas: dlt's first, Tarn's with two columns more, dlt's with another.
    #expect(cells(seen["versions"])?.first?.hasPrefix("3,") == true)
  }

  @Test func tarnBeginsAndDltTakesUpItsSchemaAndCursor() async throws {
    try await load(
      """
      {"id": 1, "at": "2026-01-01T00:00:00Z"}
      {"id": 2, "at": "2026-01-02T00:00:00Z"}
      """, "events"
    ) { $0.incremental = Incremental(cursorPath: "at") }
    let seen = try await peer.perform(
      .sync, .schema(as: "schema"), .state(as: "state"),
      // Rows 1 and 2 are known: 2 is at the boundary.
      .load(
        table: "events",
        rows: """
          [{"id": 1, "at": "2026-01-01T00:00:00Z"}, {"id": 2, "at": "2026-01-02T00:00:00Z"},
           {"id": 3, "at": "2026-01-03T00:00:00Z"}]
          """, more: #""incremental": "at""#),
      .dataset("events", columns: ["id"], as: "ids"))
    let schema = try #require(seen["schema"]?.object)
    #expect(schema["tables"]?.array?.compactMap(\.string).contains("events") == true)
    let stored = try await rows("SELECT version_hash FROM dl.ds._dlt_version ORDER BY inserted_at LIMIT 1")
    #expect(stored == [schema["hash"]?.string ?? "none"])
    #expect(seen["state"]?.text.contains("2026-01-02") == true, "\(seen["state"]?.text ?? "no state")")
    #expect(cells(seen["ids"]) == ["1", "2", "3"])
    // And Tarn takes up dlt's cursor.
    try await load(
      """
      {"id": 3, "at": "2026-01-03T00:00:00Z"}
      {"id": 4, "at": "2026-01-04T00:00:00Z"}
      """, "events"
    ) { $0.incremental = Incremental(cursorPath: "at") }
    #expect(try await rows("SELECT id FROM dl.ds.events ORDER BY id") == ["1", "2", "3", "4"])
  }

  @Test func bothMergeIntoOneTable() async throws {
    let merge = #""write_disposition": {"disposition": "merge", "strategy": "upsert"}, "primary_key": "id""#
    _ = try await peer.perform(
      .load(table: "t", rows: #"[{"id": 1, "v": "a", "l": [1, 2]}, {"id": 2, "v": "b"}]"#, more: merge))
    try await load(
      """
      {"id": 2, "v": "B"}
      {"id": 3, "v": "c", "l": [3]}
      """, "t"
    ) {
      $0.writeDisposition = .merge(.upsert())
      $0.primaryKey = ["id"]
    }
    let seen = try await peer.perform(
      .load(table: "t", rows: #"[{"id": 1, "v": "A", "l": [9]}, {"id": 4, "v": "d"}]"#, more: merge),
      .dataset("t", columns: ["id", "v", "_dlt_id"], as: "t"),
      .read("SELECT c.value FROM ds.t JOIN ds.t__l c ON c._dlt_parent_id = t._dlt_id ORDER BY 1", as: "l"))
    // dlt's own ids of these keys.
    #expect(
      cells(seen["t"])?.prefix(3) == ["1,A,z5jIxXIbUnmbKw", "2,B,M6/KlLzJ2FeV/w", "3,c,hKdQ/VhGat+Pgw"])
    #expect(cells(seen["t"])?.count == 4)
    #expect(cells(seen["l"]) == ["3", "9"])
  }

  @Test func aMachineThatKnowsNothingGoesOnAfterBoth() async throws {
    _ = try await peer.perform(.load(table: "t", rows: #"[{"id": 1}]"#))
    try await load(#"{"id": 2, "more": "x"}"#, "t")
    let seen = try await peer.perform(
      .load(table: "t", rows: #"[{"id": 3, "more": "y"}]"#), .dataset("t", columns: ["id", "more"], as: "t"),
      .read("SELECT count(*) FROM ds._dlt_version", as: "versions"), memory: "two")
    #expect(cells(seen["t"]) == ["1,None", "2,x", "3,y"])
    // Nothing new for the schema.
    #expect(cells(seen["versions"]) == ["2"])
  }

  /// Rows that a load does not change keep the load id of then: the same ones with both, and the same elements of lists.
  @Test(arguments: [
    (MergeStrategy.upsert(MergeOptions(skipsUnchangedRows: true)), ""),
    (
      .upsert(MergeOptions(skipsUnchangedRows: true, rowVersion: "rv")), #", "row_version_column_name": "rv""#
    ),
    (.cdc(MergeOptions(skipsUnchangedRows: true)), ""),
    (.cdc(MergeOptions(skipsUnchangedRows: true, rowVersion: "rv")), #", "row_version_column_name": "rv""#),
  ]) func unchangedRowsStayAsWithDlt(_ strategy: MergeStrategy, _ option: String) async throws {
    let first = [
      #"{"id": 1, "v": "a", "rv": 1, "l": [1, 2]}"#, #"{"id": 2, "v": "b", "rv": 1, "l": [3]}"#,
      #"{"id": 3, "v": "c", "rv": 1}"#, #"{"id": 5, "v": "e", "rv": 1, "l": [5, 6]}"#,
      #"{"id": 6, "v": "f", "rv": 1}"#,
    ]
    let second = [
      #"{"id": 1, "v": "a", "rv": 1, "l": [1, 2]}"#, #"{"id": 2, "v": "B", "rv": 2, "l": [3, 4]}"#,
      #"{"id": 3, "v": "C", "rv": 1}"#, #"{"id": 4, "v": "d", "rv": 1, "l": [7]}"#,
      #"{"id": 5, "v": "e", "rv": 1, "l": [5]}"#,
    ]
    let more =
      #""write_disposition": {"disposition": "merge", "strategy": "\#(strategy.word)", "skip_unchanged_rows": true\#(option)}, "primary_key": "id""#
    for lines in [first, second] {
      _ = try await peer.perform(
        .load(table: "theirs", rows: "[\(lines.joined(separator: ", "))]", more: more))
      try await load(lines.joined(separator: "\n"), "ours") {
        $0.writeDisposition = .merge(strategy)
        $0.primaryKey = ["id"]
      }
    }
    func roots(_ table: String) -> String {
      "SELECT id, v, rv, dense_rank() OVER (ORDER BY _dlt_load_id), _dlt_id FROM ds.\(table) ORDER BY id"
    }
    func elements(_ table: String) -> String {
      "SELECT t.id, c.value, c._dlt_list_idx FROM ds.\(table)__l c JOIN ds.\(table) t ON t._dlt_id = c._dlt_parent_id ORDER BY ALL"
    }
    let seen = try await peer.perform(
      .read(roots("theirs"), as: "roots"), .read(elements("theirs"), as: "elements"))
    let expected = try #require(cells(seen["roots"]))
    #expect(try await rows(roots("ours").replacing("FROM ds.", with: "FROM dl.ds.")) == expected)
    #expect(
      try await rows(elements("ours").replacing(" ds.", with: " dl.ds.")) == cells(seen["elements"]))
    // The case says something: one row has stayed, and one has not.
    #expect(Set(expected.compactMap { $0.split(separator: ",").dropFirst(3).first }) == ["1", "2"])
  }

  // MARK: Means

  private func load(_ lines: String, _ table: String, _ change: (inout Load) -> Void = { _ in }) async throws
  {
    let file = folder[UUID().uuidString + ".jsonl"]
    try (lines + "\n").write(toFile: file, atomically: true, encoding: .utf8)
    var load = Load(.files([file]), into: "ds", table: table)
    change(&load)
    try await withLake { [load] lake in
      let loader = Loader(lake)
      do { _ = try await loader.load(load) } catch {
        await loader.close()
        throw error
      }
      await loader.close()
    }
  }

  private func rows(_ sql: String) async throws -> [String] {
    var rows: [String] = []
    try await withLake { lake in
      rows = try await lake.query(SQL(raw: sql)).result().rows.map { row in
        row.values.map { "\($0)" }.joined(separator: ",")
      }
    }
    return rows
  }

  private func withLake(_ body: (Lake) async throws -> Void) async throws {
    var settings = EngineSettings()
    settings.reachableFiles = [folder.path]
    try await TestLakes.withEngine([peer.configuration], settings: settings) { engine in
      try await body(try await engine.lake())
    }
  }

  /// The rows of an answer, their cells as Python prints them.
  private func cells(_ answer: JSONValue?) -> [String]? {
    answer?.array?.map { row in (row.array ?? []).map { $0.string ?? "None" }.joined(separator: ",") }
  }
}
