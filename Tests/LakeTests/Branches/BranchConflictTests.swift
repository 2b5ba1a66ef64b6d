import DuckDB
import LakeSettings
import SQLText
import TestKit
import Testing

@testable import Lake

@Suite struct BranchConflictTests {
  static let kinds = TestLakes.Kind.installed.filter { !$0.rawValue.contains("S3") }

  struct Case: Sendable, CustomTestStringConvertible {
    let branch: String
    let lake: String
    let conflict: String
    var testDescription: String { "\(branch) | \(lake)" }
  }

  static let conflicts = [
    Case(
      branch: "DELETE FROM orders WHERE id = 9", lake: "DELETE FROM orders WHERE id = 10",
      conflict: "the lake has changed rows of it"),
    Case(
      branch: "UPDATE orders SET note = 'b' WHERE id = 9", lake: "INSERT INTO orders VALUES (900, 1, 'l')",
      conflict: "the lake has added rows to it"),
    Case(
      branch: "INSERT INTO orders VALUES (900, 1, 'b')", lake: "UPDATE orders SET note = 'l' WHERE id = 9",
      conflict: "the lake has changed rows of it"),
    Case(
      branch: "ALTER TABLE kinds ADD COLUMN c INTEGER", lake: "INSERT INTO kinds (b) VALUES ('l')",
      conflict: "the lake has added rows to it"),
    Case(
      branch: "INSERT INTO kinds (b) VALUES ('b')", lake: "ALTER TABLE kinds ADD COLUMN c INTEGER",
      conflict: "the lake has altered it"),
    Case(
      branch: "DROP TABLE kinds", lake: "INSERT INTO kinds (b) VALUES ('l')",
      conflict: "the lake has added rows to it"),
    Case(
      branch: "INSERT INTO kinds (b) VALUES ('b')", lake: "DROP TABLE kinds",
      conflict: "the lake has dropped it"),
    Case(
      branch: "INSERT INTO kinds (b) VALUES ('b')", lake: "ALTER TABLE kinds RENAME TO sorts",
      conflict: "the lake has renamed it to 'sorts'"),
    Case(
      branch: "CREATE TABLE twin AS SELECT 1 AS a", lake: "CREATE TABLE twin AS SELECT 2 AS a",
      conflict: "the lake has made one of this name"),
    Case(
      branch: "CREATE OR REPLACE VIEW totals AS SELECT 1 AS n",
      lake: "CREATE OR REPLACE VIEW totals AS SELECT 2 AS n",
      conflict: "the lake has another one of this name"),
    Case(
      branch: "CREATE OR REPLACE MACRO twice(a) AS a", lake: "DROP MACRO twice",
      conflict: "the lake has dropped it"),
    Case(
      branch: "CREATE OR REPLACE TABLE kinds AS SELECT 1 AS a",
      lake: "CREATE OR REPLACE TABLE kinds AS SELECT 2 AS a", conflict: "the lake has replaced it"),
  ]

  @Test(arguments: conflicts)
  func whatBothChangedIsAConflictAndNothingIsApplied(_ entry: Case) async throws {
    try await check(entry, .sqlite)
  }

  @Test(arguments: kinds, [0, 3, 9])
  func conflictsOnEveryCatalog(_ kind: TestLakes.Kind, _ number: Int) async throws {
    try await check(Self.conflicts[number], kind)
  }

  private func check(_ entry: Case, _ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.run(entry.branch, "CREATE TABLE harmless AS SELECT 1 AS a")
    try await lab.run(on: "main", entry.lake)
    let before = try await lab.lake { try await $0.currentSnapshot() }
    let result = try await lab.merge()
    #expect(result.snapshot == nil)
    #expect(result.conflicts.map(\.conflict) == [entry.conflict])
    #expect(try await lab.lake { try await $0.currentSnapshot() } == before)
    // The branch is as it was, too.
    let tables = try await lab.with(BranchLab.dev) { try await $0.tables().map(\.name) }
    #expect(tables.contains("harmless"))
  }

  /// Rows that both added are the lake's in the end, whatever upkeep did to the files meanwhile.
  @Test(arguments: kinds)
  func bothMayAddRows(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.run(
      "INSERT INTO orders SELECT i, 1, 'b' FROM range(1000, 1100) t(i)",
      "INSERT INTO orders VALUES (1, 1, 'b')")
    try await lab.run(
      on: "main", "INSERT INTO orders SELECT i, 1, 'l' FROM range(2000, 2100) t(i)",
      "INSERT INTO orders VALUES (1, 1, 'l')")
    try await lab.with("main") { try await $0.doAllUpkeep() }
    let result = try await lab.merge()
    #expect(result.conflicts.isEmpty, "\(result)")
    try await lab.with("main") { lake in
      let counts = try await lake.query(
        "SELECT count(*), count(*) FILTER (id = 1), count(*) FILTER (note = 'b'), count(*) FILTER (note = 'l') FROM orders"
      ).result()
      #expect(counts.rows.first { _ in true }?.values.map(\.integerValue) == [372, 3, 101, 101])
    }
  }

  /// Upkeep of the lake rewrites files of a table and changes no row: that is no change to stand against.
  @Test(arguments: kinds)
  func upkeepIsNoChange(_ kind: TestLakes.Kind) async throws {
    let lab = try await BranchLab(kind)
    try await lab.makeBranch()
    try await lab.with("main") { try await $0.doAllUpkeep() }
    try await lab.run("DELETE FROM orders WHERE id = 9", "UPDATE orders SET note = 'b' WHERE id IN (60, 200)")
    try await lab.with(BranchLab.dev) { try await $0.doAllUpkeep() }
    let wanted = try await lab.picture(of: BranchLab.dev)
    let result = try await lab.merge()
    #expect(result.conflicts.isEmpty && result.snapshot != nil, "\(result)")
    expectSame(try await lab.picture(), wanted)
  }

  @Test(arguments: [
    ["ALTER TABLE kinds ALTER a SET NOT NULL"], ["ALTER TABLE kinds ALTER b DROP NOT NULL"],
    ["ALTER TABLE kinds ALTER a SET TYPE BIGINT", "ALTER TABLE kinds ALTER a SET DEFAULT 9"],
    [
      "ALTER TABLE kinds DROP COLUMN d", "ALTER TABLE kinds RENAME COLUMN ok TO fine",
      "DELETE FROM kinds WHERE a = 1",
    ],
    ["ALTER TABLE kinds ADD COLUMN s.z INTEGER", "INSERT INTO kinds (b) VALUES ('n')"],
    ["ALTER TABLE kinds RENAME TO sorts", "INSERT INTO sorts (b) VALUES ('n')"],
    ["ALTER TABLE kinds ADD COLUMN t TINYINT DEFAULT 4", "UPDATE kinds SET t = 5"],
    ["ALTER TABLE orders SET SORTED BY (id DESC NULLS FIRST)", "INSERT INTO orders VALUES (1000, 1, 'x')"],
    [
      "ALTER TABLE kinds RENAME COLUMN a TO z", "ALTER TABLE kinds RENAME COLUMN b TO a",
      "COMMENT ON COLUMN kinds.a IS 'c'",
    ],
    ["TRUNCATE orders", "INSERT INTO orders VALUES (1, 1, 'x')"],
    ["DROP SCHEMA \"old sales\" CASCADE", "DROP VIEW totals", "DROP MACRO twice"],
    [
      "CREATE MACRO three(a INTEGER, b := 2) AS a + b, (a, b, c) AS a + b + c",
      "CREATE MACRO rows(n) AS TABLE FROM range(n)",
    ],
  ])
  func changesOfDefinitions(_ statements: [String]) async throws {
    let lab = try await BranchLab(.sqlite)
    try await lab.makeBranch()
    try await lab.with(BranchLab.dev) { branch in
      for statement in statements { try await branch.execute(SQL(raw: statement)) }
    }
    let wanted = try await Self.everything(lab, BranchLab.dev)
    let result = try await lab.merge()
    #expect(result.conflicts.isEmpty && result.snapshot != nil, "\(result)")
    #expect(try await Self.everything(lab, "main") == wanted)
  }

  /// Columns with types and defaults, and all rows, of all tables.
  private static func everything(_ lab: BranchLab, _ name: String) async throws -> [String] {
    try await lab.with(name) { lake in
      var lines: [String] = []
      for table in try await lake.tables() {
        let place = SQLIdentifier.quote(table.schema) + "." + SQLIdentifier.quote(table.name)
        for query in ["DESCRIBE \(place)", "SELECT * FROM \(place) ORDER BY ALL"] {
          let result = try await lake.query(SQL(raw: query)).result()
          lines += [place] + result.rows.map { $0.values.map { "\($0)" }.joined(separator: "|") }
        }
      }
      for table in ["sort_expression", "macro_impl"] {
        let query = "SELECT count(*) FROM \(lake.metadata("ducklake_" + table))"
        lines.append("\(table) \(try await lake.readTrusted(query).scalar()?.intValue ?? 0)")
      }
      return lines
    }
  }
}
