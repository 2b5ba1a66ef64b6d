import DuckDB
import Foundation
import Lake
import SQLText
import TestKit
import Testing

@testable import Loader

/// One case of dlt-golden.json: what was loaded, and what the real dlt made of it.
struct GoldenCase: Sendable, CustomStringConvertible, CustomTestStringConvertible {
  let name: String
  let json: JSONObject

  var description: String { name }
  var testDescription: String { name }

  static let all: [GoldenCase] = {
    let text = (try? Golden.data("dlt-golden.json")).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    return ((try? JSONValue(parsing: text))?.array ?? []).compactMap { value in
      value.object.map { GoldenCase(name: $0["name"]?.string ?? "", json: $0) }
    }
  }()

  static func named(_ name: String) throws -> GoldenCase { try #require(all.first { $0.name == name }) }

  var runs: [JSONObject] { json["runs"]?.array?.compactMap(\.object) ?? [] }
  var failingRuns: Set<Int> {
    Set(json["errors"]?.array?.compactMap { $0.object?["run"]?.int } ?? [])
  }
  var tables: JSONObject { json["tables"]?.object ?? JSONObject() }

  /// Whether ids of the root's rows follow from its rows.
  var hasDeterministicIDs: Bool {
    let disposition = runs.first?["write_disposition"]?.object
    return ["upsert", "insert-only", "scd2", "cdc"].contains(disposition?["strategy"]?.string ?? "")
  }

  /// Loads all runs, those that dlt refused too.
  ///
  /// - Returns: the ids of the loads that succeeded, in order, and the errors by run.
  func load(into lake: Lake, in folder: TemporaryFolder) async throws -> (
    ids: [String], errors: [Int: any Error]
  ) {
    var ids: [String] = []
    var errors: [Int: any Error] = [:]
    for (number, run) in runs.enumerated() {
      do {
        let summary = try await Loader(lake).load(try declared(run, number, in: folder))
        ids.append(summary.loadID)
      } catch {
        errors[number] = error
      }
    }
    return (ids, errors)
  }

  /// An entry of `runs` is the body of a declared load, its `data` the rows.
  func declared(_ run: JSONObject, _ number: Int, in folder: TemporaryFolder) throws -> Load {
    let rows = run["data"]?.array ?? []
    let file = "run\(number).jsonl"
    try folder.write(rows.map { $0.text + "\n" }.joined(), to: file)
    var document = run
    document["data"] = nil
    document["resource"] = nil
    document["source"] = .string(folder[file])
    document["into"] = .string("ds")
    document["table"] = run["table"] ?? .string("t")
    document["pipeline"] = .string(name)
    return try Load(.object(document))
  }
}

/// Compares what lies in a lake with what stands in a golden case.
struct GoldenComparison {
  let lake: Lake
  let golden: GoldenCase
  let loadIDs: [String]

  func check() async throws {
    let present = try await lake.columns(of: nil).filter { $0.schema == "ds" && !$0.table.hasPrefix("_dlt") }
    #expect(Set(present.map(\.table)) == Set(golden.tables.keys))
    for table in golden.tables.members {
      let expected = (table.value.object?["columns"]?.array ?? []).map { column in
        (column.array ?? []).compactMap(\.string).joined(separator: " ")
      }
      let columns = try await lake.columns(of: table.key, schema: "ds")
      #expect(
        columns.map { "\($0.name) \($0.type) \($0.isNullable ? "YES" : "NO")" } == expected, "\(table.key)")
      try await checkRows(of: table.key, table.value.object?["rows"]?.array ?? [], columns)
      try await checkIDs(of: table.key, columns)
    }
  }

  private func checkRows(of table: String, _ rows: [JSONValue], _ columns: [ColumnInfo]) async throws {
    let compared = columns.filter { column in
      golden.hasDeterministicIDs || (column.name != "_dlt_id" && column.name != "_dlt_parent_id")
    }
    let name = "dl.ds.\(SQLIdentifier.quote(table))"
    let times = try await lake.query(
      "SELECT _dlt_valid_from AS t FROM dl.ds.t UNION SELECT _dlt_valid_to FROM dl.ds.t WHERE _dlt_valid_to IS NOT NULL ORDER BY t"
    ).resultIfThere()
    let expected = rows.compactMap(\.object).map { row in
      "(" + compared.map { literal(row[$0.name] ?? .null, $0.type, times) }.joined(separator: ", ") + ")"
    }
    let fields = compared.map { SQLIdentifier.quote($0.name) }.joined(separator: ", ")
    let given =
      expected.isEmpty
      ? "SELECT \(fields) FROM \(name) LIMIT 0" : "VALUES \(expected.joined(separator: ", "))"
    let missing = try await lake.query("(\(raw: given)) EXCEPT ALL (SELECT \(raw: fields) FROM \(raw: name))")
      .result()
    let surplus = try await lake.query("(SELECT \(raw: fields) FROM \(raw: name)) EXCEPT ALL (\(raw: given))")
      .result()
    #expect(missing.rowCount == 0, "\(table) lacks \(missing.rows.map { $0.values.map { "\($0)" } })")
    #expect(surplus.rowCount == 0, "\(table) has besides \(surplus.rows.map { $0.values.map { "\($0)" } })")
  }

  private func literal(_ value: JSONValue, _ type: String, _ times: [String]) -> String {
    let text: String
    switch value {
    case .null: return "CAST(NULL AS \(type))"
    case .bool(let flag): text = flag ? "true" : "false"
    case .number(let number): text = number
    case .string(let string) where string.hasPrefix("dec:"): text = String(string.dropFirst(4))
    case .string(let string) where string.hasPrefix("bytes:"):
      return "unhex('\(string.dropFirst(6))')"
    case .string(let string) where string.hasPrefix("load") && Int(string.dropFirst(4)) != nil:
      text = loadIDs[(Int(string.dropFirst(4)) ?? 1) - 1]
    case .string(let string) where string.hasPrefix("ts") && Int(string.dropFirst(2)) != nil:
      let number = Int(string.dropFirst(2)) ?? 1
      text = number <= times.count ? times[number - 1] : "infinity"
    case .string(let string): text = string
    default: text = value.text
    }
    return "CAST(\(SQLLiteral.string(text)) AS \(type))"
  }

  /// Children's ids follow from their parents'.
  private func checkIDs(of table: String, _ columns: [ColumnInfo]) async throws {
    guard columns.contains(where: { $0.name == "_dlt_parent_id" }) else { return }
    let rows = try await lake.query(
      "SELECT _dlt_id, _dlt_parent_id, _dlt_list_idx FROM dl.ds.\(identifier: table)"
    ).result()
    for row in rows.rows {
      let id = RowID.ofChild(
        parent: row[1].stringValue ?? "", table: table, index: row[2].intValue.map { Int($0) } ?? -1)
      #expect(row[0].stringValue == id)
    }
  }
}

extension LakeQuery {
  /// The first column as text; empty when the query cannot be run.
  func resultIfThere() async throws -> [String] {
    do { return try await result().rows.map { "\($0[0])" } } catch is LakeError { return [] }
  }
}

/// A lake that can read a test's folder.
func withLoaderLake<Result>(
  catalog: String = "sqlite", _ body: (Lake, TemporaryFolder) async throws -> Result
) async throws -> Result {
  let sources = try TemporaryFolder("load")
  var settings = EngineSettings()
  settings.reachableFiles = [sources.path]
  return try await TestLakes.withLake(catalog: catalog, settings: settings) { lake, _ in
    try await body(lake, sources)
  }
}
