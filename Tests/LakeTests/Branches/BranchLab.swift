import DuckDB
import Foundation
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

/// A lake with tables of several kinds, and engines on it one after another, as commands of a person would be.
struct BranchLab {
  let folder: TemporaryFolder
  let configuration: LakeConfiguration

  static let dev = "main@dev"

  init(_ kind: TestLakes.Kind) async throws {
    folder = try TemporaryFolder("branch")
    configuration = try await TestLakes.configuration(kind, in: folder)
    try await lake { lake in
      for statement in Self.beginning { try await lake.execute(SQL(raw: statement)) }
    }
  }

  /// Files, inlined rows, inlined and other deletes, a partitioned table, a view, macros, a second schema.
  static let beginning = [
    "CREATE TABLE orders AS SELECT i AS id, i % 3 AS customer, 'o' || i AS note FROM range(100) t(i)",
    "INSERT INTO orders SELECT i, i % 3, 'o' || i FROM range(100, 200) t(i)",
    "INSERT INTO orders VALUES (200, 2, 'inlined'), (201, 0, NULL)",
    "DELETE FROM orders WHERE id = 5", "DELETE FROM orders WHERE id BETWEEN 20 AND 50",
    """
    CREATE TABLE kinds (a INTEGER DEFAULT 7, b VARCHAR NOT NULL, s STRUCT(x INTEGER, y VARCHAR), made TIMESTAMPTZ,
      d DECIMAL(10,2), list INTEGER[], ok BOOLEAN)
    """,
    "INSERT INTO kinds VALUES (1, 'x', {x: 1, y: 'q'}, '2026-01-02 03:04:05+00', 1.5, [1, 2], true)",
    "CREATE VIEW totals AS SELECT customer, count(*) AS n FROM orders GROUP BY customer",
    "CREATE MACRO twice(a) AS a * 2", "CREATE SCHEMA \"old sales\"",
    "CREATE TABLE \"old sales\".\"by day\" AS SELECT i, i % 2 AS k FROM range(50) t(i)",
    "ALTER TABLE \"old sales\".\"by day\" SET PARTITIONED BY (k)",
    "INSERT INTO \"old sales\".\"by day\" SELECT i, i % 2 FROM range(50, 100) t(i)",
  ]

  /// Runs `body` with the lake in an engine of its own.
  func lake<Result>(_ body: (Lake) async throws -> Result) async throws -> Result {
    try await TestLakes.withEngine([configuration]) { try await body(try await $0.lake()) }
  }

  /// Runs statements on the branch `dev`, or on the lake, in an engine of its own.
  func run(on lake: String = BranchLab.dev, _ statements: String...) async throws {
    try await with(lake) { lake in
      for statement in statements { try await lake.execute(SQL(raw: statement)) }
    }
  }

  func with<Result>(_ lake: String, _ body: (Lake) async throws -> Result) async throws -> Result {
    try await TestLakes.withEngine([configuration]) { engine in
      let name = try #require(engine.configurations.first { $0.name.text == lake }?.name, "\(lake)")
      return try await body(try await engine.lake(name))
    }
  }

  func makeBranch() async throws { _ = try await lake { try await $0.createBranch(BranchName("dev")) } }

  func merge() async throws -> BranchMerge { try await lake { try await $0.mergeBranch(BranchName("dev")) } }

  /// One text of everything that a lake answers, rows in order.
  func picture(of lake: String = "main") async throws -> [String] { try await with(lake, Self.picture) }

  static func picture(of lake: Lake) async throws -> [String] {
    var lines: [String] = []
    for query in [
      "SELECT id, customer, note FROM orders ORDER BY ALL", "SELECT * FROM kinds ORDER BY ALL",
      "SELECT * FROM totals ORDER BY ALL", "SELECT twice(21)",
      "SELECT i, k FROM \"old sales\".\"by day\" ORDER BY ALL",
      "SELECT count(*) FROM \"old sales\".\"by day\" WHERE k = 1",
    ] {
      let result = try await lake.query(SQL(raw: query)).result()
      lines += result.rows.map { row in row.values.map { "\($0)" }.joined(separator: "|") }
    }
    return lines
  }

  /// The Parquet files of the lake or of its branches; nil where they are not local.
  func files(branches: Bool = false) -> Set<String> {
    guard case .folder(let path) = configuration.storage else { return [] }
    let root = branches ? path + ".branches" : path
    let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return Set(all.filter { $0.hasSuffix(".parquet") })
  }
}

/// All upkeep that DuckLake has, as a maintenance run of ours would do it.
extension Lake {
  func doAllUpkeep() async throws {
    let name = catalogLiteral
    try await runTrusted("CALL ducklake_flush_inlined_data(\(name))")
    try await runTrusted("CALL ducklake_merge_adjacent_files(\(name))")
    try await runTrusted("CALL ducklake_rewrite_data_files(\(name), delete_threshold => 0.0)")
    let newest = try await currentSnapshot()
    let kept = try await snapshotsNeededByBranches()
    let old = try await snapshots().map(\.id).filter { !kept.contains($0) && $0 != newest }
    let list = old.map(String.init).joined(separator: ", ")
    if !old.isEmpty { try await runTrusted("CALL ducklake_expire_snapshots(\(name), versions => [\(list)])") }
    try await protectSharedFiles()
    try await runTrusted("CALL ducklake_cleanup_old_files(\(name), older_than => now() + INTERVAL 1 DAY)")
    try await runTrusted("CALL ducklake_delete_orphaned_files(\(name), cleanup_all => true)")
  }
}

/// Two pictures of lakes, and where they differ.
func expectSame(_ found: [String], _ wanted: [String], at location: SourceLocation = #_sourceLocation) {
  let less = wanted.filter { !found.contains($0) }.prefix(5)
  let more = found.filter { !wanted.contains($0) }.prefix(5)
  let isSame = found == wanted
  #expect(isSame, "lacks \(Array(less)), has \(Array(more))", sourceLocation: location)
}
